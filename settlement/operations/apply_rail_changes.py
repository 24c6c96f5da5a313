"""Bring the terms of rails in force whose moment has come."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, OuterRef, Subquery

from core.domain.decimals import plain_text
from core.operations.record_audit import SYSTEM, Actor, record_audit
from settlement.models import Rail, RailChange
from settlement.models.rail import STANDING, TERMS

OBJECT_TYPE = "settlement.rail"


def apply_rail_changes(*, at: datetime) -> int:
    """Have every rail follow the newest of its changes that is in force at ``at``; answers how many rails that changed.

    In a durable transaction of its own; again does nothing.
    """
    standing = RailChange.objects.filter(STANDING, rail=OuterRef("pk"), in_force_from__lte=at)
    newest = standing.order_by("-in_force_from")
    due = Rail.objects.annotate(newest=Subquery(newest.values("id")[:1])).exclude(newest=F("change_id"))
    done = 0
    with transaction.atomic(durable=True):
        for rail in (
            Rail.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=due.values("pk")).order_by("id")
        ):
            done += follow_changes(rail, actor=SYSTEM, at=at)
    return done


def follow_changes(rail: Rail, *, actor: Actor, at: datetime, reason: str = "") -> bool:
    """Bring the locked rail to the terms that are in force at ``at``; false where they are already.

    In the caller's transaction.
    """
    change = rail.changes.filter(STANDING, in_force_from__lte=at).order_by("-in_force_from").first()
    if change is None or change.pk == rail.change_id:
        return False
    before = {name: getattr(rail, name) for name in TERMS}
    rail.mark_changed(change, at=at)
    record_audit(
        actor=actor,
        action=f"{OBJECT_TYPE}.follow",
        object_type=OBJECT_TYPE,
        object_id=rail.pk,
        at=at,
        changes=[
            {"field": name, "before": text_of(before[name]), "after": text_of(getattr(change, name))}
            for name in TERMS
            if before[name] != getattr(change, name)
        ],
        reason=reason,
        object_version=rail.version,
        approval_id=change.approval_id,
    )
    return True


def text_of(value: object) -> str:
    """A term as a request and the record say it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    return value.strftime("%H:%M") if hasattr(value, "strftime") else plain_text(value)  # type: ignore[arg-type]
