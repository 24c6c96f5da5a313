"""The keys that the vault's keys hang on: key-encryption keys by id, and the key of the blind index.

They come from the environment or a file, never from a database. An embedded house makes its own at the first use.
"""

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from core.files import write_once

KEY_BYTES = 32
NONCE_BYTES = 12
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,32}\Z", re.ASCII)


class KeysUnusable(Exception):
    """The keys that were given are none, or not keys; the message never holds one."""


class SealBroken(Exception):
    """What was opened is not what was sealed: another key, another place, or other bytes."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A data key under a key-encryption key: AES-256-GCM with this nonce, 32 bytes and the tag of 16."""

    key_id: str
    nonce: bytes
    ciphertext: bytes


@dataclass(frozen=True)
class KeyRing:
    """Key-encryption keys of 32 bytes by id; the current one wraps, every one unwraps. And the index key with its id."""

    current_id: str
    keys: Mapping[str, bytes]
    index_id: str
    index_key: bytes

    def wrap(self, key: bytes, *, owner: bytes) -> Wrapped:
        """Wrap a data key for ``owner``: under another owner's name it does not unwrap."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(self.keys[self.current_id]).encrypt(nonce, key, _bound(owner, self.current_id))
        return Wrapped(self.current_id, nonce, sealed)

    def unwrap(self, wrapped: Wrapped, *, owner: bytes) -> bytes:
        """The data key. Raises ``KeysUnusable`` for a key id that this ring lacks, ``SealBroken`` for other bytes."""
        wrapping = self.keys.get(wrapped.key_id)
        if wrapping is None:
            raise KeysUnusable(f"the key-encryption key {wrapped.key_id} is not among those given")
        try:
            return AESGCM(wrapping).decrypt(wrapped.nonce, wrapped.ciphertext, _bound(owner, wrapped.key_id))
        except InvalidTag as error:
            raise SealBroken("a wrapped data key does not open") from error

    def index_hash(self, purpose: str, text: str) -> bytes:
        """HMAC-SHA256 of ``text`` under the index key; ``purpose`` keeps one use's hashes apart from another's."""
        return hmac.digest(self.index_key, f"{purpose}\0{text}".encode(), sha256)


def _bound(owner: bytes, key_id: str) -> bytes:
    return b"data key\0" + key_id.encode() + b"\0" + owner


def read_ring(keys: str, index_key: str) -> KeyRing:
    """A ring from "id:base64,id:base64" and "id:base64". Raises ``KeysUnusable`` with what is wrong, never with a key."""
    listed = [_read_key(part) for part in keys.replace("\n", ",").split(",") if part.strip()]
    if not listed:
        raise KeysUnusable("there is no key-encryption key")
    if len({key_id for key_id, _ in listed}) < len(listed):
        raise KeysUnusable("two key-encryption keys have one id")
    index_id, index = _read_key(index_key)
    if index in (key for _, key in listed):
        raise KeysUnusable("the index key is one of the key-encryption keys")
    return KeyRing(listed[0][0], dict(listed), index_id, index)


def _read_key(text: str) -> tuple[str, bytes]:
    key_id, _, encoded = text.strip().partition(":")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if not _KEY_ID.match(key_id) or len(key) != KEY_BYTES:
        raise KeysUnusable('a key is written as "id:base64" with 32 bytes')
    return key_id, key


def new_key_text(key_id: str) -> str:
    """A fresh key as it is written in the environment or the file."""
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


@lru_cache(maxsize=1)
def installed_ring() -> KeyRing:
    """The ring of this installation. A production house brings its keys; another one makes what it was not given, once.

    Raises ``KeysUnusable``.
    """
    keys = settings.VAULT_KEYS or (_read(Path(settings.VAULT_KEYS_FILE)) if settings.VAULT_KEYS_FILE else "")
    index_key = settings.VAULT_INDEX_KEY
    if not settings.IS_PRODUCTION:
        keys = keys or _made("vault", "kek-1")
        index_key = index_key or _made("vault-index", "index-1")
    return read_ring(keys, index_key)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise KeysUnusable(f"{path} cannot be read") from error


def _made(name: str, first_id: str) -> str:
    path: Path = settings.VAULT_KEYS_DIR / f"{name}.key"
    if not path.exists():
        write_once(path, f"{new_key_text(first_id)}\n".encode(), mode=0o600)
    return _read(path)
