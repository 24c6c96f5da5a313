"""Take the refresh of one identity as far as the day says: start it, remind of it, let it expire."""

from datetime import date, datetime

from accounts.domain.refreshing import refresh_status_on, reminder_for
from accounts.models import Identity, IdentityControl
from accounts.operations.note_identity import Deed, changed, note_identity
from accounts.operations.set_control import ControlWish, set_control
from core.operations.record_audit import SYSTEM

RESTRICTION = ControlWish(kind="SELL_ONLY", reason_code="COMPLIANCE_KYC", note="The refresh of its details is overdue.")


def advance_refresh(*, identity: Identity, at: datetime) -> list[str]:
    """Do what is due for ``identity``, which is APPROVED and which the caller has locked; answers what was done, of
    STARTED, REMINDED and EXPIRED, in that order.

    What it comes to depends on the day alone, not on how often or when it was asked: a refresh that nobody looked at
    for months is started and expires in one step. Each reminder goes out once a round. Expiry leaves the client no more
    than to sell, by a control of the house's own that the completion clears.
    """
    today, done = at.date(), []
    assert identity.refresh_due_date is not None, "an approved identity has its refresh date"
    due = identity.refresh_due_date
    status = refresh_status_on(due=due, today=today)
    if identity.refresh_status == Identity.RefreshStatus.NOT_DUE and status != Identity.RefreshStatus.NOT_DUE:
        _move(identity, Identity.RefreshStatus.DUE, at=at)
        done.append("STARTED")
    if identity.refresh_status == Identity.RefreshStatus.DUE:
        if _remind(identity, due, at=at):
            done.append("REMINDED")
        if status == Identity.RefreshStatus.OVERDUE:
            _move(identity, Identity.RefreshStatus.OVERDUE, at=at)
            done.append("EXPIRED")
    if identity.refresh_status == Identity.RefreshStatus.OVERDUE:
        _restrict(identity, at=at)
    return done


def _restrict(identity: Identity, *, at: datetime) -> None:
    """Leave the client no more than to sell, unless the firm has seen to that already for another reason. Should that
    one be lifted first, the next sweep sets its own.
    """
    active = IdentityControl.objects.filter(identity=identity, kind=RESTRICTION.kind, cleared_at__isnull=True).first()
    if active is None or active.is_overridable or active.set_by == IdentityControl.SetBy.CLIENT:
        set_control(identity_id=identity.id, wish=RESTRICTION, set_by=IdentityControl.SetBy.SYSTEM, actor=SYSTEM, at=at)
        identity.refresh_from_db()


def _move(identity: Identity, status: str, *, at: datetime) -> None:
    before = identity.refresh_status
    identity.refresh_status = status
    identity.mark_refreshing(at=at)
    is_start = status == Identity.RefreshStatus.DUE
    note_identity(
        identity=identity,
        deed=Deed(
            verb="start_refresh" if is_start else "expire_refresh",
            topic="refresh_started" if is_start else "refresh_expired",
            changes=[changed("refresh_status", before, status)],
            payload={"refresh_status": status, "refresh_due_date": str(identity.refresh_due_date)},
        ),
        actor=SYSTEM,
        at=at,
    )


def _remind(identity: Identity, due: date, *, at: datetime) -> bool:
    days = reminder_for(due=due, today=at.date(), reminded=identity.reminded_days)
    if days is None:
        return False
    before, identity.reminded_days = identity.reminded_days, days
    identity.mark_refreshing(at=at)
    note_identity(
        identity=identity,
        deed=Deed(
            verb="remind_refresh",
            topic="refresh_reminded",
            changes=[changed("reminded_days", before, days)],
            payload={"days_left": (due - at.date()).days, "refresh_due_date": str(due)},
        ),
        actor=SYSTEM,
        at=at,
    )
    return True
