"""/ops/ledger/{id}/holds: each hold is a line that leads to what holds, and the lines add up."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from settlement.models import LedgerAccount
from tests.desk import a_person, signed_in
from tests.settlement.withdrawals.paying import Paying
from tests.world import World
from trading.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def paying(db: None, tmp_path: Path) -> Paying:
    return Paying(World(), tmp_path)


def of(role: str) -> Any:
    return signed_in(a_person("Olive", role=role))


def test_orders_and_withdrawals_are_lines_that_add_up_to_what_is_held(paying: Paying) -> None:
    client = paying.client(usd="90000.00")
    paying.world.place(client, "A-1", "BUY", "1", "60000.00")
    withdrawal = paying.ask(client, "100.00", "W-1")
    account = LedgerAccount.objects.get(profile_id=client.profile_id, asset__code="USD")
    order = Order.objects.get(client_order_id="A-1")
    assert account.held == order.held + Decimal(115)
    shown = of("OPERATIONS").get(f"/ops/ledger/{account.pk}/holds").content.decode()
    assert f'href="/ops/orders/{order.pk}"' in shown
    assert f'href="/ops/withdrawals/{withdrawal.pk}"' in shown
    assert "By withdrawals" in shown
    assert "115.00" in shown
    assert "Not explained" not in shown


def test_a_hold_that_nothing_explains_is_said(paying: Paying) -> None:
    client = paying.client()
    account = LedgerAccount.objects.get(profile_id=client.profile_id, asset__code="USD")
    LedgerAccount.objects.filter(pk=account.pk).update(held=7)
    shown = of("TREASURER").get(f"/ops/ledger/{account.pk}/holds").content.decode()
    assert "Not explained" in shown
    assert of("SUPPORT").get(f"/ops/ledger/{account.pk}/holds").status_code == 404
