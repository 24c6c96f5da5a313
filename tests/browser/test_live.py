"""The live desk, seen in the browser."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import StaffSession
from tests.browser.conftest import Relay, Server, Watch, find_violations
from tests.trading.pages.conftest import Desk
from trading.models import Order
from trading.realtime import desk as live_desk

pytestmark = pytest.mark.browser


def is_live(page: Page) -> Page:
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    return page


def watch_states(page: Page) -> None:
    """Keep every state the dot passes through: a repair may be quicker than the eye that polls."""
    page.evaluate("""() => {
        const dot = document.querySelector('#live');
        window.states = [];
        new MutationObserver(() => window.states.push(dot.dataset.state)).observe(dot, { attributeFilter: ['data-state'] });
    }""")


def was_late(page: Page) -> None:
    for _ in range(100):
        if "late" in page.evaluate("window.states"):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"The page was never late: {page.evaluate('window.states')}.")


def row(page: Page, order: Order) -> Any:
    return page.locator(f"#r-{order.id}")


def trade(desk: Desk, number: int = 0) -> tuple[Order, Order]:
    desk.trade_once(number)
    return desk.order(desk.maker, f"m{number}"), desk.order(desk.taker, f"t{number}")


def on_screen(page: Page) -> list[tuple[str, str]]:
    """Ids and states as the page shows them."""
    found = page.evaluate(
        "[...document.querySelectorAll('#rows tr:not(.gone)')].map((r) => [r.id.slice(2), r.querySelector('.chip').textContent])"
    )
    return [tuple(each) for each in found]


def in_database(**filters: str) -> list[tuple[str, str]]:
    from trading.queries.desk_orders import OrderFilter, list_orders, order_row

    rows = [order_row(order) for order in list_orders(OrderFilter(**filters)).order_by("-id")[:100]]
    return [(str(each.id), each.state_word) for each in rows]


def eventually_equal(page: Page, expected: Callable[[], list[tuple[str, str]]]) -> None:
    for _ in range(40):
        if on_screen(page) == expected():
            return
        page.wait_for_timeout(250)
    assert on_screen(page) == expected()


def test_orders_and_fills_arrive_without_touching_a_key(desk: Desk, visit: Any) -> None:
    page = is_live(visit("/ops/blotter"))
    resting, taken = trade(desk)
    expect(row(page, taken)).to_contain_text("Filled")
    expect(row(page, resting)).to_contain_text("Open · 50")
    desk.place(desk.taker, "rest", "BUY", "0.5", "100.00")
    desk.match()
    expect(row(page, resting)).to_contain_text("Filled")
    eventually_equal(page, in_database)
    expect(page.locator('[data-count="FILLED"]')).to_have_text("3")
    assert find_violations(page) == []


def test_trades_and_the_ladder_are_live_too(desk: Desk, visit: Any) -> None:
    trades, market = is_live(visit("/ops/trades")), is_live(visit("/ops/markets/BTC-USD"))
    trade(desk)
    expect(trades.locator("#rows tr")).to_have_count(1)
    expect(trades.locator("#rows tr").first).to_contain_text("Northwind")
    expect(market.locator("#tape tr")).to_have_count(1)
    expect(market.locator('tr[data-side="ask"][data-level="0"]')).to_contain_text("0.5000")
    expect(market.locator(".ticker [data-figure=last]")).to_have_text("100.00")
    desk.place(desk.taker, "bid", "BUY", "2", "99.50")
    desk.match()
    expect(market.locator('tr[data-side="bid"][data-level="0"]')).to_contain_text("99.50")
    expect(market.locator("[data-figure=spread]")).to_have_text("0.50")


def test_a_row_that_no_longer_fits_leaves(desk: Desk, visit: Any) -> None:
    resting, _ = trade(desk)
    page = is_live(visit("/ops/blotter"))
    page.get_by_role("link", name="Open").first.click()
    assert page.url.endswith("?status=OPEN")
    is_live(page)
    desk.place(desk.taker, "rest", "BUY", "0.5", "100.00")
    desk.match()
    expect(row(page, resting)).to_have_class(re.compile("gone"))
    expect(row(page, resting)).to_have_count(0)
    expect(page.locator("#list .empty")).to_be_visible()
    page.reload()
    assert page.url.endswith("?status=OPEN")
    page.go_back()
    assert page.url.endswith("/ops/blotter")
    expect(row(page, resting)).to_be_visible()


def test_a_held_page_counts_what_waits_and_shows_it_on_request(desk: Desk, visit: Any) -> None:
    resting, _ = trade(desk)
    page = is_live(visit("/ops/blotter"))
    page.keyboard.press("f")
    expect(page.locator("#hold")).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(100)
    desk.place(desk.taker, "rest", "BUY", "0.5", "100.00")
    desk.match()
    expect(row(page, resting)).to_contain_text("Filled")
    expect(page.locator("#waiting")).to_have_text("1 new · show")
    assert page.locator("#rows tr").count() == 2
    page.locator("#waiting").click()
    expect(page.locator("#rows tr")).to_have_count(3)
    page.keyboard.press("f")
    expect(page.locator("#hold")).to_have_attribute("aria-pressed", "false")


def test_a_selection_survives_updates_and_is_cancelled(desk: Desk, visit: Any) -> None:
    resting, _ = trade(desk)
    page = is_live(visit("/ops/blotter"))
    page.on("dialog", lambda dialog: dialog.accept())
    box = row(page, resting).get_by_role("checkbox")
    box.check()
    expect(page.locator("#chosen")).to_be_visible()
    desk.place(desk.taker, "bit", "BUY", "0.1", "100.00")
    desk.match()
    expect(row(page, resting)).to_contain_text("60")
    expect(box).to_be_checked()
    page.get_by_role("button", name="Cancel chosen").click()
    expect(page.get_by_text("Asked to cancel 1 order.")).to_be_visible()
    expect(row(page, resting)).to_contain_text("cancelling…")
    is_live(page)
    desk.match()
    expect(row(page, resting)).to_contain_text("Cancelled")


def test_the_keyboard_opens_follows_and_closes_the_drawer(desk: Desk, visit: Any) -> None:
    resting, taken = trade(desk)
    page = is_live(visit("/ops/blotter"))
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#drawer")).to_contain_text(str(taken.id))
    assert f"order={taken.id}" in page.url
    page.keyboard.press("j")
    expect(page.locator("#drawer")).to_contain_text(str(resting.id))
    desk.place(desk.taker, "bit", "BUY", "0.1", "100.00")
    desk.match()
    expect(page.locator("#drawer")).to_contain_text("60 %")
    page.reload()
    expect(page.locator("#drawer")).to_contain_text(str(resting.id))
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_empty()
    assert "order=" not in page.url
    page.keyboard.press("/")
    page.keyboard.type("jjx")
    expect(page.locator("#search")).to_have_value("jjx")


def test_the_page_of_an_order_follows_it(desk: Desk, visit: Any) -> None:
    resting, _ = trade(desk)
    page = is_live(visit(f"/ops/orders/{resting.id}"))
    desk.place(desk.taker, "rest", "BUY", "0.5", "100.00")
    desk.match()
    expect(page.locator(".head .chip")).to_have_text("Filled")
    expect(page.get_by_role("button", name="Cancel order")).to_be_disabled()


def test_what_was_missed_while_the_relay_was_away_is_read_anew(desk: Desk, visit: Any, relay: Relay) -> None:
    page = is_live(visit("/ops/blotter"))
    trade(desk)
    eventually_equal(page, in_database)
    relay.stop()
    expect(page.locator("#live")).to_have_attribute("data-state", "late")
    expect(page.locator("#notice")).to_contain_text("Live updates stopped at")
    trade(desk, 1)
    relay.start()
    expect(page.locator("#notice")).to_contain_text("Live again")
    is_live(page)
    eventually_equal(page, in_database)


def test_a_frame_that_is_dropped_shows_and_is_repaired(desk: Desk, visit: Any, server: Server) -> None:
    page = is_live(visit("/ops/blotter"))
    watch_states(page)
    the_desk = live_desk._desk
    assert the_desk is not None
    for subscription in list(the_desk._subscriptions):
        subscription.line._seq += 1
    was_late(page)
    trade(desk)
    is_live(page)
    eventually_equal(page, in_database)


def test_a_socket_that_is_cut_off_comes_back(desk: Desk, visit: Any, server: Server) -> None:
    page = is_live(visit("/ops/blotter"))
    watch_states(page)
    the_desk = live_desk._desk
    assert the_desk is not None
    for subscription in list(the_desk._subscriptions):
        server.loop.call_soon_threadsafe(subscription.line.end, 4008)
    was_late(page)
    trade(desk)
    is_live(page)
    eventually_equal(page, in_database)


def test_a_hidden_tab_rests_and_is_whole_when_it_comes_back(desk: Desk, visit: Any) -> None:
    page = is_live(visit("/ops/blotter"))
    hide = """(hidden) => {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    page.evaluate(hide, True)
    page.wait_for_timeout(200)
    trade(desk)
    page.wait_for_timeout(1_500)
    assert on_screen(page) == []
    page.evaluate(hide, False)
    eventually_equal(page, in_database)


def test_somebody_who_is_signed_out_elsewhere_is_told(
    desk: Desk, visit: Any, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.allowed.append("401")
    monkeypatch.setattr(live_desk, "COUNT_SECONDS", 0.2)
    monkeypatch.setattr(live_desk, "SESSION_SECONDS", 0.2)
    page = is_live(visit("/ops/blotter"))
    StaffSession.objects.all().delete()
    expect(page.locator("#notice")).to_contain_text("You are signed out.")
    expect(page.locator("#live")).to_have_attribute("data-state", "off")


def test_a_storm_ends_with_page_and_database_equal(desk: Desk, visit: Any) -> None:
    page, open_only = is_live(visit("/ops/blotter")), is_live(visit("/ops/blotter?status=OPEN"))
    for batch in range(12):
        for number in range(15):
            key = f"{batch}-{number}"
            desk.place(desk.maker, f"m{key}", "SELL", "0.02", f"{100 + number % 3}.00")
            desk.place(desk.taker, f"t{key}", "BUY", "0.01", f"{100 + number % 4}.00")
        while desk.match().is_full:
            pass
        page.wait_for_timeout(50)
    eventually_equal(page, in_database)
    eventually_equal(open_only, lambda: in_database(status="OPEN"))
    assert page.locator("#rows tr").count() == 100


def test_controls_each_fault_is_seen(visit: Any, watch: Watch) -> None:
    page = is_live(visit("/ops/blotter"))
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')")
    page.evaluate("console.error('something broke')")
    page.evaluate("Promise.reject(new Error('nobody caught it')), 0")
    page.evaluate("fetch('https://elsewhere.example/').catch(() => 0)")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<input type=text>')")
    page.wait_for_timeout(300)
    said = "\n".join(watch.faults)
    for fault in ("Content Security Policy", "something broke", "nobody caught it"):
        assert fault in said
    assert any(found.startswith("label:") for found in find_violations(page))
    watch.faults.clear()
