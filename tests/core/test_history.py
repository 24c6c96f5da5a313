"""The history of rows is complete whoever writes them, says which act it was, and costs the matcher nothing."""

import re
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.apps import apps
from django.db import connection, transaction

from core.clock import now
from core.history import RowHistory, columns_of
from core.ids import new_id
from core.models import AuditEntry
from core.operations.record_audit import SYSTEM, Actor, record_audit
from core.queries.histories import find_rows_beside_their_history, histories
from settlement.models import Asset, AssetHistory
from tests.world import World
from trading.models import Market, MarketHistory

pytestmark = pytest.mark.django_db(transaction=True)
PERSON = Actor("PERSON", UUID("0198a000-0000-7000-8000-000000000001"), request_id="req-7")


def an_asset(code: str = "EUR") -> Asset:
    return Asset.objects.create(code=code, name="Euro", kind="FIAT", scale=6, payment_scale=2)


def versions(asset: Asset) -> list[tuple[str, str]]:
    return list(AssetHistory.objects.filter(pgh_obj=asset).order_by("pgh_id").values_list("pgh_label", "name"))


def rename(asset: Asset, name: str, *, actor: Actor = PERSON, approval_id: UUID | None = None) -> None:
    """As an operation does it: the row first, its audit entry after."""
    with transaction.atomic():
        Asset.objects.filter(pk=asset.pk).update(name=name)
        record_audit(
            actor=actor,
            action="settlement.asset.rename",
            object_type="settlement.asset",
            object_id=asset.pk,
            at=now(),
            approval_id=approval_id,
        )


def test_each_version_is_kept_with_its_act() -> None:
    asset = an_asset()
    approval = uuid4()
    rename(asset, "Common euro", approval_id=approval)

    assert versions(asset) == [("insert", "Euro"), ("update", "Common euro")]
    first, second = AssetHistory.objects.filter(pgh_obj=asset).order_by("pgh_id")
    assert first.pgh_context is None
    entry = AuditEntry.objects.get(action="settlement.asset.rename")
    assert second.pgh_context == {
        "audit_id": str(entry.pk),
        "action": "settlement.asset.rename",
        "actor_kind": "PERSON",
        "actor_id": str(PERSON.id),
        "request_id": "req-7",
        "approval_id": str(approval),
    }


def test_of_several_acts_of_a_transaction_a_row_names_its_own() -> None:
    euro, franc = an_asset("EUR"), an_asset("CHF")
    with transaction.atomic():
        rename(euro, "One")
        rename(franc, "Two", actor=SYSTEM)
        Asset.objects.filter(pk=euro.pk).update(payment_scale=3)

    contexts = {
        (row.code, row.name, row.payment_scale): (row.pgh_context or {}).get("actor_kind")
        for row in AssetHistory.objects.filter(pgh_label="update")
    }
    assert contexts == {("EUR", "One", 2): "PERSON", ("EUR", "One", 3): "PERSON", ("CHF", "Two", 2): "SYSTEM"}


def test_an_act_ends_with_its_transaction_and_with_its_savepoint() -> None:
    asset = an_asset()
    rename(asset, "One")
    Asset.objects.filter(pk=asset.pk).update(name="Two")
    with transaction.atomic():
        Asset.objects.filter(pk=asset.pk).update(name="Three")
        with pytest.raises(RuntimeError), transaction.atomic():
            rename(asset, "Never")
            raise RuntimeError("the savepoint is rolled back")

    rows = AssetHistory.objects.filter(pgh_obj=asset).order_by("pgh_id").values_list("name", "pgh_context__action")
    assert list(rows) == [("Euro", None), ("One", "settlement.asset.rename"), ("Two", None), ("Three", None)]


def test_a_transaction_of_many_acts_keeps_the_last_twenty() -> None:
    assets = [an_asset(f"AA{number:02}") for number in range(22)]
    with transaction.atomic():
        for asset in assets:
            rename(asset, "Renamed")

    rows = AssetHistory.objects.filter(pgh_label="update").values_list("pgh_context__audit_id", flat=True)
    entries = AuditEntry.objects.order_by("id").values_list("id", flat=True)
    named = sorted(rows)
    # The first two acts are forgotten: their rows name the last, which is of the same transaction.
    assert named == sorted([*(str(id_) for id_ in entries[2:]), str(entries[21]), str(entries[21])])


def test_what_changes_nothing_kept_has_no_version() -> None:
    asset = an_asset()
    Asset.objects.filter(pk=asset.pk).update(name="Euro", updated_at=now())

    assert versions(asset) == [("insert", "Euro")]


