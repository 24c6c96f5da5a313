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


def _day(**changes: str) -> Callable[[], str]:
    values = {
        "business_date": "'2026-01-05'", "cut_off_at": "'2026-01-06 00:00+00'", "status": "'OPEN'", "gates": "'{}'",
        "version": "1",
    } | changes  # fmt: skip
    return _insert(f"INSERT INTO settlement_businessday ({', '.join(values)}) VALUES ({', '.join(values.values())})")


def _snapshot(times: int = 1, **changes: str) -> Callable[[], str]:
    values = {
        "account_id": "(SELECT id FROM settlement_ledgeraccount WHERE kind = 'FEES')", "business_date": "'2026-01-05'",
        "opening": "0", "credits": "1", "debits": "0", "closing": "1", "held": "0", "taken_at": "now()",
    } | changes  # fmt: skip
    names, row = ", ".join(values), ", ".join(values.values())
    return _insert(f"INSERT INTO settlement_balancesnapshot ({names}) SELECT {row} FROM generate_series(1, {times})")


GATES = """'{"snapshots": 1, "reconciliation": 1, "sign_off": 1}'"""
SIGNED = {"prepared_by": "gen_random_uuid()", "signed_off_by": "gen_random_uuid()", "closed_at": "now()"}

DAYS = [
    ("asset_calendar_is_plain", _insert("UPDATE settlement_asset SET calendar = 'never'")),
    ("business_day_status_is_known", _day(status="'LUNCH'")),
    ("open_day_passed_no_gate", _day(gates=GATES)),
    ("closed_day_passed_every_gate", _day(status="'CLOSED'", gates="""'{"snapshots": 1}'""", **SIGNED)),
    ("closed_day_passed_every_gate", _day(status="'CLOSED'", gates=GATES)),
    (
        "day_is_signed_off_by_another",
        _day(
            status="'CLOSED'",
            gates=GATES,
            **SIGNED | {"prepared_by": "md5('x')::uuid", "signed_off_by": "md5('x')::uuid"},
        ),
    ),
    ("day_is_signed_off_by_another", _day(status="'CLOSING'", signed_off_by="gen_random_uuid()")),
    ("snapshot_is_taken_once", _snapshot(2)),
    ("snapshot_adds_up", _snapshot(closing="2")),
    ("snapshot_is_finite", _snapshot(credits="'NaN'::numeric", closing="'NaN'::numeric")),
    ("snapshot_is_finite", _snapshot(held="-1")),
    ("valuation_price_is_told_once", _price()),
    ("valuation_price_is_positive", _price(price="0")),
    ("valuation_price_is_positive", _price(price="'NaN'::numeric")),
    ("valuation_price_source_is_plain", _price(source="'my cousin'")),
    ("valuation_currency_is_plain", _price(currency="'usd'")),
]
