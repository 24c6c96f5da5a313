"""Sign a gate of a business day: one person checks its reconciliation, another signs it off, and it is closed."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts.models import StaffUser
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor
from settlement.models import BusinessDay
from settlement.operations.note_day import note_day
from settlement.queries.days import list_not_reconciled

RECONCILIATION, SIGN_OFF = "reconciliation", "sign_off"


def sign_day(*, business_date: date, gate: str, note: str, actor: Actor, at: datetime) -> BusinessDay:
    """Pass ``gate``: ``reconciliation`` says that every omnibus account was compared and each difference is a break with an
    owner; ``sign_off``, the last one, closes the day.

    Refuses a day that is not CLOSING (DAY_NOT_CLOSING), a gate that is passed (GATE_PASSED), an omnibus account without a run
    that compared (NOT_RECONCILED), signing off what is not prepared (GATE_MISSING), by who prepared it under whichever account
    (SIGNER_PREPARED), or before the days before it are closed (EARLIER_DAY_OPEN).
    """
    with transaction.atomic(durable=True):
        day = _lock(business_date, gate)
        signer = _person(actor)
        if gate == RECONCILIATION:
            _refuse_unreconciled(business_date)
        else:
            _refuse_sign_off(day, signer)
        day.mark_gate_passed(gate, says=note, by=signer, at=at)
        is_last = gate == SIGN_OFF
        verb, topic = ("close", "closed") if is_last else ("prepare", "prepared")
        note_day(day=day, verb=verb, topic=topic, reason=note, actor=actor, at=at)
    return day


def _lock(business_date: date, gate: str) -> BusinessDay:
    day = BusinessDay.objects.select_for_update(no_key=True).filter(pk=business_date).first()
    if day is None or gate not in (RECONCILIATION, SIGN_OFF):
        raise NotFound("gate of a business day")
    if day.status != BusinessDay.Status.CLOSING:
        raise Refusal("DAY_NOT_CLOSING", f"{business_date} is {day.status}.", status=409)
    if gate in day.gates:
        raise Refusal("GATE_PASSED", "This gate is signed already.", meta={"gate": gate}, status=409)
    if "snapshots" not in day.gates:
        raise Refusal("GATE_MISSING", "Its snapshots are being taken.", meta={"gate": "snapshots"})
    return day


def _refuse_unreconciled(business_date: date) -> None:
    missing = list_not_reconciled(business_date)
    if missing:
        raise Refusal(
            "NOT_RECONCILED", f"Not compared for {business_date}: {', '.join(missing)}.", meta={"accounts": missing}
        )


def _refuse_sign_off(day: BusinessDay, signer: UUID) -> None:
    if day.prepared_by is None:
        raise Refusal("GATE_MISSING", "Its reconciliation is not signed.", meta={"gate": RECONCILIATION})
    people = StaffUser.objects.filter(pk__in=[signer, day.prepared_by]).values_list("person_id", flat=True)
    if signer == day.prepared_by or len(set(people)) != 2:
        raise Refusal("SIGNER_PREPARED", "Who prepared the day does not sign it off.")
    if BusinessDay.objects.filter(business_date__lt=day.business_date).exclude(status="CLOSED").exists():
        raise Refusal("EARLIER_DAY_OPEN", "Days before it are not closed: they close one after the other.")


def _person(actor: Actor) -> UUID:
    if actor.kind != "PERSON" or actor.id is None:
        raise Refusal("PERSON_REQUIRED", "A day is signed by a person.")
    return actor.id
