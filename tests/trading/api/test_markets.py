"""GET /v1/markets, /v1/markets/{symbol}, /v1/markets/{symbol}/book and /v1/markets/{symbol}/trades: open to everybody"""

import json
from zlib import crc32

import pytest

from tests.people import Api, problem

pytestmark = pytest.mark.django_db

ANYBODY = Api(None)


def read(path):
    answer = ANYBODY.get(path)
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


def test_a_market_with_its_terms(world):
    market = read("/markets/BTC-USD")
    assert read("/markets")["items"] == [market]
    assert {name: market[name] for name in ("symbol", "base", "quote", "phase", "price_scale", "amount_scale")} == {
        "symbol": "BTC-USD",
        "base": "BTC",
        "quote": "USD",
        "phase": "OPEN",
        "price_scale": 2,
        "amount_scale": 4,
    }
    assert (market["tick_size"], market["lot_size"], market["min_notional"]) == ("0.50", "0.00010000", "1.000000")
    assert market["reference_price"] is None
    assert read("/markets?symbol=BTC-USD&base=BTC&phase=OPEN")["items"] == [market]
    assert read("/markets?symbol=ETH-USD")["items"] == []


@pytest.mark.parametrize("path", ["/markets/DOGE-USD", "/markets/btc-usd", "/markets/%00", "/markets/BTC-USD/"])
def test_an_unknown_market_is_not_found(world, path):
    problem(ANYBODY.get(path), 404, "NOT_FOUND")
    problem(ANYBODY.get("/markets/DOGE-USD/book"), 404, "NOT_FOUND")
    problem(ANYBODY.get("/markets/DOGE-USD/trades"), 404, "NOT_FOUND")


def test_an_empty_book_has_checksum_zero(world):
    assert read("/markets/BTC-USD/book") == {
        "market": "BTC-USD",
        "phase": "OPEN",
        "sequence": 0,
        "bids": [],
        "asks": [],
        "checksum": 0,
    }


def test_a_book_adds_up_each_price_and_carries_its_sequence_and_checksum(world, ann, bob):
    for number, (price, amount) in enumerate((("59990.50", "0.2"), ("59990.50", "0.0498"), ("59990", "0.3"))):
        ann.api.post("/orders", ann.body(f"b-{number}", base_amount=amount, limit_price=price))
    for number, (price, amount) in enumerate((("60012", "0.03"), ("60000", "0.5"))):
        bob.api.post("/orders", bob.body(f"s-{number}", side="SELL", base_amount=amount, limit_price=price))
    # Not in the book before it is matched.
    assert read("/markets/BTC-USD/book")["sequence"] == 0
    world.match()
    book = read("/markets/BTC-USD/book")
    assert book["bids"] == [["59990.50", "0.2498"], ["59990.00", "0.3000"]]
    assert book["asks"] == [["60000.00", "0.5000"], ["60012.00", "0.0300"]]
    assert book["sequence"] == world.market.sequence == 10
    assert book["checksum"] == crc32(b"60000005000" + b"6001200300" + b"59990502498" + b"59990003000")
    ann.api.post("/orders", ann.body("taker", base_amount="0.6", limit_price="60012"))
    world.match()
    after = read("/markets/BTC-USD/book")
    assert after["asks"] == []
    assert after["bids"][0] == ["60012.00", "0.0700"]
    assert after["sequence"] > book["sequence"]


def test_depth_is_10_100_or_1000(world, ann):
    for number in range(12):
        ann.api.post("/orders", ann.body(f"b-{number}", base_amount="0.01", limit_price=f"{50000 + number}"))
    world.match()
    assert len(read("/markets/BTC-USD/book")["bids"]) == 10
    deep = read("/markets/BTC-USD/book?depth=100")
    assert len(deep["bids"]) == 12
    assert deep["bids"][0] == ["50011.00", "0.0100"]
    # The checksum is of the best ten whatever was asked.
    assert (
        deep["checksum"]
        == read("/markets/BTC-USD/book?depth=1000")["checksum"]
        == read("/markets/BTC-USD/book")["checksum"]
    )
    for query in ("depth=5", "depth=", "depth=010", "depth=10&depth=10", "depth=1e1", "deep=10"):
        problem(ANYBODY.get(f"/markets/BTC-USD/book?{query}"), 400, "FILTER_INVALID")


def test_trades_carry_nobodys_name(world, ann, bob):
    for number in range(3):
        ann.api.post("/orders", ann.body(f"a-{number}", base_amount="0.1"))
        bob.api.post("/orders", bob.body(f"b-{number}", side="SELL", base_amount="0.1"))
    world.match()
    trades = read("/markets/BTC-USD/trades")["items"]
    assert list(trades[0]) == [
        "id",
        "market",
        "sequence",
        "price",
        "base_amount",
        "quote_amount",
        "taker_side",
        "liquidity",
        "status",
        "traded_at",
    ]
    assert (trades[0]["price"], trades[0]["base_amount"], trades[0]["taker_side"]) == ("60000.00", "0.10000000", "SELL")
    sequences = [trade["sequence"] for trade in trades]
    assert sequences == sorted(sequences, reverse=True)
    newer = read(f"/markets/BTC-USD/trades?order=ASC&after_sequence={sequences[-1]}")["items"]
    assert newer == trades[1::-1]
    first = read("/markets/BTC-USD/trades?limit=2")
    rest = read(f"/markets/BTC-USD/trades?limit=2&cursor={first['next_cursor']}")
    assert first["items"] + rest["items"] == trades
    for query in ("after_sequence=-1", "after_sequence=x", "after_sequence=" + "9" * 19):
        problem(ANYBODY.get(f"/markets/BTC-USD/trades?{query}"), 400, "FILTER_INVALID")
