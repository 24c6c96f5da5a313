"""Limits, rails, destinations, and the queue and entry of withdrawals, in a real browser: light and dark, for everybody."""

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import expect

from core import clock
from core.operations.record_audit import Actor
from settlement.models import LedgerAccount, Withdrawal
from settlement.operations.change_limit import LimitTerms, change_limit
from tests.browser.test_screens import look_at
from tests.desk import a_person
from tests.four_eyes import approve
from tests.settlement.withdrawals.paying import Paying
from tests.trading.pages.conftest import Desk
from tests.world import Client

pytestmark = pytest.mark.browser


@pytest.fixture
def paying(desk: Desk, tmp_path: Path) -> Paying:
    paying = Paying(desk, tmp_path)
    paying.limit("5000")
    paying.at = clock.now()
    return paying


def some(paying: Paying) -> tuple[Client, dict[str, str]]:
    """A withdrawal in each of a few states, a destination that cools off, a limit to come; and where all of it is seen."""
    client = paying.client("Larch", usd="9000.00")
    paying.screener.list_address("CH-LISTED")
    usable, listed = paying.destination(client), paying.destination(client, "CH-LISTED")
    paying.ask(client, "2000.00", "W-1", destination_id=usable)
    paying.ask(client, "100.00", "W-2", destination_id=listed)
    paying.sweep()
    cooling = paying.destination(client, "CH-COOLING", at=clock.now())
    person = a_person("Asta", role="OPERATIONS")
    terms = LimitTerms(scope="DEFAULT", scope_id=None, window="PER_TRANSFER", value=Decimal(3000))
    with transaction.atomic():
        asked = change_limit(terms=terms, reason="Larger.", actor=Actor("PERSON", person.pk), at=clock.now())
    approve(asked.approval_id)
    account = LedgerAccount.objects.get(profile_id=client.profile_id, asset__code="USD")
    withdrawal = Withdrawal.objects.get(client_reference="W-1").pk
    return client, {
        "limits": f"/ops/limits?profile={client.profile_id}",
        "rails": "/ops/rails",
        "rail": f"/ops/rails/{paying.rail_id}",
        "destinations": "/ops/destinations",
        "destination": f"/ops/destinations/{cooling}",
        "withdrawals": "/ops/withdrawals",
        "withdrawals-review": "/ops/withdrawals?tab=review",
        "withdrawal": f"/ops/withdrawals/{withdrawal}",
        "withdrawal-whose": "/ops/withdrawals/enter",
        "withdrawal-enter": f"/ops/withdrawals/enter?profile={client.profile_id}",
        "account-held": f"/ops/ledger/{account.pk}",
    }


@pytest.mark.parametrize(("theme", "width", "height"), [("light", 1440, 860), ("dark", 1280, 720)])
def test_every_page_is_whole(paying: Paying, visit: Any, tmp_path: Path, theme: str, width: int, height: int) -> None:
    _client, pages = some(paying)
    folder = Path(os.environ.get("BROWSER_SHOTS", tmp_path))
    page = visit("/ops/rails", theme=theme, width=width, height=height)
    for name, path in pages.items():
        page.goto(path)
        look_at(page, f"{name}-{theme}-{width}", folder)


def test_what_it_comes_to_follows_what_is_typed(paying: Paying, visit: Any, tmp_path: Path) -> None:
    client, pages = some(paying)
    page = visit(pages["withdrawal-enter"])
    page.get_by_label("To", exact=True).select_option(index=1)
    page.get_by_label("Amount", exact=True).fill("2000.00")
    expect(page.locator("#preview")).to_contain_text("would be accepted")
    expect(page.locator("#preview")).to_contain_text("1 by others")
    page.get_by_label("Amount", exact=True).fill("8000.00")
    expect(page.locator("#preview")).to_contain_text("WITHDRAWAL_LIMIT_EXCEEDED")
    page.get_by_label("Amount", exact=True).fill("20.00")
    expect(page.locator("#preview")).to_contain_text("would be accepted")
    look_at(page, "withdrawal-preview", Path(os.environ.get("BROWSER_SHOTS", tmp_path)))
    page.get_by_role("button", name="Ask for it").click()
    expect(page.locator("h1")).to_contain_text("20.00")
    assert Withdrawal.objects.filter(profile_id=client.profile_id).count() == 3
