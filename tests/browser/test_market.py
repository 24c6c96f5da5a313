"""The page of a market: candles, ladder, tape and ticker, and all of it live while orders come."""

import os
import random
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core import clock
from tests.browser.conftest import find_violations
from tests.trading.pages.conftest import Desk
from trading.models import Market, Order, Ticker
from trading.operations.keep_candles import keep_candles

pytestmark = pytest.mark.browser
READ = """() => document.querySelector('#readout').textContent"""
BODIES = (
    """() => ["rising", "falling"].map((way) => document.querySelector(`#chart .${way}`).getAttribute("d")).join("")"""
)


class Walk:
    """Prices that wander: now and then somebody takes, around it orders rest."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.rng = desk, random.Random(7)
        self.price = Decimal("60000.00")
        self.number = 0

    def step(self) -> None:
        """Two orders that meet, and at times one that stays."""
        rng = self.rng
        self.price += Decimal(rng.randrange(-40, 41)) / 2
        self.number += 1
        makes, takes = rng.choice((("SELL", "BUY"), ("BUY", "SELL")))
        amount = f"{rng.randrange(1, 60) / 100:.2f}"
        self.desk.place(self.desk.maker, f"m{self.number}", makes, amount, f"{self.price:.2f}")
        self.desk.place(self.desk.taker, f"t{self.number}", takes, amount, f"{self.price:.2f}")

    def rest(self, levels: int) -> None:
        """A ladder on both sides of the price."""
        for level in range(1, levels + 1):
            for side, way in (("SELL", 1), ("BUY", -1)):
                self.number += 1
                amount = f"{self.rng.randrange(5, 90) / 100:.2f}"
                price = self.price + way * level * Decimal("4.50")
                self.desk.place(self.desk.maker, f"r{self.number}", side, amount, f"{price:.2f}")

    def past(self, minutes: int) -> None:
        """What has happened in the last minutes."""
        begins = clock.now() - timedelta(minutes=minutes)
        for minute in range(minutes):
            self.desk.at = begins + timedelta(minutes=minute, seconds=self.rng.randrange(50))
            for _ in range(self.rng.randrange(1, 4)):
                self.step()
        self.desk.at = clock.now()
        while self.desk.match().is_full:
            pass
        self.rest(14)
        self.desk.match()
        keep_candles(market_id=self.desk.market_id)


def is_live(page: Page) -> Page:
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    return page


def agrees(page: Page) -> None:
    """What is on the screen is what the database says."""
    market = Market.objects.get()
    ticker = Ticker.objects.get()
    expect(page.locator(".ticker [data-figure=last]")).to_have_text(f"{ticker.last_price:,.2f}")
    expect(page.locator("#chart .tag")).to_have_text(f"{ticker.last_price:,.2f}")
    expect(page.locator("#readout")).to_contain_text(f"C {ticker.last_price:,.2f}")
    expect(page.locator("[data-figure=sequence]")).to_have_text(f"{market.sequence:,}")
    best = Order.objects.filter(status="OPEN", side="SELL").order_by("limit_price").first()
    assert best is not None and ticker.best_ask == best.limit_price
    expect(page.locator('tr[data-side="ask"][data-level="0"]')).to_contain_text(f"{best.limit_price:,.2f}")
    expect(page.locator(".ticker [data-figure=ask]")).to_contain_text(f"{best.limit_price:,.2f}")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_market_is_drawn_and_lives(desk: Desk, visit: Any, tmp_path: Path, theme: str) -> None:
    walk = Walk(desk)
    walk.past(100)
    page = is_live(visit("/ops/markets/BTC-USD", theme=theme))
    agrees(page)
    before = page.evaluate(BODIES)
    # A wick and a body each, as many as there is room for.
    assert before.count("z") >= 2 * 70

    # Fifty orders a second, for a few seconds: the page follows, and nothing breaks.
    for _ in range(12):
        desk.at = clock.now()
        for _ in range(6):
            walk.step()
        desk.match()
        page.wait_for_timeout(200)
    agrees(page)
    assert page.evaluate(BODIES) != before
    assert page.locator("#tape tr").count() == 50

    page.screenshot(path=Path(os.environ.get("BROWSER_SHOTS", tmp_path)) / f"market-live-{theme}.png")
    assert find_violations(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def test_another_interval_is_another_address_and_lives_too(desk: Desk, visit: Any) -> None:
    walk = Walk(desk)
    walk.past(30)
    page = is_live(visit("/ops/markets/BTC-USD"))
    page.get_by_role("link", name="1H", exact=True).click()
    page.wait_for_url("**/ops/markets/BTC-USD?interval=1H")
    is_live(page)
    assert 1 <= page.evaluate(BODIES).count("z") / 2 <= 2
    desk.at = clock.now()
    walk.step()
    desk.match()
    agrees(page)

    # What a candle was can be read where the pointer stands.
    newest = page.evaluate(READ)
    chart = page.locator("#chart").bounding_box()
    page.mouse.move(chart["x"] + chart["width"] - 78 - 4, chart["y"] + 60)
    expect(page.locator("#chart .hair")).to_have_count(1)
    assert page.evaluate(READ) == newest
    page.mouse.move(chart["x"], chart["y"] - 30)
    expect(page.locator("#chart .hair")).to_have_count(0)


def test_a_market_without_a_trade_says_so(desk: Desk, visit: Any) -> None:
    page = is_live(visit("/ops/markets/BTC-USD"))
    expect(page.locator("#chart")).to_contain_text("No trades yet.")
    desk.trade_once()
    agrees(page)
