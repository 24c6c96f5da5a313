"""Addresses in the form of BIP 173: a prefix, a version and a program, with a checksum that finds up to four wrong characters.

Written after the description in BIP 173 (Bitcoin Improvement Proposal 173, "Base32 address format for native v0-16 witness
outputs"). Pure.
"""

from typing import Final

_CHARACTERS: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_LENGTH: Final = 6


def encode(prefix: str, version: int, program: bytes) -> str:
    """The address of ``program`` (2 to 40 bytes) under ``prefix``."""
    if not 2 <= len(program) <= 40:
        raise ValueError("a program has 2 to 40 bytes")
    data = [version, *_in_fives(program)]
    words = [*_expand(prefix), *data, *[0] * _CHECKSUM_LENGTH]
    check = _polymod(words) ^ 1
    checksum = [(check >> 5 * (5 - place)) & 31 for place in range(_CHECKSUM_LENGTH)]
    return f"{prefix}1{''.join(_CHARACTERS[word] for word in [*data, *checksum])}"


def _in_fives(program: bytes) -> list[int]:
    """The bits of ``program`` five by five, the last filled up with zeros."""
    bits = "".join(f"{byte:08b}" for byte in program)
    bits += "0" * (-len(bits) % 5)
    return [int(bits[place : place + 5], 2) for place in range(0, len(bits), 5)]


def _expand(prefix: str) -> list[int]:
    return [*(ord(character) >> 5 for character in prefix), 0, *(ord(character) & 31 for character in prefix)]


def _polymod(words: list[int]) -> int:
    check = 1
    for word in words:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ word
        for place, generator in enumerate(_GENERATOR):
            check ^= generator if (top >> place) & 1 else 0
    return check
