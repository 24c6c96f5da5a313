"""Days that are over: shut, compared and signed off by two people, as a house does each night."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from core.operations.record_audit import Actor
from core.operations.seal_records import seal_records
from settlement.calendar import cut_off_at
from settlement.models import BusinessDay, LedgerAccount, ReconciliationRun
from settlement.operations.close_due_days import close_due_days
from settlement.operations.sign_day import sign_day
from tests.desk import a_person


def night_of(day: date) -> datetime:
    return cut_off_at(day) + timedelta(minutes=10)


def close_until(last: date) -> None:
    """Every day to ``last``: what is open is sealed, shut and signed."""
    while seal_records(at=night_of(last)):
        pass
    while close_due_days(at=night_of(last)):
        pass
    waiting = BusinessDay.objects.filter(business_date__lte=last).exclude(status="CLOSED").order_by("business_date")
    if waiting:
        compare(last)
    signers = {
        gate: Actor("PERSON", a_person(name, "OPERATIONS").pk)
        for gate, name in (("reconciliation", "Pia"), ("sign_off", "Simon"))
    }
    for day in waiting:
        for gate, actor in signers.items():
            sign_day(business_date=day.business_date, gate=gate, note="Looked at", actor=actor, at=night_of(last))


def compare(day: date) -> None:
    """Banks and custodians say what the ledger says."""
    for omnibus in LedgerAccount.objects.filter(kind="OMNIBUS"):
        run = ReconciliationRun.objects.filter(omnibus=omnibus, business_date=day).order_by("run_version").last()
        ReconciliationRun.objects.create(
            omnibus=omnibus,
            business_date=day,
            run_version=1 if run is None else run.run_version + 1,
            status="BALANCED",
            ledger_balance=Decimal(0),
            outside_balance=Decimal(0),
            difference=Decimal(0),
            snapshot_sha256="0" * 64,
            taken_at=night_of(day),
            run_at=night_of(day),
        )
