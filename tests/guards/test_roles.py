"""What nobody may change, and what the application may not even try."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection, models

from config.management.commands.verify import INVARIANTS
from core.clock import now
from core.operations.make_partitions import make_partitions
from core.operations.seal_outbox import seal_outbox
from core.operations.seal_records import seal_records
from core.queries.verifying import verify_all
from settlement.gateways.custodian import NoCustodian
from settlement.operations.reconcile_omnibus import reconcile_omnibus
from tests.guards.going_around import refusing_fact
from tests.world import MONDAY, World

pytestmark = pytest.mark.django_db
DENIED = "42501 permission denied for table"


def tables(attribute: str) -> list[str]:
    return sorted(model._meta.db_table for model in apps.get_models() if getattr(model, attribute, False))


APPEND_ONLY = tables("is_append_only")
PARTED = tables("partitioning")
# The house of these tests has no row of them: their rows are tried where they are written, here their triggers.
EMPTY = {
    "accounts_approvaldecision", "accounts_identitycontrolhistory", "accounts_identityverification", "accounts_vaultrecord",
    "settlement_arrivalrefusal", "settlement_arrivalrefusallook", "settlement_balancesnapshot",
    "settlement_clientstatement", "settlement_entryreversal",
    "settlement_journalline", "settlement_railchange", "settlement_supersededterms",
    "settlement_valuationprice", "settlement_withdrawalfee", "settlement_withdrawallimit",
    "accounts_webhooksubscriptionhistory",
    "trading_feeassignment", "trading_quoteexecution", "trading_quotespread", "trading_quoteterms",
}  # fmt: skip
BOOKS = [table for table in APPEND_ONLY if not table.startswith("compliance_")]


def statements(table: str) -> list[str]:
    key = next(model for model in apps.get_models() if model._meta.db_table == table)._meta.pk
    assert isinstance(key, models.Field)
    return [
        f"UPDATE {table} SET {key.column} = {key.column}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
    ]


def test_the_append_only_tables_are_these() -> None:
    assert {table for table in BOOKS if not table.endswith("history")} == {
        "accounts_approvaldecision", "accounts_approvalpolicy", "accounts_identityverification", "accounts_permissionrule",
        "accounts_vaultrecord", "core_auditentry", "core_sealedrecord", "settlement_arrivalrefusal",
        "settlement_arrivalrefusallook", "settlement_balancesnapshot", "settlement_clientstatement", "settlement_entry",
        "settlement_entryreversal", "settlement_journalline", "settlement_posting", "settlement_railchange",
        "settlement_supersededterms", "settlement_valuationprice",
        "settlement_withdrawalfee", "settlement_withdrawallimit", "trading_feeassignment", "trading_feeschedule",
        "trading_feetier", "trading_marketbatch", "trading_orderevent", "trading_quoteexecution", "trading_quotespread",
        "trading_quoteterms", "trading_trade",
    }  # fmt: skip
    assert {table for table in BOOKS if table.endswith("history")} == {
        "accounts_apicredentialhistory", "accounts_approvalpolicyhistory", "accounts_entityhistory",
        "accounts_identitycontrolhistory", "accounts_identityhistory", "accounts_organisationhistory",
        "accounts_profilehistory", "accounts_profilememberhistory", "accounts_rolegranthistory", "accounts_rolehistory",
        "accounts_staffuserhistory", "accounts_webhooksubscriptionhistory", "settlement_assethistory",
        "trading_feeschedulehistory", "trading_feetierhistory",
        "trading_markethistory",
    }  # fmt: skip


@pytest.mark.parametrize("table", [table for table in BOOKS if table not in EMPTY])
def test_the_owner_cannot_change_what_is_append_only(house: World, table: str) -> None:
    for statement in statements(table)[:2]:
        assert refusing_fact(statement).endswith("_append_only"), statement


@pytest.mark.parametrize("table", sorted(EMPTY))
def test_what_has_no_row_here_has_its_guards_on(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgtype & 58 FROM pg_trigger WHERE tgrelid = %s::regclass AND tgfoid = 'core_refuse_change'::regproc"
            " AND tgenabled IN ('O', 'A') ORDER BY 1",
            [table],
        )
        found = [row[0] for row in cursor.fetchall()]
    # Before each row's UPDATE or DELETE, and before TRUNCATE.
    assert found == [2 | 8 | 16, 2 | 32]


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_application_has_no_right_to_change_it(house: World, table: str) -> None:
    for statement in statements(table):
        assert refusing_fact(statement, role="cth_app").startswith(DENIED), statement


@pytest.mark.parametrize("table", PARTED)
def test_the_application_has_no_right_on_parts(house: World, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table])
        parts = [row[0] for row in cursor.fetchall()]
    assert parts
    for part in parts:
        for statement in (f"DELETE FROM {part}", f"TRUNCATE {part}", f"UPDATE {part} SET id = id"):
            assert refusing_fact(statement, role="cth_app").startswith(DENIED), statement


@pytest.mark.parametrize(
    ("table", "fact"), [("settlement_ledgeraccount", "ledger_account_is_kept"), ("trading_order", "order_is_kept")]
)
def test_what_others_refer_to_is_kept_with_its_key(house: World, table: str, fact: str) -> None:
    assert refusing_fact(f"DELETE FROM {table}") == fact
    assert refusing_fact(f"UPDATE {table} SET id = gen_random_uuid()") == f"{fact}_key"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM settlement_deposit",
        "DELETE FROM trading_order",
        "DELETE FROM trading_instruction",
        "DELETE FROM settlement_ledgeraccount",
        "DELETE FROM core_idempotentrequest",
        "DELETE FROM core_outboxmessage",
        "DELETE FROM settlement_break",
        "DELETE FROM settlement_reconciliationrun",
    ],
)
def test_the_application_deletes_nothing_of_the_books(house: World, statement: str) -> None:
    assert refusing_fact(statement, role="cth_app").startswith(DENIED)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("ALTER TABLE settlement_posting DISABLE TRIGGER ALL", "must be owner"),
        ("DROP TRIGGER posting_is_append_only ON settlement_posting", "must be owner"),
        ("ALTER TABLE settlement_posting DROP CONSTRAINT posting_moves_something", "must be owner"),
        ("DROP TABLE settlement_posting", "must be owner"),
        ("SET session_replication_role = replica", "permission denied to set parameter"),
        ("CREATE OR REPLACE FUNCTION _pgtrigger_should_ignore(trigger_name name) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
         "permission denied for schema"),
        ("CREATE TABLE elsewhere (id int)", "permission denied for schema"),
        ("CREATE OR REPLACE FUNCTION core_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
         "permission denied for schema"),
    ],
)  # fmt: skip
def test_the_application_cannot_take_the_guards_down(house: World, statement: str, message: str) -> None:
    assert message in refusing_fact(statement, role="cth_app")


def test_the_application_may_do_its_work(house: World) -> None:
    """The refusals above are about these statements and not about the role: what it needs, it may."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE cth_app")
        cedar = house.client("Cedar", USD="10.00")
        house.place(cedar, "C-1", "BUY", "0.0001", "50000.00")
        house.match()
        at = MONDAY + timedelta(hours=3)
        reconcile_omnibus(omnibus_id=house.omnibus["USD"], custodian=NoCustodian(), as_of=at, at=at)
        seal_outbox(at=now())
        seal_records(at=now())
        make_partitions(at=now())
        verdicts = verify_all(INVARIANTS, at=now())
        cursor.execute("RESET ROLE")
    assert [(each.number, each.examples, each.error) for each in verdicts if each.count or each.error] == []
    assert house.order(cedar, "C-1").status == "OPEN"
