"""The demo begins with a day that two people have closed, and leaves the next one to whoever looks."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from config.management.commands.verify import INVARIANTS
from core.clock import now
from core.queries.verifying import verify_all
from settlement.calendar import business_date_of
from settlement.models import BalanceSnapshot, BusinessDay, ClientStatement, Deposit
from settlement.queries.days import list_snapshot_totals
from trading.operations.match_market import forget_books

pytestmark = pytest.mark.django_db(transaction=True)


def test_yesterday_is_closed_and_its_snapshots_tie(settings: Any, tmp_path: Path) -> None:
    forget_books()
    settings.STATE_DIR = tmp_path
    call_command("demo", verbosity=0)
    yesterday = business_date_of(now()) - timedelta(days=1)
    day = BusinessDay.objects.get(pk=yesterday)
    assert (day.status, sorted(day.gates)) == ("CLOSED", ["reconciliation", "sign_off", "snapshots"])
    assert day.prepared_by != day.signed_off_by
    totals = list_snapshot_totals(yesterday)
    assert {total.asset for total in totals} >= {"USD", "BTC"}
    assert all(total.closing == 0 for total in totals)
    first = Deposit.objects.filter(outside_reference__startswith="DEMO-").first()
    assert first is not None and business_date_of(first.received_at) == yesterday

    statements = ClientStatement.objects.filter(period_start=yesterday, period_end=yesterday)
    assert statements.count() > 2
    assert all(each.totals["value"] is not None and each.number.endswith("-0001") for each in statements)

    call_command("demo", verbosity=0)
    assert ClientStatement.objects.count() == statements.count()
    assert BusinessDay.objects.exclude(status="OPEN").count() == 1
    assert BalanceSnapshot.objects.filter(business_date=yesterday).exists()
    numbers = {"V1", "V2", "V3", "V4", "V5", "V6", "V7", "V8"}
    verdicts = verify_all([each for each in INVARIANTS if each.number in numbers], at=now())
    assert [(each.number, each.examples, each.error) for each in verdicts if each.count or each.error] == []