def test_bulk_writes_are_complete() -> None:
    assets = Asset.objects.bulk_create(
        Asset(code=f"B{number:02}", name="Old", kind="TOKEN", scale=2, payment_scale=2) for number in range(50)
    )
    for asset in assets:
        asset.name = "New"
    Asset.objects.bulk_update(assets, ["name"])
    Asset.objects.filter(code__startswith="B").update(payment_scale=1)

    for asset in assets:
        assert versions(asset) == [("insert", "Old"), ("update", "New"), ("update", "New")]


def test_raw_sql_and_copy_are_complete() -> None:
    ids = [new_id() for _ in range(3)]
    with transaction.atomic(), connection.cursor() as cursor:
        columns = "id, code, name, kind, scale, payment_scale, status, version, calendar"
        with cursor.copy(f"COPY settlement_asset ({columns}) FROM STDIN") as copy:
            for number, id_ in enumerate(ids):
                copy.write_row((id_, f"C{number:02}", "Copied", "TOKEN", 2, 2, "ACTIVE", 1, "ALWAYS"))
        cursor.execute("UPDATE settlement_asset SET name = 'By hand' WHERE code = 'C01'")
        cursor.execute("DELETE FROM settlement_asset WHERE code = 'C02'")

    rows = AssetHistory.objects.order_by("pgh_id").values_list("pgh_label", "code", "name")
    assert sorted(rows) == [
        ("delete", "C02", "Copied"),
        ("insert", "C00", "Copied"),
        ("insert", "C01", "Copied"),
        ("insert", "C02", "Copied"),
        ("update", "C01", "By hand"),
    ]
    assert list(find_rows_beside_their_history(now())) == []


def test_a_rolled_back_change_leaves_nothing() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        an_asset()
        raise RuntimeError("no")

    assert not AssetHistory.objects.exists()


def test_no_session_writes_past_it_by_a_setting() -> None:
    asset = an_asset()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE cth_app")
        cursor.execute("SELECT string_agg(tgname, ',') FROM pg_trigger WHERE tgname LIKE 'pgtrigger%'")
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [f"{{{cursor.fetchone()[0]}}}"])
        cursor.execute("UPDATE settlement_asset SET name = 'Hidden' WHERE id = %s", [asset.pk])

    assert versions(asset) == [("insert", "Euro"), ("update", "Hidden")]


@pytest.fixture
def world() -> World:
    return World()


def test_the_matcher_writes_no_version_and_fires_no_trigger_of_the_history(world: World) -> None:
    seller, buyer = world.client("Seller", BTC="1"), world.client("Buyer", USD="100000.00")
    world.place(seller, "s", "SELL", "0.5", "60000.00")
    world.place(buyer, "b", "BUY", "0.5", "60000.00")
    sequence = world.market.sequence
    world.match()

    assert world.market.sequence > sequence
    assert MarketHistory.objects.count() == 1
    assert triggers_fired(
        "UPDATE trading_market SET sequence = sequence, position = position, engine_at = now(), phase = 'HALTED',"
        " reference_price = 1, last_price = 2, updated_at = now()"
    ) == {"pgtrigger_market_updated": 0}
    assert triggers_fired("UPDATE trading_market SET execution_band = 0.5") == {"pgtrigger_market_updated": 1}


def triggers_fired(statement: str) -> dict[str, int]:
    """How often the statement called the history's trigger of markets, as PostgreSQL counts it; rolled back."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
        triggers = cursor.fetchone()[0][0]["Triggers"]
        transaction.set_rollback(True)
    calls = {each["Trigger Name"].rpartition("_")[0]: int(each["Calls"]) for each in triggers}
    return {"pgtrigger_market_updated": calls.get("pgtrigger_market_updated", 0)}


def test_terms_of_a_market_have_versions(world: World) -> None:
    with transaction.atomic():
        Market.objects.filter(pk=world.market_id).update(execution_band=Decimal("0.03"), version=2)

    bands = MarketHistory.objects.order_by("pgh_id").values_list("execution_band", "version")
    assert list(bands) == [(Decimal("0.02"), 1), (Decimal("0.03"), 2)]


@pytest.mark.parametrize("history", histories(), ids=lambda model: model.__name__)
def test_each_field_is_kept_or_left_out_by_name(history: type[RowHistory]) -> None:
    """A field that is added to a tracked model is a decision: keep it, or say that it is left out."""
    fields = history.pgh_tracked_model._meta.fields
    kept = set(columns_of(history))
    left_out = {field.column for field in fields if field.name in history.left_out}

    assert len(left_out) == len(history.left_out)
    assert kept.isdisjoint(left_out)
    assert kept | left_out == {field.column for field in fields}


def test_nothing_secret_is_kept() -> None:
    for model in apps.get_models():
        if issubclass(model, RowHistory):
            secret = {name for name in columns_of(model) if re.search("hash|password|secret$|last_", name)}
            assert secret <= {"last_refresh_date"}, model
