"""Trades and markets as an operator reads them."""

import json
import re

import pytest
from django.db import OperationalError

from core.clock import now
from tests.desk import fragment, rows_of, signed_in
from tests.trading.pages.conftest import Desk
from trading.models import Trade
from trading.pages.markets import describe_market
from trading.pages.trades import read_trade_filter
from trading.queries.desk_trades import list_trade_rows
from trading.queries.ladder import get_market_view


def test_a_trade_shows_both_its_sides(desk: Desk) -> None:
    desk.trade_once()
    client = signed_in()
    answer = client.get("/ops/trades")
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    assert rows_of(answer) == [Trade.objects.get().id]
    assert "Northwind" in text
    assert "Halcyon" in text
    assert rows_of(fragment(client, "/ops/trades")) == rows_of(answer)


def test_filters_of_trades_and_the_live_feed_agree(desk: Desk) -> None:
    desk.trade_once()
    stranger = desk.client_named("Kestrel")
    desk.place(stranger, "k", "BUY", "0.1", "100.00")
    desk.match()
    client = signed_in()
    everything = list_trade_rows(list(Trade.objects.values_list("id", flat=True)))
    assert len(everything) == 2
    order = everything[0].buy_order_id
    for query in (
        "",
        "market=BTC-USD",
        "market=SOL-USD",
        "text=kest",
        "text=Northwind",
        f"text={order}",
        f"text={everything[1].id}",
    ):
        answer = client.get(f"/ops/trades?{query}")
        trade_filter = read_trade_filter(answer.wsgi_request.GET)
        assert rows_of(answer) == [row.id for row in everything if trade_filter.takes(row)], query


def test_a_market_shows_its_ladder_and_its_tape(desk: Desk) -> None:
    desk.trade_once()
    for step in range(14):
        desk.place(desk.maker, f"a{step}", "SELL", "0.1", f"{101 + step}.00")
        desk.place(desk.taker, f"b{step}", "BUY", "0.2", f"{99 - step}.00")
    desk.match()
    figures = describe_market(get_market_view("BTC-USD", at=now()))
    assert len(figures["asks"]) == len(figures["bids"]) == 12
    assert figures["asks"][0][:3] == ["0.5000", "0.5000", "100.00"]
    assert figures["bids"][1][:3] == ["0.4000", "0.2000", "98.00"]
    assert max(level[3] for level in figures["asks"] + figures["bids"]) == 100
    assert (figures["spread"], figures["last"], figures["phase"]) == ("1.00", "100.00", "Open")
    assert [trade[2:] for trade in figures["trades"]] == [["BUY", "100.00", "0.5000"]]
    json.dumps(figures)
    page = signed_in().get("/ops/markets/BTC-USD").content.decode()
    assert page.count('data-side="ask"') == page.count('data-side="bid"') == 12
    assert ">0.4000</span>" in page


def test_an_empty_market_is_no_failure(desk: Desk) -> None:
    client = signed_in()
    page = client.get("/ops/markets/BTC-USD").content.decode()
    assert "No trades yet." in page
    assert client.get("/ops/markets/NO-SUCH").status_code == 404
    listed = client.get("/ops/markets").content.decode()
    assert 'href="/ops/markets/BTC-USD"' in listed


def test_a_page_without_its_database_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in()
    client.raise_request_exception = False

    def fail(*_: object, **__: object) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr("trading.pages.trades.list_trades", fail)
    answer = client.get("/ops/trades")
    assert (answer.status_code, answer["Retry-After"]) == (503, "3")
    assert b"cannot be read right now" in answer.content
    monkeypatch.setattr("trading.pages.trades.list_trades", lambda _: 1 / 0)
    assert client.get("/ops/trades").status_code == 500
