"""Rows that come by the thousand refer to others by triggers: what they refuse, and that what is referred to stays."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from core.ids import new_id
from settlement.models import LedgerAccount
from tests.world import World
from trading.models import Order, OrderEvent, Trade

pytestmark = pytest.mark.django_db


def _refused(sql: str, parameters: list[object]) -> tuple[str, str]:
    """The constraint's name and the state with which ``sql`` is refused, going around Python."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
    cause = refusal.value.__cause__
    return cause.diag.constraint_name, cause.sqlstate


@pytest.fixture
def traded() -> World:
    world = World()
    alder, birch = world.client("Alder", USD="100000.00"), world.client("Birch", BTC="3")
    world.set_reference("60000.00")
    world.place(birch, "B-1", "SELL", "1", "60000.00")
    world.place(alder, "A-1", "BUY", "1", "60000.00")
    world.match()
    return world


POST = """
INSERT INTO settlement_posting (entry_id, source_id, destination_id, asset_id, amount)
SELECT {entry}, {source}, {destination}, {asset}, 1 FROM settlement_posting p WHERE p.asset_id = %s LIMIT 1
"""


@pytest.mark.parametrize(
    ("column", "fact"),
    [
        ("entry", "posting_has_its_entry"),
        ("source", "posting_source_is_in_its_asset"),
        ("destination", "posting_destination_is_in_its_asset"),
    ],
)
def test_a_posting_needs_its_entry_and_both_accounts(traded: World, column: str, fact: str) -> None:
    columns = {name: f"p.{name}_id" for name in ("entry", "source", "destination", "asset")}
    columns[column] = f"'{uuid4()}'"
    assert _refused(POST.format(**columns), [traded.usd.pk]) == (fact, "23503")


def test_a_posting_stays_in_one_asset(traded: World) -> None:
    other = LedgerAccount.objects.filter(asset=traded.btc, kind="CLIENT").first()
    columns = {name: f"p.{name}_id" for name in ("entry", "source", "destination", "asset")}
    columns["source"] = f"'{other.pk}'"
    assert _refused(POST.format(**columns), [traded.usd.pk]) == ("posting_source_is_in_its_asset", "23503")


def test_the_same_posting_with_all_three_is_taken(traded: World) -> None:
    columns = {name: f"p.{name}_id" for name in ("entry", "source", "destination", "asset")}
    with connection.cursor() as cursor:
        cursor.execute(POST.format(**columns), [traded.usd.pk])
        assert cursor.rowcount == 1


@pytest.mark.parametrize(
    ("model", "column", "fact"),
    [
        (Trade, "buy_order_id", "trade_names_its_buy_order"),
        (Trade, "sell_order_id", "trade_names_its_sell_order"),
        (OrderEvent, "order_id", "event_names_its_order"),
    ],
)
def test_trades_and_events_name_orders_that_exist(traded: World, model, column: str, fact: str) -> None:
    values = model.objects.filter(**{f"{column}__isnull": False}).values().first()
    values |= {"id": new_id(), "sequence": 1_000_000, column: uuid4()}
    names = [name for name, value in values.items() if value is not None]
    sql = f"INSERT INTO {model._meta.db_table} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})"
    assert _refused(sql, [values[name] for name in names]) == (fact, "23503")


@pytest.mark.parametrize(
    ("sql", "fact"),
    [
        ("DELETE FROM trading_order", "order_is_kept"),
        ("UPDATE trading_order SET id = gen_random_uuid()", "order_is_kept_key"),
        ("TRUNCATE trading_order CASCADE", "order_is_kept_whole"),
        ("DELETE FROM settlement_ledgeraccount", "ledger_account_is_kept"),
        ("UPDATE settlement_ledgeraccount SET asset_id = gen_random_uuid()", "ledger_account_is_kept_key"),
        ("TRUNCATE settlement_ledgeraccount CASCADE", "ledger_account_is_kept_whole"),
    ],
)
def test_what_is_referred_to_stays(traded: World, sql: str, fact: str) -> None:
    assert Order.objects.exists()
    with connection.cursor() as cursor:
        # TRUNCATE does not begin while deferred checks wait.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert _refused(sql, []) == (fact, "23000")
