"""Text in a CSV that people open with a spreadsheet: quoted, and never run as a formula.

A text that would be read as a formula gets an apostrophe in front; numbers, days and instants are exempt, so that a negative
amount stays a number.
"""

import re

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}".encode()

# What a spreadsheet skips before it decides: blanks of any width, quotes, byte order marks, marks without
# width.
_SKIPPED = r"[\s\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb\u200b-\u200f\u2060\ufeff]*"
# What starts a formula: = + - @ with their full-width and small forms.
_STARTERS = r"[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b]"
_DANGEROUS = re.compile(f"[\t\r\n]|{_SKIPPED}(?:{_STARTERS}|[\t\r\n])")


def is_formula_like(text: str) -> bool:
    """Whether a spreadsheet might run `text`: after blanks, quotes and marks comes `= + - @`, a tab or a
    line's end.
    """
    return _DANGEROUS.match(text) is not None


def quoted(text: str | None) -> str:
    """A text in quotes, its own quotes doubled; nothing at all for none."""
    return "" if text is None else '"' + text.replace('"', '""') + '"'


def disarmed_text(text: str | None) -> str:
    """A text in quotes, with an apostrophe in front when a spreadsheet might run it."""
    return quoted("'" + text if text is not None and is_formula_like(text) else text)
