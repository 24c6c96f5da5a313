"""Statements of the tenants, of a day before everything else."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from core.clock import now
from core.operations.record_audit import SYSTEM
from core.operations.seal_records import seal_records
from settlement.calendar import cut_off_at
from settlement.models import BalanceSnapshot, BusinessDay, LedgerAccount
from settlement.operations.issue_statement import issue_statement

if TYPE_CHECKING:
    from tests.authz.house import House, Tenant

SUNDAY = date(2026, 3, 1)


def make_statement(_house: House, tenant: Tenant) -> str:
    """Two, of an account in which nothing was yet."""
    seal_records(at=now())
    if not BusinessDay.objects.filter(pk=SUNDAY).exists():
        passed = {gate: {"at": now().isoformat(), "by": None, "says": ""} for gate in BusinessDay.GATES}
        BusinessDay.objects.create(
            business_date=SUNDAY, cut_off_at=cut_off_at(SUNDAY), status="CLOSED", gates=passed, prepared_by=uuid4(),
            signed_off_by=uuid4(), closed_at=now(),
        )  # fmt: skip
    account = LedgerAccount.objects.get(profile_id=tenant.client.profile_id, asset__code="USD")
    BalanceSnapshot.objects.create(
        account=account, business_date=SUNDAY, opening=0, credits=0, debits=0, closing=0, held=0, taken_at=now()
    )
    issued: list[UUID] = [
        issue_statement(
            profile_id=tenant.client.profile_id, period_start=SUNDAY - timedelta(days=days), period_end=SUNDAY,
            actor=SYSTEM, at=now(),
        )
        for days in range(2)
    ]  # fmt: skip
    return str(issued[0])
