"""The installation's Ed25519 key, which signs manifests, and the public halves of all keys it ever signed
with.
"""

import contextlib
import hashlib
import os
import re
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from core.ids import new_id

_KEY_ID = re.compile(r"[0-9a-f]{16}", re.ASCII)


class KeyUnusable(Exception):
    """There is no key where one has to be, or the file holds something else."""


def key_id_of(key: Ed25519PublicKey) -> str:
    """The first 16 hex digits of the SHA-256 of the 32 bytes of the public key."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


class ManifestKeys:
    """Keys in a directory: `signing.pem` is private, `published/KEY_ID.pem` are the public ones and stay
    for ever.

    `may_create`: the first use makes the key. A production installation brings its own, so that a lost key
    is an error and not a new key that nobody knows.
    """

    def __init__(self, directory: Path, *, may_create: bool) -> None:
        self._directory = directory
        self._may_create = may_create

    def current(self) -> Ed25519PrivateKey:
        """The key that signs; its public half is published when this returns. Raises `KeyUnusable`."""
        path = self._directory / "signing.pem"
        if not path.exists():
            if not self._may_create:
                raise KeyUnusable(f"there is no signing key at {path}")
            self._create(path)
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyUnusable(f"{path} is not an Ed25519 key")
        self._publish(key.public_key())
        return key

    def current_public_key(self) -> bytes:
        """The 32 bytes of the public half of the key that signs."""
        return self.current().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def current_id(self) -> str:
        """The id of the key that signs."""
        return key_id_of(self.current().public_key())

    def sign(self, data: bytes) -> bytes:
        """64 bytes: the signature of `data` by the current key."""
        return self.current().sign(data)

    def public_keys(self) -> list[bytes]:
        """The 32 bytes of every public key that this installation has published, newest last."""
        directory = self._directory / "published"
        paths = sorted(directory.glob("*.pem"), key=lambda path: path.stat().st_mtime_ns) if directory.is_dir() else []
        return [read_public_key(path) for path in paths]

    def is_signed(self, key_id: str, data: bytes, signature: bytes) -> bool:
        """Whether `signature` is that of the published key `key_id` over `data`; an unknown key has signed
        nothing.
        """
        if not _KEY_ID.fullmatch(key_id):
            return False
        try:
            pem = (self._directory / "published" / f"{key_id}.pem").read_bytes()
        except FileNotFoundError:
            return False
        key = load_pem_public_key(pem)
        if not isinstance(key, Ed25519PublicKey) or key_id_of(key) != key_id:
            return False
        try:
            key.verify(signature, data)
        except InvalidSignature:
            return False
        return True

    def _create(self, path: Path) -> None:
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write_once(path, pem, mode=0o600)

    def _publish(self, key: Ed25519PublicKey) -> None:
        path = self._directory / "published" / f"{key_id_of(key)}.pem"
        if not path.exists():
            _write_once(path, key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), mode=0o644)


def read_public_key(path: Path) -> bytes:
    """The 32 bytes of the Ed25519 public key in a PEM file. Raises `KeyUnusable`."""
    key = load_pem_public_key(path.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable(f"{path} is not an Ed25519 key")
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def is_signed_by(public_key: bytes, data: bytes, signature: bytes) -> bool:
    """Whether `signature` is that of the 32-byte public key over `data`."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, data)
    except InvalidSignature:
        return False
    return True


def _write_once(path: Path, data: bytes, *, mode: int) -> None:
    """Write a file that no other process has written before; whoever comes second keeps the first one's."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{new_id()}.fresh")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        os.write(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    with contextlib.suppress(FileExistsError):
        os.link(fresh, path)
    fresh.unlink()
