"""Rate how risky a client is; how often the house looks at it again follows."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.domain.refreshing import moved_due_date
from accounts.models import Identity
from accounts.operations.advance_refresh import advance_refresh
from accounts.operations.approve_by_rule import approve_by_rule
from accounts.operations.lock_identity import lock_identity
from accounts.operations.note_identity import Deed, changed, note_identity
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor

RANK = {"LOW": 0, "MEDIUM": 1, "HIGH": 2}


def rate_identity_risk(
    *, identity_id: UUID, rating: str, reason: str, actor: Actor, at: datetime, version: int | None = None
) -> Identity:
    """Give an identity another risk rating, with the sentence that says why; the same rating again changes nothing.

    A higher one brings the next refresh nearer, but never to less than its notice from today; a lower one moves it away
    unless it has begun. A PENDING identity that becomes LOW with every check CLEAR is approved by the house. Refuses an
    identity that is not there or has changed since ``version`` (412), no reason (NOTE_MISSING), and a lower rating by
    anybody but a person (403 PERSON_NEEDED).
    """
    if not reason.strip():
        raise Refusal("NOTE_MISSING", "Say in a sentence what the rating rests on.")
    with transaction.atomic():
        identity = lock_identity(identity_id=identity_id, version=version)
        before = identity.risk_rating
        if before == rating:
            return identity
        if RANK[rating] < RANK[before] and actor.kind != "PERSON":
            raise Refusal("PERSON_NEEDED", "Only a person lowers a rating.", status=403)
        _rate(identity, rating, actor=actor, at=at, reason=reason.strip())
        if identity.status == Identity.Status.APPROVED:
            advance_refresh(identity=identity, at=at)
        approve_by_rule(identity=identity, at=at)
    return Identity.objects.get(id=identity_id)


def _rate(identity: Identity, rating: str, *, actor: Actor, at: datetime, reason: str) -> None:
    before, due_before = identity.risk_rating, identity.refresh_due_date
    identity.risk_rating = rating
    has_begun = identity.refresh_status != Identity.RefreshStatus.NOT_DUE
    if due_before is not None and identity.last_refresh_date is not None and not has_begun:
        identity.refresh_due_date = moved_due_date(
            due=due_before, last_refresh=identity.last_refresh_date, risk_rating=rating, today=at.date()
        )
        identity.reminded_days = None
    identity.mark_changed(at=at, fields=("risk_rating", "refresh_due_date", "reminded_days"))
    note_identity(
        identity=identity,
        deed=Deed(
            verb="rate",
            topic="risk_rated",
            changes=[
                changed("risk_rating", before, rating),
                changed("refresh_due_date", _text(due_before), _text(identity.refresh_due_date)),
            ],
            payload={"risk_rating": rating, "refresh_due_date": _text(identity.refresh_due_date)},
            reason=reason,
        ),
        actor=actor,
        at=at,
    )


def _text(day: object) -> str | None:
    return None if day is None else str(day)
