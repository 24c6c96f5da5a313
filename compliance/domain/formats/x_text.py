"""The characters that a SWIFT message may have (set X), and how a text is made of them."""

import unicodedata

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
X_CHARACTERS = frozenset(LETTERS + LETTERS.lower() + "0123456789/-?:().,'+ ")
INSTEAD = {"_": "-", "&": "+", "@": "(at)", "#": "No", "\t": " ", "\n": " ", "\r": " ", "ß": "ss", "Ø": "O", "ø": "o"}


def x_text(text: str) -> str:
    """``text`` in X characters: accents are left away, what has no likeness becomes a full stop, blanks stand one by one."""
    spelled = "".join(INSTEAD.get(letter, letter) for letter in text)
    plain = [letter for letter in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(letter)]
    return " ".join("".join(letter if letter in X_CHARACTERS else "." for letter in plain).split())


def x_lines(text: str, *, width: int, most: int) -> list[str]:
    """``text`` in X characters over at most ``most`` lines of ``width``; what is longer is cut. No line begins as a field or an
    end of a message does.
    """
    plain = x_text(text)
    lines: list[str] = []
    while plain and len(lines) < most:
        line, plain = plain[:width], plain[width:].lstrip()
        lines.append("." + line[1:] if line[0] in ":-" else line)
    return lines
