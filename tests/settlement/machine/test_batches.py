"""Whatever a batch of transfers or a journal asks for: all of it happens, or none, as simple arithmetic says."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.operations.create_profile import create_profile
from core.domain.refusals import Refusal
from core.operations.record_audit import SYSTEM, Actor
from settlement.models import Entry, InternalTransfer, LedgerAccount, ManualJournal
from settlement.operations.draft_journal import JournalTerms, LineTerms, draft_journal
from settlement.operations.open_client_account import open_client_account
from settlement.operations.open_firm_account import open_firm_account
from settlement.operations.start_transfers import TransferWish, start_transfers
from settlement.operations.submit_journal import submit_journal
from tests.desk import a_person
from tests.four_eyes import a_person_with, decide
from tests.identities import hold
from tests.settlement.machine.adding_up import all_adds_up
from tests.world import MONDAY, World

pytestmark = pytest.mark.django_db
AMOUNTS = st.one_of(
    st.integers(1, 40_000).map(lambda cents: Decimal(cents) / 100),
    st.sampled_from([Decimal(1), Decimal("99.99"), Decimal(100)]),
)
LEGS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), AMOUNTS).filter(lambda leg: leg[0] != leg[1]),
    min_size=1,
    max_size=6,
)
BOUNDED = settings(
    max_examples=25,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
Leg = tuple[int, int, Decimal]


def four_profiles(world: World) -> list[UUID]:
    """Of one client: the first has 300.00, of which an order holds 60.12, the second 100.00, the others nothing."""
    alder = world.client("Alder", USD="300.00")
    profiles = [alder.profile_id]
    for name in ("second", "third", "fourth"):
        profile_id = create_profile(entity_id=alder.entity_id, name=name, reference=name, at=world.at)
        hold(profile_id, at=world.at)
        open_client_account(profile_id=profile_id, asset_id=world.usd.pk)
        profiles.append(profile_id)
    wish = TransferWish(profiles[0], profiles[1], "USD", Decimal(100), "Begin")
    world.deposit(alder, "USD", "100.00")
    start_transfers(wishes=[wish], actor=SYSTEM, at=MONDAY)
    world.set_reference("60000.00")
    world.place(alder, "A-1", "BUY", "0.001", "60000.00")
    return profiles


def available(profiles: list[UUID]) -> list[Decimal]:
    found = {each.profile_id: each for each in LedgerAccount.objects.filter(asset__code="USD", kind="CLIENT")}
    return [found[each].balance - found[each].held for each in profiles]


def after_all(before: list[Decimal], legs: list[Leg]) -> list[Decimal] | None:
    """One leg after the other; none where one of them has not enough when its turn comes."""
    now = list(before)
    for source, destination, amount in legs:
        if now[source] < amount:
            return None
        now[source] -= amount
        now[destination] += amount
    return now


def test_a_batch_happens_whole_or_not_at_all() -> None:
    profiles = four_profiles(World())
    number = 0

    @BOUNDED
    @given(LEGS)
    def holds(legs: list[Leg]) -> None:
        nonlocal number
        before, entries, rows = available(profiles), Entry.objects.count(), InternalTransfer.objects.count()
        number += 1
        wishes = [
            TransferWish(profiles[source], profiles[destination], "USD", amount, f"T-{number}-{place}")
            for place, (source, destination, amount) in enumerate(legs)
        ]
        wanted = after_all(before, legs)
        if wanted is None:
            with pytest.raises(Refusal) as refused:
                start_transfers(wishes=wishes, actor=SYSTEM, at=MONDAY)
            assert refused.value.code == "INSUFFICIENT_AVAILABLE"
            assert (available(profiles), Entry.objects.count()) == (before, entries)
            assert InternalTransfer.objects.count() == rows
        else:
            started = start_transfers(wishes=wishes, actor=SYSTEM, at=MONDAY)
            assert {each.status for each in started.transfers} == {"EXECUTED"}
            assert (available(profiles), Entry.objects.count()) == (wanted, entries + len(legs))
            again = start_transfers(wishes=wishes, actor=SYSTEM, at=MONDAY)
            assert (again.is_replay, available(profiles)) == (True, wanted)
        all_adds_up()

    holds()


def test_a_journal_is_one_entry_of_all_its_lines_or_nothing() -> None:
    """Its lines count together: who gives in one and gets in another has only the difference to give."""
    world = World()
    profiles = four_profiles(world)
    house = open_firm_account(
        kind="HOUSE", asset_id=world.usd.pk, asset_code="USD", label="", name="The firm's own", at=MONDAY
    )
    clients = dict(LedgerAccount.objects.filter(asset__code="USD").values_list("profile_id", "pk"))
    accounts = [clients[profiles[0]], clients[profiles[1]], clients[profiles[2]], house]
    maker, checkers = Actor("PERSON", a_person("Olive", "OPERATIONS").pk), [a_person_with("journal.approve")] * 2

    def free() -> list[Decimal]:
        found = LedgerAccount.objects.in_bulk(accounts)
        return [found[key].balance - found[key].held for key in accounts]

    @BOUNDED
    @given(LEGS)
    def holds(legs: list[Leg]) -> None:
        before, entries = free(), Entry.objects.count()
        changes = [Decimal(0)] * len(accounts)
        for source, destination, amount in legs:
            changes[source] -= amount
            changes[destination] += amount
        wanted = [had + change for had, change in zip(before, changes, strict=True)]
        is_short = any(change < 0 and left < 0 for change, left in zip(changes, wanted, strict=True))
        lines = [LineTerms(accounts[source], accounts[destination], amount) for source, destination, amount in legs]
        journal = draft_journal(terms=JournalTerms("CORRECTION", "Tests", lines), actor=maker, at=MONDAY)
        if is_short:
            with pytest.raises(Refusal) as refused:
                submit_journal(journal_id=journal.pk, actor=maker, at=MONDAY)
            assert refused.value.code == "INSUFFICIENT_AVAILABLE"
            assert (free(), Entry.objects.count()) == (before, entries)
        else:
            approval_id = submit_journal(journal_id=journal.pk, actor=maker, at=MONDAY)
            assert free() == before
            decide(approval_id, checkers[0])
            assert ManualJournal.objects.get(pk=journal.pk).status == "POSTED"
            assert (free(), Entry.objects.count()) == (wanted, entries + 1)
            assert Entry.objects.get(source_id=journal.pk).postings.count() == len(legs)
        all_adds_up()

    holds()
