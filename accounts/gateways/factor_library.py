"""django-allauth, which keeps second factors and knows their ceremonies: what we tell it about the house, and what we use of it.

Sign-up is closed and none of its pages is reachable. Secrets of one-time codes and seeds of recovery codes lie in its table
sealed under the house's own key, which is in another database.
"""

import base64
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import qrcode
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.http import HttpRequest
from qrcode.image.svg import SvgPathFillImage

from accounts.gateways.key_store import open_text, seal_text

HOUSE = "Countinghouse"
PURPOSE = "second factor"
STEP_SECONDS = 30
# The step before and the one after are taken too: clocks differ.
STEPS_BESIDE = 1


class ClosedAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the library has no types
    """Nobody signs up here: members of staff are invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """The house sends no mail by this road."""
        raise RuntimeError("allauth sends no mail in this house")


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # the library has no types
    """How secrets are kept, and how the house names itself to a passkey."""

    def encrypt(self, text: str) -> str:
        """Sealed under the house's key."""
        return seal_text(text, purpose=PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """What ``encrypt`` sealed."""
        return open_text(encrypted_text, purpose=PURPOSE)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """A passkey belongs to the host name by which the house is reached: a name, never a number."""
        return {"id": context.request.get_host().partition(":")[0], "name": HOUSE}


def make_totp_secret() -> str:
    """A secret of 160 random bits, in base 32 as authenticator apps read it."""
    return str(generate_totp_secret())


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """The step whose code this is, of those that are good at ``at``; None when it is none of them. Constant time per step."""
    for step in steps_at(at):
        if compare_user_code(actual=code, expected=code_of(secret, step)):
            return step
    return None


def steps_at(at: datetime) -> Iterator[int]:
    """The steps whose codes are good at ``at``: the current one first."""
    current = int(at.timestamp()) // STEP_SECONDS
    yield current
    for distance in range(1, STEPS_BESIDE + 1):
        yield current - distance
        yield current + distance


def code_of(secret: str, step: int) -> str:
    """The six digits of a step (RFC 6238)."""
    return str(format_hotp_value(hotp_value(secret, step)))


def totp_address(email: str, secret: str) -> str:
    """What an authenticator app reads: ``otpauth://totp/…``."""
    label = quote(f"{HOUSE}:{email}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': HOUSE}, quote_via=quote)}"


def draw_address(address: str) -> str:
    """The address as a QR drawing in a ``data:`` address for an image."""
    drawing = io.BytesIO()
    qrcode.make(address, image_factory=SvgPathFillImage, border=3).save(drawing)
    return f"data:image/svg+xml;base64,{base64.b64encode(drawing.getvalue()).decode()}"
