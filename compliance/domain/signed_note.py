"""The checkpoint as a text that anybody can read and check: a signed note, as transparency logs publish their tree heads.

Three lines (origin, size of the tree, its root in base64), an empty line, and a signature line: an em dash, the key's name,
and base64 of the key's 4-byte id followed by the 64 bytes of the Ed25519 signature over the three lines.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from hashlib import sha256

from compliance.domain.merkle import HASH_BYTES

ED25519 = b"\x01"
KEY_ID_BYTES, SIGNATURE_BYTES = 4, 64
_ORIGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,119}", re.ASCII)
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)


class NoteMalformed(ValueError):
    """The text is not a signed note of a checkpoint."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The first ``size`` seals have this ``root`` (32 bytes). ``origin`` names the installation: ASCII, no spaces."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A checkpoint with one signature."""

    checkpoint: Checkpoint
    key_name: str
    key_id: bytes
    signature: bytes

    def text(self) -> str:
        """The whole note."""
        signed = b64encode(self.key_id + self.signature).decode()
        return f"{self.checkpoint.text()}\n— {self.key_name} {signed}\n"


def check_origin(origin: str) -> str:
    """The origin, also the key's name. Refuses what would not be one word in a note."""
    if not _ORIGIN.fullmatch(origin):
        raise NoteMalformed(f"not a name of an origin: {origin!r}")
    return origin


def key_id_of(name: str, public_key: bytes) -> bytes:
    """The first four bytes of SHA-256 over name, line feed, the algorithm's byte and the public key."""
    return sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:KEY_ID_BYTES]


def parse_note(text: str) -> SignedNote:
    """The note in ``text``; only what `SignedNote.text` would write is one. Refuses the rest with ``NoteMalformed``."""
    lines = text.split("\n")
    if len(lines) != 6 or lines[3] or lines[5] or not lines[4].startswith("— "):
        raise NoteMalformed("not three lines, an empty one and a signature")
    if not _SIZE.fullmatch(lines[1]):
        raise NoteMalformed("not a size of a tree")
    checkpoint = Checkpoint(check_origin(lines[0]), int(lines[1]), _decode(lines[2], HASH_BYTES))
    name, _, signed = lines[4].removeprefix("— ").partition(" ")
    raw = _decode(signed, KEY_ID_BYTES + SIGNATURE_BYTES)
    note = SignedNote(checkpoint, check_origin(name), raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:])
    if note.text() != text:
        raise NoteMalformed("written in another form")
    return note


def _decode(text: str, length: int) -> bytes:
    try:
        raw = b64decode(text, validate=True)
    except (Base64Error, ValueError) as error:
        raise NoteMalformed(f"not base64: {error}") from None
    if len(raw) != length:
        raise NoteMalformed(f"{len(raw)} bytes where {length} have to be")
    return raw
