"""Balances of an earlier moment: exact to the last posting, by three clocks, and zero over all accounts of an asset."""

import random
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from settlement.models import Entry, LedgerAccount, Posting
from settlement.operations.close_due_days import close_due_days
from settlement.queries.as_of import _LATE, AsOf, balance_as_of, list_balances_as_of, list_trial_totals
from tests.house import built_house, house
from tests.world import MONDAY, World

__all__ = ["built_house", "house"]
pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def by_hand(account: LedgerAccount, as_of: AsOf) -> Decimal:
    """Posting by posting, from the first one on."""
    total = Decimal(0)
    for posting in Posting.objects.select_related("entry"):
        told = getattr(posting.entry, as_of.clock)
        is_in = told <= as_of.at if as_of.clock == "business_date" else told < as_of.at
        if is_in:
            total += posting.amount * ((posting.destination_id == account.pk) - (posting.source_id == account.pk))
    return total


def moments() -> list[AsOf]:
    """The moments of every entry on each clock, and just after them."""
    found: list[AsOf] = []
    for entry in Entry.objects.all():
        for clock in ("event_at", "recorded_at"):
            at: datetime = getattr(entry, clock)
            found += [AsOf(clock, at), AsOf(clock, at + timedelta(microseconds=1))]
        found += [AsOf("business_date", entry.business_date), AsOf("business_date", entry.business_date - DAY)]
    return random.Random(7).sample(found, min(40, len(found)))


def test_every_balance_at_every_moment_is_its_postings_and_each_asset_ends_in_zero(house: World):
    accounts = list(LedgerAccount.objects.all())
    for as_of in moments():
        told = {each.account_id: each.balance for each in list_balances_as_of(as_of)}
        for account in accounts:
            assert told[account.pk] == by_hand(account, as_of), (as_of, account.code)
        sums: dict[str, Decimal] = {}
        for total in list_trial_totals(as_of):
            sums[total.asset] = sums.get(total.asset, Decimal(0)) + total.balance
            assert total.credit >= 0 <= total.debit
        assert set(sums.values()) == {Decimal(0)}, as_of


def test_what_came_late_is_told_apart_by_the_clocks():
    world = World()
    alder = world.client("Alder", USD="100.00")
    close_due_days(at=MONDAY + 1 * DAY)
    world.deposit(alder, "USD", "7.00")  # Of Monday, told on Tuesday.
    account = LedgerAccount.objects.get(profile_id=alder.profile_id)

    def at(clock: str, moment: date) -> Decimal:
        return balance_as_of(account.pk, AsOf(clock, moment))

    assert at("event_at", MONDAY + DAY) == 107, "what was true on Monday"
    assert at("business_date", date(2026, 3, 2)) == 100, "what counts for Monday"
    assert at("business_date", date(2026, 3, 3)) == 107
    assert at("recorded_at", MONDAY + DAY) == 0, "these books were written later than that"


def test_a_moment_is_on_a_clock():
    for clock, at in (("lunar", MONDAY), ("event_at", date(2026, 3, 2)), ("business_date", MONDAY)):
        with pytest.raises(ValueError, match="no moment"):
            AsOf(clock, at)


@pytest.mark.parametrize("clock", sorted(_LATE))
def test_the_entries_since_a_moment_are_found_by_their_index(house: World, clock: str):
    statement = f"EXPLAIN SELECT * FROM settlement_entry e WHERE {_LATE[clock]}"
    at = date(2026, 3, 2) if clock == "business_date" else MONDAY
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(statement, {"at": at})
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Bitmap Index Scan" in plan, plan
    assert "Seq Scan" not in plan, plan
