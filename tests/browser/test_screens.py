"""Every screen, light and dark: nothing breaks, everybody can read it, and it is written down as a picture."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from settlement.models import LedgerAccount
from tests.browser.conftest import Watch, find_violations
from tests.trading.pages.conftest import Desk

pytestmark = pytest.mark.browser
WITHOUT_ROWS = ["/ops/blotter", "/ops/trades", "/ops/markets/BTC-USD", "/ops/reconciliation", "/ops/reports"]


def screens(desk: Desk) -> dict[str, str]:
    order = desk.order(desk.maker, "m0")
    account = LedgerAccount.objects.get(profile_id=desk.maker.profile_id, asset__code="USD")
    return {
        "blotter": "/ops/blotter",
        "drawer": f"/ops/blotter?status=OPEN&order={order.id}",
        "no-orders": "/ops/blotter?text=nobody",
        "trades": "/ops/trades",
        "order": f"/ops/orders/{order.id}",
        "markets": "/ops/markets",
        "market": "/ops/markets/BTC-USD",
        "deposits": "/ops/deposits",
        "deposit-form": "/ops/deposits/credit",
        "ledger": "/ops/ledger",
        "account": f"/ops/ledger/{account.id}",
        "reconciliation": "/ops/reconciliation",
        "reports": "/ops/reports",
        "report": "/ops/reports/ORDER_AUDIT_TRAIL",
    }


def look_at(page: Page, name: str, folder: Path) -> None:
    page.wait_for_load_state("load")
    page.screenshot(path=folder / f"{name}.png")
    assert find_violations(page) == [], name
    assert page.locator("h1").count() == 1, name
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), f"{name} scrolls sideways"


@pytest.mark.parametrize(("theme", "width", "height"), [("light", 1440, 860), ("dark", 1280, 720)])
def test_every_screen_is_whole(desk: Desk, visit: Any, tmp_path: Path, theme: str, width: int, height: int) -> None:
    desk.every_state()
    folder = Path(os.environ.get("BROWSER_SHOTS", tmp_path))
    page = visit("/ops/blotter", theme=theme, width=width, height=height)
    for name, path in screens(desk).items():
        page.goto(path)
        look_at(page, f"{name}-{theme}-{width}", folder)


def test_screens_without_rows_say_what_would_be_there(visit: Any) -> None:
    page = visit("/ops/blotter")
    for path in WITHOUT_ROWS:
        page.goto(path)
        expect(page.locator(".empty").first).to_be_visible()
        assert find_violations(page) == [], path


def test_a_list_shows_twenty_one_whole_rows(desk: Desk, visit: Any) -> None:
    desk.many(30)
    page = visit("/ops/blotter")
    whole = page.evaluate(
        """() => {
            const table = document.querySelector('.table').getBoundingClientRect();
            return [...document.querySelectorAll('#rows tr')]
                .filter((row) => row.getBoundingClientRect().bottom <= table.bottom).length;
        }"""
    )
    assert whole >= 21
    assert page.evaluate("document.querySelector('.table').scrollWidth <= document.querySelector('.table').clientWidth")


def test_the_first_load_is_light(desk: Desk, visit: Any) -> None:
    desk.many(50)
    page = visit("/ops/markets")
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())) if answer.request.method == "GET" else None)
    page.evaluate("caches.keys()")
    page.goto("/ops/blotter")
    page.wait_for_load_state("networkidle")
    assert sum(sizes) <= 420_000


def test_theme_and_density_change_at_once_and_stay(visit: Any) -> None:
    page = visit("/ops/blotter")
    page.evaluate("document.body.dataset.mark = 'same page'")
    page.get_by_role("button", name="Change the theme").click()
    page.get_by_role("button", name="Change the theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Change the density").click()
    expect(page.locator("html")).to_have_attribute("data-density", "comfortable")
    assert page.evaluate("document.body.dataset.mark") == "same page"
    page.wait_for_load_state("networkidle")
    page.goto("/ops/markets")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-density", "comfortable")


def test_a_deposit_is_entered_by_hand(desk: Desk, visit: Any, watch: Watch) -> None:
    watch.allowed.append("422")
    page = visit("/ops/deposits")
    page.get_by_role("link", name="Enter a deposit").click()
    page.get_by_label("Arrived at").select_option(label="OMNIBUS:MAIN:USD")
    page.get_by_label("For profile").fill(str(desk.maker.profile_id))
    page.get_by_label("Amount").fill("1e3")
    page.get_by_label("Outside reference").fill("WIRE-1")
    page.get_by_label("From account").fill("CH9300762011623852957")
    page.get_by_role("button", name="Ask to enter it", exact=True).click()
    expect(page.get_by_text("A plain number: digits")).to_be_visible()
    assert find_violations(page) == []
    page.get_by_label("Amount").fill("1000.25")
    page.get_by_role("button", name="Ask to enter it", exact=True).click()
    expect(page.get_by_text("decided by somebody else under Approvals: 1000.25")).to_be_visible()


def test_pages_work_without_javascript(desk: Desk, visit: Any) -> None:
    desk.many(60)
    page = visit("/ops/blotter", java_script_enabled=False)
    page.get_by_role("link", name="Filled").click()
    assert page.url.endswith("?status=FILLED")
    page.get_by_label("Side", exact=True).select_option("BUY")
    page.get_by_role("button", name="Filter").click()
    assert "side=BUY" in page.url
    assert "status=FILLED" in page.url
    assert page.locator("#rows tr").count() == 60
    page.goto("/ops/blotter")
    page.get_by_role("link", name="Older").click()
    assert page.locator("#rows tr").count() == 20
    page.locator("#rows a").first.click()
    expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
