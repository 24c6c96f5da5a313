"""The facts of prices, days and snapshots: each with a statement that goes around Python to hit it."""

from collections.abc import Callable


def _insert(statement: str) -> Callable[[], str]:
    return lambda: statement


def _price(**changes: str) -> Callable[[], str]:
    values = {
        "id": "gen_random_uuid()", "asset_id": "(SELECT id FROM settlement_asset WHERE code = 'BTC')", "currency": "'USD'",
        "price": "50000", "source": "'MARKET:BTC-USD'", "event_at": "'2026-03-02 12:00+00'", "business_date": "'2026-03-02'",
    } | changes  # fmt: skip
    names, row = ", ".join(values), ", ".join(values.values())
    return _insert(f"INSERT INTO settlement_valuationprice ({names}) SELECT {row} FROM generate_series(1, 2)")


DAYS = [
    ("valuation_price_is_told_once", _price()),
    ("valuation_price_is_positive", _price(price="0")),
    ("valuation_price_is_positive", _price(price="'NaN'::numeric")),
    ("valuation_price_source_is_plain", _price(source="'my cousin'")),
    ("valuation_currency_is_plain", _price(currency="'usd'")),
]
