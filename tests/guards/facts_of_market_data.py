"""The facts of batches' levels, tickers and candles: each with a statement that goes around Python to hit it."""

from collections.abc import Callable

from tests.guards.going_around import clone

NAN = "'NaN'::numeric"


def _batch(**changes: str) -> Callable[[], str]:
    return lambda: clone("trading_marketbatch", **{"first_position": "99", "last_position": "99"} | changes)


def _ticker(change: str) -> Callable[[], str]:
    return lambda: f"UPDATE trading_ticker SET {change}"


def _candle(times: int = 1, **changes: str) -> Callable[[], str]:
    values = {
        "market_id": "(SELECT id FROM trading_market LIMIT 1)", "interval": "'1M'", "opens_at": "'2026-01-05 12:00+00'",
        "open": "2", "high": "3", "low": "1", "close": "2", "base_volume": "5", "quote_volume": "10", "trade_count": "2",
        "last_sequence": "9",
    } | changes  # fmt: skip
    names, row = ", ".join(values), ", ".join(values.values())
    return lambda: f"INSERT INTO trading_candle ({names}) SELECT {row} FROM generate_series(1, {times})"


DAY = "day = '2026-03-02', day_open = 2, day_high = 3, day_low = 1, day_base_volume = 5, day_quote_volume = 10"

MARKET_DATA = [
    ("batch_checksum_has_32_bits", _batch(checksum="4294967296")),
    ("batch_checksum_has_32_bits", _batch(checksum="-1")),
    ("batch_state_is_a_hash", _batch(state_hash="'ABC'")),
    ("batch_levels_have_a_checksum", _batch(levels="""'{"asks": [], "bids": []}'""", checksum="NULL")),
    ("ticker_bid_is_whole", _ticker("best_bid = NULL, best_bid_size = 1")),
    ("ticker_bid_is_whole", _ticker("best_bid = 1, best_bid_size = NULL")),
    ("ticker_bid_is_whole", _ticker(f"best_bid = {NAN}, best_bid_size = 1")),
    ("ticker_ask_is_whole", _ticker("best_ask = 0, best_ask_size = 1")),
    ("ticker_last_trade_is_whole", _ticker("last_traded_at = NULL")),
    ("ticker_last_trade_is_whole", _ticker("last_price = NULL")),
    ("ticker_reference_is_finite", _ticker(f"reference_price = {NAN}")),
    ("ticker_day_is_whole", _ticker("day = NULL")),
    ("ticker_day_is_whole", _ticker(f"{DAY}, day_high = NULL".replace("day_high = 3, ", ""))),
    ("ticker_day_is_whole", _ticker(DAY.replace("day_open = 2", "day_open = 4"))),
    ("ticker_day_is_whole", _ticker(DAY.replace("day_low = 1", "day_low = 2.5"))),
    ("candle_is_unique", _candle(2)),
    ("candle_interval_is_known", _candle(interval="'2M'")),
    ("candle_is_between_low_and_high", _candle(close="4")),
    ("candle_is_between_low_and_high", _candle(open="0.5")),
    ("candle_is_between_low_and_high", _candle(high=NAN)),
    ("candle_is_of_trades", _candle(trade_count="0")),
    ("candle_is_of_trades", _candle(base_volume=NAN)),
    (
        "candle_cursor_is_a_place",
        lambda: "INSERT INTO trading_candlecursor (market_id, sequence) SELECT id, -1 FROM trading_market LIMIT 1",
    ),
]
