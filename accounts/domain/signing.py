"""Signed requests: HTTP Message Signatures (RFC 9421) with Ed25519, over what a request does; pure but for its library.

There is no store of nonces: every write is idempotent, so a request that is sent again is answered with what is stored.
"""

import base64
import binascii
import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import HTTPMessageVerifier, HTTPSignatureKeyResolver
from http_message_signatures.algorithms import ED25519
from http_message_signatures.digests import ContentDigest
from http_message_signatures.exceptions import HTTPMessageSignaturesException

WINDOW_SECONDS: Final = 60
KEY_BYTES: Final = 32


class SignatureInvalid(ValueError):
    """The signature is not one of this request by this key."""


class SignatureStale(ValueError):
    """The signature was made too long ago, or its maker's clock runs ahead."""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What a signature is checked against. ``url`` is the target as the client spelled it, ``headers`` have lower-case names."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def components(self) -> frozenset[str]:
        """What the signature has to cover, no less and no more."""
        covered = {'"@method"', '"@target-uri"'}
        if self.body:
            covered.add('"content-digest"')
        if "idempotency-key" in self.headers:
            covered.add('"idempotency-key"')
        return frozenset(covered)


def read_signing_key(text: str) -> bytes:
    """The 32 bytes of an Ed25519 public key in base64. Refuses anything else with ``ValueError``."""
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if len(raw) != KEY_BYTES:
        raise ValueError(f"an Ed25519 public key has {KEY_BYTES} bytes")
    Ed25519PublicKey.from_public_bytes(raw)
    return raw


def verify_signature(request: SignedRequest, *, key_id: str, public_key: str, at: datetime.datetime) -> None:
    """Return when ``request`` is signed by ``public_key`` under the name ``key_id``, at most 60 s before or after ``at``.

    Refuses with ``SignatureStale`` what was made at another time, and with ``SignatureInvalid`` everything else: another
    method, target, body or idempotency key, another key or algorithm, a component too few or too many, two signatures.
    """
    verifier = _Verifier(signature_algorithm=ED25519, key_resolver=_OneKey(key_id, public_key))
    verifier.at = at
    try:
        (result,) = verifier.verify(request, max_age=None)
        covered = frozenset(result.covered_components) - {'"@signature-params"'}
        if covered != request.components:
            raise SignatureInvalid(f"The signature has to cover {' '.join(sorted(request.components))}.")
        if request.body:
            _check_digest(request.headers["content-digest"], request.body)
    except HTTPMessageSignaturesException as error:
        raise SignatureInvalid("The signature is not one of this request by this key.") from error


def _check_digest(value: str, body: bytes) -> None:
    if "sha-256=:" not in value:
        raise SignatureInvalid("Content-Digest has to hold a sha-256.")
    ContentDigest.verify(value, body)


class _OneKey(HTTPSignatureKeyResolver):
    """Knows the credential's key and no other."""

    def __init__(self, key_id: str, public_key: str) -> None:
        self.key_id, self.public_key = key_id, public_key

    def resolve_public_key(self, key_id: str) -> Any:
        if key_id != self.key_id:
            return None
        return Ed25519PublicKey.from_public_bytes(read_signing_key(self.public_key))

    def resolve_private_key(self, key_id: str) -> Any:
        raise NotImplementedError("we only verify")


class _Verifier(HTTPMessageVerifier):
    """Looks at the clock that it is given, and at both sides of it."""

    at: datetime.datetime

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        if "created" not in sig_input.params:
            raise SignatureInvalid("The signature has to say when it was created.")
        now, expires = int(self.at.timestamp()), sig_input.params.get("expires")
        if abs(now - sig_input.params["created"]) > WINDOW_SECONDS or (expires is not None and expires < now):
            raise SignatureStale(f"A signature is good for {WINDOW_SECONDS} seconds of the server's clock.")
