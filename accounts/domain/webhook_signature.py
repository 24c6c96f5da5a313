"""How a message to a webhook is signed, after Standard Webhooks (standardwebhooks.com): HMAC-SHA256 of id, time and body."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32


class SecretInvalid(ValueError):
    """A text is no secret of a webhook."""


def secret_text(key: bytes) -> str:
    """The secret as its owner is shown it."""
    return PREFIX + base64.b64encode(key).decode()


def sign(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature, ``v1,`` and base64. Raises ``SecretInvalid``."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(PREFIX) or not key:
        raise SecretInvalid("not a secret of a webhook")
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def signed_headers(secrets: Sequence[str], *, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers; with two secrets, while one takes the other's place, two signatures: either one proves it."""
    timestamp = int(at.timestamp())
    signatures = [sign(each, message_id=message_id, timestamp=timestamp, body=body) for each in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
