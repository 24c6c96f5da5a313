"""The type that statements are set in: DejaVu Sans, embedded; and what becomes of a character that it does not have."""

import re
import unicodedata
from functools import cache

from django.conf import settings
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

PLAIN, BOLD = "DejaVuSans", "DejaVuSans-Bold"
# Letters that are written from right to left, with what stands between them but no letter of another kind.
_LETTER = r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]"
_RIGHT_TO_LEFT = re.compile(rf"{_LETTER}(?:(?:\W|\d)*{_LETTER})*")
_DIGITS = re.compile(r"[0-9](?:[0-9.,:/-]*[0-9])?")
_NOT_SHOWN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@cache
def _characters() -> frozenset[int]:
    """Those that both weights have; the faces are registered by the way, once a process."""
    known: list[frozenset[int]] = []
    for name in (PLAIN, BOLD):
        font = TTFont(name, str(settings.BASE_DIR / "static" / "vendor" / f"{name}.ttf"))
        pdfmetrics.registerFont(font)
        known.append(frozenset(font.face.charToGlyph))
    return known[0] & known[1]


def prepare_type() -> None:
    """Have the faces registered."""
    _characters()


def set_text(text: str) -> str:
    """``text`` as it is set: what runs from right to left in the order in which it is seen, and a character that the type does
    not have by its number (``[U+6771]``): nobody is to take a box for a name.
    """
    known = _characters()
    seen = _RIGHT_TO_LEFT.sub(lambda found: _reversed(found.group()), unicodedata.normalize("NFC", text))
    return "".join(_character(each, known) for each in seen)


def _character(each: str, known: frozenset[int]) -> str:
    if each in "\t\n\r":
        return " "
    if ord(each) in known and unicodedata.category(each) not in _NOT_SHOWN:
        return each
    return f"[U+{ord(each):04X}]"


def _reversed(run: str) -> str:
    """The run from its end; numbers in it keep their order."""
    return _DIGITS.sub(lambda found: found.group()[::-1], run[::-1])


def width_of(text: str, font: str, size: float) -> float:
    """How wide the set text is, in points."""
    return float(pdfmetrics.stringWidth(text, font, size))


def wrap(text: str, font: str, size: float, width: float) -> list[str]:
    """The set text in lines that are not wider than ``width``: broken at blanks, and within a word that is wider by itself."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        tried = f"{line} {word}" if line else word
        if width_of(tried, font, size) <= width:
            line = tried
            continue
        if line:
            lines.append(line)
        *whole, line = _cut(word, font, size, width)
        lines += whole
    return [*lines, line]


def _cut(word: str, font: str, size: float, width: float) -> list[str]:
    pieces, piece = [], ""
    for each in word:
        if piece and width_of(piece + each, font, size) > width:
            pieces.append(piece)
            piece = ""
        piece += each
    return [*pieces, piece]


def fit(text: str, font: str, size: float, width: float) -> float:
    """The size at which the set text is not wider than ``width``: a number is never broken, cut or rounded."""
    wide = width_of(text, font, size)
    return size if wide <= width else size * width / wide
