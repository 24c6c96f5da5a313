"""GET /v1/markets/{symbol}/ticker and /v1/markets/{symbol}/candles: open to everybody"""

import json
from datetime import timedelta

import pytest

from core import clock
from tests.people import Api, problem
from trading.models import Ticker
from trading.tasks import keep_candles

pytestmark = pytest.mark.django_db

ANYBODY = Api(None)


def read(path):
    answer = ANYBODY.get(path)
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


@pytest.fixture
def traded(world, ann, bob):
    """0.3 at 60,000.00 and then 0.2 at 60,010.00, of which 0.1 at 60,010.00 still rests."""
    for number, price in enumerate(("60000", "60010")):
        bob.api.post("/orders", bob.body(f"s-{number}", side="SELL", base_amount="0.3", limit_price=price))
    ann.api.post("/orders", ann.body("b-1", base_amount="0.5", limit_price="60010"))
    ann.api.post("/orders", ann.body("b-2", base_amount="0.05", limit_price="59000"))
    world.match()
    return world


def test_the_ticker_of_a_market_in_which_nothing_happened(world):
    ticker = read("/markets/BTC-USD/ticker")
    assert ticker == {
        "market": "BTC-USD", "phase": "OPEN", "sequence": 0, "best_bid": None, "best_bid_size": None, "best_ask": None,
        "best_ask_size": None, "last_price": None, "last_size": None, "last_traded_at": None, "reference_price": None,
        "day": clock.now().date().isoformat(), "day_open": None, "day_high": None, "day_low": None,
        "day_base_volume": "0.00000000", "day_quote_volume": "0.000000",
    }  # fmt: skip


def test_the_ticker_is_as_of_a_sequence(traded):
    ticker = read("/markets/BTC-USD/ticker")
    expected = {
        "sequence": traded.market.sequence, "best_bid": "59000.00", "best_bid_size": "0.0500", "best_ask": "60010.00",
        "best_ask_size": "0.1000", "last_price": "60010.00", "last_size": "0.20000000", "reference_price": "60004.00",
        "day_open": "60000.00", "day_high": "60010.00", "day_low": "60000.00", "day_base_volume": "0.50000000",
        "day_quote_volume": "30002.000000",
    }  # fmt: skip
    assert {name: ticker[name] for name in expected} == expected
    assert ticker["last_traded_at"].startswith(ticker["day"])


def test_on_another_day_the_figures_of_the_last_are_not_shown(traded):
    Ticker.objects.update(day=clock.now().date() - timedelta(days=1))
    ticker = read("/markets/BTC-USD/ticker")
    assert (ticker["day_open"], ticker["day_high"], ticker["day_base_volume"]) == (None, None, "0.00000000")
    assert ticker["day"] == clock.now().date().isoformat()
    assert ticker["last_price"] == "60010.00"


def test_candles_of_an_interval(traded):
    assert read("/markets/BTC-USD/candles?interval=1M") == {"items": [], "next_cursor": None}
    keep_candles()
    (candle,) = read("/markets/BTC-USD/candles?interval=1D")["items"]
    assert candle | {"opens_at": ""} == {
        "market": "BTC-USD", "interval": "1D", "opens_at": "", "open": "60000.00", "high": "60010.00", "low": "60000.00",
        "close": "60010.00", "base_volume": "0.50000000", "quote_volume": "30002.000000", "trade_count": 2,
        "last_sequence": read("/markets/BTC-USD/trades")["items"][0]["sequence"],
    }  # fmt: skip
    assert candle["opens_at"].endswith("T00:00:00.000000Z")


def test_candles_from_and_until_page_by_page(traded):
    keep_candles()
    (minute,) = traded.market.candles.filter(interval="1M")
    for number in range(1, 5):
        minute.pk, minute.opens_at = None, minute.opens_at - timedelta(minutes=number)
        minute.save(force_insert=True)
    everything = read("/markets/BTC-USD/candles?interval=1M")["items"]
    opens = [candle["opens_at"] for candle in everything]
    assert len(opens) == 5
    assert opens == sorted(opens, reverse=True)
    between = read(f"/markets/BTC-USD/candles?interval=1M&from={opens[3]}&until={opens[1]}&order=ASC")["items"]
    assert [candle["opens_at"] for candle in between] == [opens[3], opens[2]]
    first = read("/markets/BTC-USD/candles?interval=1M&limit=3")
    rest = read(f"/markets/BTC-USD/candles?interval=1M&limit=3&cursor={first['next_cursor']}")
    assert first["items"] + rest["items"] == everything
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    "query",
    ["", "interval=", "interval=2M", "interval=1m", "interval=1M&interval=5M", "interval=1M&from=yesterday",
     "interval=1M&until=5", "interval=1M&depth=1"],
)  # fmt: skip
def test_what_no_candle_answers_to(world, query):
    problem(ANYBODY.get(f"/markets/BTC-USD/candles?{query}"), 400, "FILTER_INVALID")


def test_an_unknown_market_is_not_found(world):
    problem(ANYBODY.get("/markets/DOGE-USD/ticker"), 404, "NOT_FOUND")
    problem(ANYBODY.get("/markets/DOGE-USD/candles?interval=1M"), 404, "NOT_FOUND")
