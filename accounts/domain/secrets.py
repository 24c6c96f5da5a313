"""Secrets of 256 bits: shown once, kept as their SHA-256, compared in constant time."""

import hashlib
import hmac


def secret_sha256(secret: str) -> str:
    """The hexadecimal SHA-256 that is kept of ``secret``.

    A slow hash protects secrets that people choose; these have 256 random bits, and guessing them fails by
    their length.
    """
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def is_secret_of(secret: str, sha256: str) -> bool:
    """Whether ``sha256`` was made of ``secret``; takes the same time either way."""
    return hmac.compare_digest(secret_sha256(secret), sha256)
