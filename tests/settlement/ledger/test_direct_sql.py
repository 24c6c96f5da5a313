"""What plain SQL does to the books as the application's own role: nothing. Each try is refused by a right, or by a named fact.

One thing no row can see by itself: that a balance was changed without a posting. That is what the house looks for every ten
minutes, and it names the account.
"""

import pytest
from django.db import connection

from config.management.commands.verify import INVARIANTS
from core.clock import now
from core.queries.verifying import verify_all
from settlement.models import LedgerAccount
from tests.guards.going_around import clone, refusing_fact
from tests.house import built_house, house
from tests.world import World

__all__ = ["built_house", "house"]
pytestmark = pytest.mark.django_db
APP = "cth_app"
ACCOUNT, ENTRY, POSTING = "settlement_ledgeraccount", "settlement_entry", "settlement_posting"
CLIENT = "kind = 'CLIENT' AND balance > 0"


@pytest.mark.parametrize("table", [ENTRY, POSTING])
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_is_written_is_written(house: World, table: str, verb: str) -> None:
    assert refusing_fact(verb.format(table), role=APP).startswith("42501 permission denied for table")
    # Nor does their owner do it.
    fact = table.removeprefix("settlement_") + "_is_append_only" + ("_whole" if "TRUNCATE" in verb else "")
    assert refusing_fact(verb.format(table)) == fact


@pytest.mark.parametrize(
    ("amount", "fact"),
    [
        ("-1", "posting_moves_something"),
        ("0", "posting_moves_something"),
        ("'NaN'", "posting_moves_something"),
        ("'Infinity'", "22003 numeric field overflow"),
        ("'-Infinity'", "22003 numeric field overflow"),
        ("1e20", "22003 numeric field overflow"),
    ],
)
def test_no_posting_moves_what_is_no_amount(house: World, amount: str, fact: str) -> None:
    assert refusing_fact(clone(POSTING, amount=f"{amount}::numeric"), role=APP) == fact


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ("held = balance + 0.01", "client_account_is_covered"),
        ("held = -0.01", "client_account_is_covered"),
        ("balance = -0.01, held = 0", "client_account_is_covered"),
        ("balance = 'NaN'", "ledger_balance_is_finite"),
        ("held = 'NaN'", "client_account_is_covered"),
        ("balance = 'Infinity'", "22003 numeric field overflow"),
        ("kind = 'FEES', profile_id = NULL", "only_covered_accounts_hold"),
    ],
)
def test_nobody_owes_and_nothing_is_held_that_is_not_there(house: World, change: str, fact: str) -> None:
    held = " AND held > 0" if change.startswith("kind") else ""
    assert refusing_fact(f"UPDATE {ACCOUNT} SET {change} WHERE {CLIENT}{held}", role=APP) == fact


def test_a_posting_is_of_an_entry_and_stays_in_its_asset(house: World) -> None:
    other = f"(SELECT a.id FROM {ACCOUNT} a WHERE a.kind = 'CLIENT' AND a.asset_id <> {POSTING}.asset_id LIMIT 1)"
    for change, fact in (
        ({"entry_id": "gen_random_uuid()"}, "posting_has_its_entry"),
        ({"source_id": other}, "posting_source_is_in_its_asset"),
        ({"destination_id": "source_id"}, "posting_goes_elsewhere"),
    ):
        assert refusing_fact(clone(POSTING, **change), role=APP) == fact
    assert refusing_fact(clone(ENTRY), role=APP) == "event_is_posted_once"


def found_by(statement: str) -> set[str]:
    """The numbers of the invariants that name an account after the application's role has had its way."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {APP}")
        cursor.execute(statement)
        assert cursor.rowcount
        cursor.execute("RESET ROLE")
    asked = [each for each in INVARIANTS if each.number in {"V1", "V2", "V3", "V4", "V5"}]
    return {each.number for each in verify_all(asked, at=now()) if each.count}


def test_a_balance_without_its_posting_is_named_at_the_next_look(house: World) -> None:
    assert found_by(f"UPDATE {ACCOUNT} SET balance = balance + 0.01 WHERE kind = 'FEES'") == {"V1", "V2"}


def test_also_when_the_sum_is_kept(house: World) -> None:
    alder, birch = LedgerAccount.objects.filter(kind="CLIENT", asset__code="USD").order_by("pk")
    moved = f"CASE id WHEN '{alder.pk}' THEN 0.01 ELSE -0.01 END"
    assert found_by(f"UPDATE {ACCOUNT} SET balance = balance + {moved} WHERE id IN ('{alder.pk}', '{birch.pk}')") == {
        "V2"
    }


def test_a_hold_that_nothing_holds_is_named_as_well(house: World) -> None:
    assert found_by(f"UPDATE {ACCOUNT} SET held = held + 0.01 WHERE {CLIENT} AND held + 0.01 <= balance") == {"V4"}


def test_a_posting_that_moved_no_balance_is_named(house: World) -> None:
    assert found_by(clone(POSTING)) == {"V2"}
