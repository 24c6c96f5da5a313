"""Yesterday, closed by two people: the first deposits came in then, so that a day and its snapshots are there to look at."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db.models import Min

from accounts.models import StaffUser
from config.demo.custodian import FILE_NAME
from core.operations.record_audit import Actor
from settlement.calendar import business_date_of, cut_off_at
from settlement.gateways.custodian_simulator import CustodianSimulator
from settlement.models import BusinessDay, Entry
from settlement.operations.close_business_day import close_business_day
from settlement.operations.reconcile_omnibus import reconcile_omnibus
from settlement.operations.sign_day import RECONCILIATION, SIGN_OFF, sign_day
from settlement.queries.omnibus_accounts import list_omnibus_accounts

OPERATOR, TREASURER = "ops@countinghouse.example", "treasury@countinghouse.example"
BEFORE_CUT_OFF: Final = timedelta(hours=8)


def first_deposits_at(at: datetime) -> datetime:
    """When the money of the demo came in: yesterday afternoon; now, where an earlier run has shut that day."""
    yesterday = business_date_of(at) - timedelta(days=1)
    if BusinessDay.objects.filter(business_date__gte=yesterday).exclude(status=BusinessDay.Status.OPEN).exists():
        return at
    return cut_off_at(yesterday) - BEFORE_CUT_OFF


def close_first_day(*, state_dir: Path, at: datetime) -> int:
    """Shut yesterday, compare it with the simulated custodian, and have two people sign it; answers how many days that closed.

    Once: where a day is shut already, or the books do not begin yesterday, people have taken over.
    """
    yesterday = business_date_of(at) - timedelta(days=1)
    first = Entry.objects.aggregate(first=Min("business_date"))["first"]
    if first != yesterday or BusinessDay.objects.exclude(status=BusinessDay.Status.OPEN).exists():
        return 0
    close_business_day(business_date=yesterday, at=at)
    if settings.CUSTODIAN_INBOX:
        return 0
    custodian = CustodianSimulator(state_dir / FILE_NAME)
    for omnibus_id in list_omnibus_accounts():
        reconcile_omnibus(omnibus_id=omnibus_id, custodian=custodian, as_of=at, at=at)
    for gate, email, note in (
        (RECONCILIATION, OPERATOR, "All accounts compared; one receipt at the custodian is not credited yet."),
        (SIGN_OFF, TREASURER, "Looked at, with the open break."),
    ):
        person = Actor("PERSON", StaffUser.objects.get(email=email).pk)
        sign_day(business_date=yesterday, gate=gate, note=note, actor=person, at=at)
    return 1
