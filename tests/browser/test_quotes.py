"""The pages of quotes in a real browser: light and dark, with quotes in every state, and a list that lives."""

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from core.clock import now
from core.operations.record_audit import Actor
from tests.browser.test_screens import look_at
from tests.desk import a_person
from tests.trading.pages.conftest import Desk
from tests.trading.quotes.dealing import Dealing
from tests.world import Client
from trading.models import Quote
from trading.operations.withdraw_quote import withdraw_quote

pytestmark = pytest.mark.browser


def some(desk: Desk) -> tuple[Dealing, Client, dict[str, Quote]]:
    """A quote in each state, and terms to come."""
    dealing = Dealing(desk).open(btc="1.2", exposure_cap=Decimal(100_000), ttl_seconds=300)
    client = dealing.world.client("Halcyon-Partners", USD="500000.00", BTC="3")
    quotes = {name: dealing.ask(client, "BUY", base="0.1") for name in ("taken", "withdrawn", "open")}
    quotes["sold"] = dealing.ask(client, "SELL", quote="2500.00")
    dealing.execute(client, quotes["taken"])
    desk_person = Actor("PERSON", a_person("Dora Desk", role="DESK").pk)
    withdraw_quote(quote_id=quotes["withdrawn"].pk, reason="The market moves.", actor=desk_person, at=now())
    return dealing, client, quotes


@pytest.mark.parametrize(("theme", "width", "height"), [("light", 1440, 860), ("dark", 1280, 720)])
def test_every_page_is_whole(desk: Desk, visit: Any, tmp_path: Path, theme: str, width: int, height: int) -> None:
    dealing, client, quotes = some(desk)
    folder = Path(os.environ.get("BROWSER_SHOTS", tmp_path))
    person = a_person("Della Desk", role="DESK")
    page = visit("/ops/quotes", theme=theme, width=width, height=height, person=person)
    pages = {
        "quotes": "/ops/quotes",
        "quote-open": f"/ops/quotes/{quotes['open'].pk}",
        "quote-taken": f"/ops/quotes/{quotes['taken'].pk}",
        "quote-terms": "/ops/quotes/terms/BTC-USD",
    }
    for name, path in pages.items():
        page.goto(path)
        look_at(page, f"{name}-{theme}-{width}", folder)
    page.goto("/ops/quotes")
    # What comes meanwhile is there without a reload.
    fresh = dealing.ask(client, "BUY", base="0.05")
    expect(page.locator(f"#q-{fresh.pk}")).to_be_visible(timeout=10_000)
