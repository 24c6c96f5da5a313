"""Give a webhook another secret, beside the one in use."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.domain.webhook_signature import SECRET_BYTES, secret_text
from accounts.gateways.webhook_secret import seal_secret
from accounts.operations.lock_webhook import lock_webhook, note_webhook
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor

LONGEST_OVERLAP_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class RotatedSecret:
    """The new secret, which nobody can read again, and until when messages are signed with the one before it as well."""

    subscription_id: UUID
    secret: str
    previous_secret_ends_at: datetime | None


def rotate_webhook_secret(
    *,
    subscription_id: UUID,
    overlap_seconds: int = LONGEST_OVERLAP_SECONDS,
    replaces_oldest: bool = False,
    actor: Actor,
    at: datetime,
) -> RotatedSecret:
    """Give it a secret of 256 random bits; joins the caller's transaction.

    For ``overlap_seconds``, at most a day, messages carry two signatures, one with each secret. Two sign at most: while they do a
    third is refused (409 SECRET_OVERLAP), unless it ``replaces_oldest``, which then ends at once. Refuses a subscription that
    is not there, and a longer overlap (OVERLAP_TOO_LONG).
    """
    if not 0 <= overlap_seconds <= LONGEST_OVERLAP_SECONDS:
        raise Refusal("OVERLAP_TOO_LONG", f"Two secrets are alive for at most {LONGEST_OVERLAP_SECONDS} seconds.")
    secret = secret_text(secrets.token_bytes(SECRET_BYTES))
    sealed = seal_secret(secret, subscription_id=subscription_id)
    with transaction.atomic():
        subscription = lock_webhook(subscription_id)
        before = subscription.previous_secret_ends_at
        if before is not None and before > at and not replaces_oldest:
            raise Refusal(
                "SECRET_OVERLAP",
                "Two secrets are alive: wait for the older one's end, or say that it is replaced.",
                meta={"previous_secret_ends_at": before.isoformat()},
                status=409,
            )
        subscription.mark_secret(sealed=sealed, overlap=timedelta(seconds=overlap_seconds), at=at)
        ends = subscription.previous_secret_ends_at
        changes = {
            "secret": ("in use", "shown once"),
            "previous_secret_ends_at": (None, ends.isoformat() if ends else None),
        }
        note_webhook(subscription, "rotate_secret", changes=changes, actor=actor, at=at)
    return RotatedSecret(subscription_id, secret, ends)
