"""Limits at the door of the API: every request takes a token, and every answer says how many are left.

The headers are those of draft-ietf-httpapi-ratelimit-headers: ``RateLimit-Policy: "orders";q=100;w=2`` is the bucket's size
and the seconds that fill it, ``RateLimit: "orders";r=99;t=1`` what is left and the seconds until it is full again.
"""

import hashlib
import hmac
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.contracts import Principal
from accounts.domain.rate_limits import CLOSED_WITHOUT_ANSWER, MICROS, Pace
from accounts.operations.take_token import take_token
from core.api.client_address import client_address
from core.domain.refusals import Refusal

if TYPE_CHECKING:
    from core.api.view import ApiView

log = logging.getLogger(__name__)

# Addresses share so many slots: a table of buckets that strangers cannot fill.
ADDRESS_SLOTS_BITS = 16


@dataclass(frozen=True, slots=True)
class Rate:
    """What an answer says of the bucket that its request took from."""

    bucket: str
    pace: Pace
    remaining: int
    full_seconds: int

    def write(self, answer: HttpResponseBase) -> None:
        """Put both headers on ``answer``."""
        answer.headers["RateLimit-Policy"] = f'"{self.bucket}";q={self.pace.burst};w={self.pace.window_seconds}'
        answer.headers["RateLimit"] = f'"{self.bucket}";r={self.remaining};t={self.full_seconds}'


def admit(request: HttpRequest, *, bucket: str, owner: str, pace: Pace, tokens: int = 1) -> None:
    """Take ``tokens`` for ``request``. Refuses with RATE_LIMITED (429), ``meta`` naming the bucket, when so many are not left.

    Where the bucket cannot be asked, tokens and writes are refused (503), and the rest passes.
    """
    try:
        taken = take_token(bucket=bucket, owner=owner, pace=pace, tokens=tokens)
    except (OperationalError, InterfaceError) as error:
        remember(request, Rate(bucket, pace, 0, 1))
        if bucket in CLOSED_WITHOUT_ANSWER:
            raise
        log.warning("bucket %s cannot be asked: %s", bucket, (str(error) or repr(error)).splitlines()[0])
        return
    remaining = pace.remaining(taken.busy_micros) if taken.is_admitted or tokens > 1 else 0
    remember(request, Rate(bucket, pace, remaining, seconds(taken.busy_micros)))
    if not taken.is_admitted:
        shortage = "empty" if tokens == 1 else f"too empty for {tokens} more"
        wait = max(1, seconds(pace.wait_micros(taken.busy_micros, tokens)))
        raise Refusal(
            "RATE_LIMITED",
            f"The bucket {bucket} is {shortage}: {pace.per_second:f} a second, {pace.burst} at once.",
            meta={"bucket": bucket, "retry_after_seconds": str(wait)},
            status=429,
        )


def admit_items(request: Request, view: "ApiView", items: int) -> None:
    """Take a token more for each item beyond the first, which the request itself has paid for."""
    if items > 1:
        principal, bucket = cast("Principal", request.user), view.bucket_of(request.method or "")
        owner, pace = str(principal.credential_id), principal.limits[bucket]
        admit(request._request, bucket=bucket, owner=owner, pace=pace, tokens=items - 1)


def admit_address(request: HttpRequest, *, bucket: str) -> None:
    """Take a token for whoever asks without being known: by the slot of the network address."""
    admit(request, bucket=bucket, owner=address_slot(request), pace=settings.RATE_LIMITS[bucket])


def address_slot(request: HttpRequest) -> str:
    """The slot of the client's address (of IPv6 its /64, which is one customer): four hexadecimal digits nobody can foresee."""
    address = client_address(request)
    packed = address.packed[:8] if address is not None else b""
    digest = hmac.digest(settings.SECRET_KEY.encode(), packed, hashlib.sha256)
    return digest.hex()[: ADDRESS_SLOTS_BITS // 4]


def remember(request: HttpRequest, rate: Rate) -> None:
    """Keep what the answer to ``request`` has to say."""
    request.rate = rate  # type: ignore[attr-defined]


def rate_of(request: HttpRequest) -> Rate | None:
    """What the answer to ``request`` has to say; ``None`` while it has taken no token."""
    return getattr(request, "rate", None)


def seconds(micros: int) -> int:
    """Whole seconds, rounded up."""
    return -(-max(0, micros) // MICROS)


class BucketThrottle(BaseThrottle):
    """The limit as REST framework knows it: of the credential in the view's bucket, of everybody else by address."""

    def allow_request(self, request: Request, view: "ApiView") -> bool:  # type: ignore[override]
        """True; what goes too fast is refused by an exception, as everything here."""
        method = request.method or "GET"
        if view.is_public(method):
            admit_address(request._request, bucket="public")
            return True
        principal, bucket = cast("Principal", request.user), view.bucket_of(method)
        admit(request._request, bucket=bucket, owner=str(principal.credential_id), pace=principal.limits[bucket])
        return True
