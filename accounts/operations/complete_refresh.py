"""Say that a client was looked at again, and that what is known of it is up to date."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.domain.identity_reasons import CHECKS_CLEAR, REFRESH_REASONS
from accounts.domain.refreshing import due_date
from accounts.models import Identity, IdentityControl
from accounts.operations.advance_refresh import RESTRICTION
from accounts.operations.clear_control import clear_control
from accounts.operations.lock_identity import lock_identity
from accounts.operations.note_identity import Deed, changed, note_identity
from accounts.queries.identities import list_open_checks
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor


@dataclass(frozen=True, slots=True)
class Finding:
    """What the look came to: a code of REFRESH_REASONS, and the house's own note (no personal data in it)."""

    reason_code: str
    note: str = ""


def complete_refresh(
    *, identity_id: UUID, finding: Finding, actor: Actor, at: datetime, version: int | None = None
) -> Identity:
    """End a refresh that is DUE or OVERDUE: the next is due by the risk rating, counted from today, and what its expiry
    had taken away comes back.

    The same completion on the same day is the one that is there. Refuses an identity that is not there or has changed
    since ``version`` (412), one whose refresh has not begun (409 STATE_CHANGED), a reason that is none
    (REASON_NOT_ALLOWED), a judgement without a note (NOTE_MISSING), CHECKS_CLEAR while a required check is not
    (CHECKS_NOT_CLEAR), and everybody but a person (403 PERSON_NEEDED).
    """
    with transaction.atomic():
        identity = lock_identity(identity_id=identity_id, version=version)
        is_done = identity.refresh_status == Identity.RefreshStatus.NOT_DUE
        if is_done and identity.last_refresh_date == at.date():
            return identity
        _check(identity, finding, actor=actor, at=at)
        _complete(identity, finding, actor=actor, at=at)
        _give_back(identity, actor=actor, at=at)
    return identity


def _give_back(identity: Identity, *, actor: Actor, at: datetime) -> None:
    """Lift what the expiry had set, and nothing else."""
    ours = IdentityControl.objects.filter(
        identity=identity,
        kind=RESTRICTION.kind,
        reason_code=RESTRICTION.reason_code,
        set_by=IdentityControl.SetBy.SYSTEM,
        cleared_at__isnull=True,
    ).first()
    if ours is not None:
        clear_control(
            control_id=ours.pk,
            identity_id=identity.id,
            cleared_for=IdentityControl.SetBy.SYSTEM,
            note="The refresh was completed.",
            actor=actor,
            at=at,
        )
        identity.refresh_from_db()


def _check(identity: Identity, finding: Finding, *, actor: Actor, at: datetime) -> None:
    if actor.kind != "PERSON":
        raise Refusal("PERSON_NEEDED", "A person of compliance decides this.", status=403)
    if identity.refresh_status == Identity.RefreshStatus.NOT_DUE:
        raise Refusal(
            "STATE_CHANGED",
            "A refresh is completed once it has begun.",
            meta={"from": identity.refresh_status, "to": "NOT_DUE"},
            status=409,
        )
    if finding.reason_code not in REFRESH_REASONS:
        raise Refusal(
            "REASON_NOT_ALLOWED",
            f"{finding.reason_code} does not explain it.",
            meta={"allowed": sorted(REFRESH_REASONS)},
        )
    if finding.reason_code != CHECKS_CLEAR:
        if not finding.note.strip():
            raise Refusal("NOTE_MISSING", f"{finding.reason_code} is a judgement: say in a note what it rests on.")
        return
    still_open = list_open_checks(identity, today=at.date(), whoever_checked=True)
    if still_open:
        raise Refusal("CHECKS_NOT_CLEAR", "A required check is not CLEAR.", meta={"checks": list(still_open)})


def _complete(identity: Identity, finding: Finding, *, actor: Actor, at: datetime) -> None:
    before, due_before, today = identity.refresh_status, identity.refresh_due_date, at.date()
    due = due_date(last_refresh=today, risk_rating=identity.risk_rating)
    identity.set_refresh(last=today, due=due, status=Identity.RefreshStatus.NOT_DUE)
    identity.mark_refreshing(at=at)
    note_identity(
        identity=identity,
        deed=Deed(
            verb="complete_refresh",
            topic="refresh_completed",
            changes=[
                changed("refresh_status", before, identity.refresh_status),
                changed("refresh_due_date", str(due_before), str(due)),
            ],
            payload={"refresh_status": identity.refresh_status, "refresh_due_date": str(due)},
            reason=f"{finding.reason_code}: {finding.note}".rstrip(": "),
        ),
        actor=actor,
        at=at,
    )
