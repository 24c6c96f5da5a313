"""The daily pair ties: for each profile, asset and kind of balance, opening + credits - debits = closing, whatever moved."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.report_store import ReportStore
from compliance.models import ReportRun
from compliance.operations.verify_report import verify_report
from core.clock import now
from core.operations.record_audit import Actor
from settlement.calendar import cut_off_at
from settlement.models import BalanceSnapshot, LedgerAccount
from settlement.operations.close_due_days import close_due_days
from settlement.operations.complete_return import complete_return
from settlement.operations.draft_journal import JournalTerms, LineTerms, draft_journal
from settlement.operations.end_withdrawal import cancel_withdrawal
from settlement.operations.release_deposit import release_deposit
from settlement.operations.return_deposit import return_deposit
from settlement.operations.start_transfers import TransferWish, start_transfers
from settlement.operations.submit_journal import submit_journal
from tests.compliance.reporting import PERSON, ask, hashes, rows, seal, write
from tests.desk import a_person
from tests.four_eyes import approve
from tests.settlement.deposits.arriving import Arriving
from tests.settlement.withdrawals.paying import Paying
from tests.trading.quotes.dealing import Dealing
from tests.world import MONDAY, Client, World
from trading.operations.match_market import match_market
from trading.operations.record_market_prices import record_market_prices

pytestmark = pytest.mark.django_db(transaction=True)
DAYS = (date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4))
Figures = dict[tuple[str, str, str], Decimal]
Printed = list[dict[str, str]]
DAY = timedelta(days=1)


class Story:
    """Three days with every kind of movement, told from Monday 10:00 to Wednesday."""

    def __init__(self, directory: Path) -> None:
        self.world = World()
        self.paying = Paying(self.world, directory)
        self.alder = self.paying.client("Alder", usd="90000.00")
        self.birch = self.world.client("Birch", BTC="3", USD="500.00")
        self.cedar = self.world.client("Cedar")
        self.monday()
        self.tuesday()
        self.wednesday()
        seal()

    def at(self, days: int, minutes: int = 0) -> None:
        self.world.at = self.paying.at = MONDAY + days * DAY + timedelta(minutes=minutes)

    def match(self) -> None:
        match_market(market_id=self.world.market_id, at=self.world.at)

    def monday(self) -> None:
        self.at(0)
        world = self.world
        self.held = self.suspicious()
        world.place(self.birch, "B-1", "SELL", "1.5", "60000.00")
        world.place(self.alder, "A-1", "BUY", "0.4", "60100.00")
        world.place(self.alder, "A-2", "BUY", "0.1", "58000.00")
        self.match()
        self.first = self.paying.ask(
            self.alder, "100.00", "W-1", destination_id=self.paying.destination(self.alder, at=MONDAY - 3 * DAY)
        )
        self.quote()

    def quote(self) -> None:
        """Alder buys from the house what it has bought elsewhere: 0.02 at 60,000 and 20 basis points on it."""
        dealing = Dealing(self.world, self.world.at)
        record_market_prices(at=self.world.at)
        dealing.set_terms(at=self.world.at)
        dealing.fund("BTC", "1", at=self.world.at)
        dealing.fund("USD", "0", at=self.world.at)
        quote = dealing.ask(self.alder, "BUY", base="0.02", at=self.world.at)
        dealing.execute(self.alder, quote, "Q-1", at=self.world.at)

    def suspicious(self) -> list[Any]:
        """Two deposits that wait for compliance."""
        self.paying.control(self.cedar, "SELL_ONLY")
        return [self.world.deposit(self.cedar, "USD", amount) for amount in ("70.00", "30.00")]

    def tuesday(self) -> None:
        self.at(1)
        world, officer = self.world, Actor("PERSON", a_person("Otto Officer", "COMPLIANCE").pk)
        world.cancel(world.order(self.alder, "A-2").pk)
        world.place(self.birch, "B-2", "SELL", "0.25", None)
        self.match()
        cancel_withdrawal(
            withdrawal_id=self.first.pk,
            entity_id=self.alder.entity_id,
            actor=self.paying.actor(self.alder),
            at=world.at,
        )
        release_deposit(deposit_id=self.held[0], reason="Explained.", actor=officer, at=world.at)
        return_deposit(deposit_id=self.held[1], reason="Not explained.", actor=officer, at=world.at)
        complete_return(deposit_id=self.held[1], return_reference="BACK-1", actor=officer, at=world.at)

    def wednesday(self) -> None:
        self.at(2)
        self.paying.ask(self.alder, "200.00", "W-2")
        self.paying.ask(self.alder, "300.00", "W-3")
        for _ in range(4):
            self.paying.sweep(after=timedelta(minutes=1))
        self.world.at = self.paying.at
        self.transfer()
        self.journal()
        self.paying.ask(self.alder, "25.00", "W-4")

    def transfer(self) -> None:
        actor = self.paying.actor(self.alder)
        wish = TransferWish(self.birch.profile_id, self.alder.profile_id, "USD", Decimal("50.00"), "T-1")
        transfer = start_transfers(wishes=[wish], actor=actor, at=self.world.at).transfers[0]
        assert transfer.status == "EXECUTED"

    def journal(self) -> None:
        account = LedgerAccount.objects.get(profile_id=self.alder.profile_id, asset__code="USD")
        line = LineTerms(account.pk, self.world.omnibus["USD"], Decimal("12.00"))
        maker = Actor("PERSON", a_person("Olive Operator", "OPERATIONS").pk)
        terms = JournalTerms("BANK_CHARGE", "Wire charge.", [line])
        journal = draft_journal(terms=terms, actor=maker, at=self.world.at)
        approve(submit_journal(journal_id=journal.pk, actor=maker, at=self.world.at))


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path)


@pytest.fixture
def made(store: ReportStore, keys: ManifestKeys) -> Any:
    def make(code: str, day: date, **options: Any) -> Any:
        options.setdefault("at", cut_off_at(DAYS[-1]) + DAY)
        return write(ask(code, parameters={"business_date": str(day)}, **options), store, keys)

    return make


def balances(printed: Printed) -> Figures:
    return {(row["ProfileID"], row["Asset"], row["BalanceType"]): Decimal(row["Balance"]) for row in printed}


def changes(printed: Printed) -> Figures:
    summed: Figures = defaultdict(Decimal)
    for row in printed:
        sign = 1 if row["Direction"] == "CREDIT" else -1
        summed[row["ProfileID"], row["Assets"], row["BalanceType"]] += sign * Decimal(row["Amount"])
    return summed


def test_each_day_opens_as_the_one_before_closed_and_its_moves_explain_it(
    story: Story, made: Any, store: ReportStore
) -> None:
    closing: Figures = {}
    for day in DAYS:
        opening, closing = closing, balances(rows(made("DAILY_BALANCES", day), store))
        moved = changes(rows(made("DAILY_TRANSACTIONS", day), store))
        assert moved.keys() <= closing.keys()
        assert {key: opening.get(key, 0) + moved.get(key, 0) for key in closing} == closing, day
        assert min(closing.values()) >= 0
    for account in LedgerAccount.objects.filter(kind="CLIENT").select_related("asset"):
        key = (str(account.profile_id), account.asset.code)
        holding = closing[*key, "TRADING"] + closing[*key, "PENDING_DEBIT"]
        assert (closing[*key, "AVAILABLE"] + holding, holding) == (account.balance, account.held)


def test_every_kind_of_move_is_told_by_its_code(story: Story, made: Any, store: ReportStore) -> None:
    told = {row["TransactionType"]: row for day in DAYS for row in rows(made("DAILY_TRANSACTIONS", day), store)}
    assert told.keys() == {
        *("RESERVE", "UNRESERVE", "SETTLE_BASE", "SETTLE_QUOTE", "SETTLE_UNRESERVE", "COMMISSION"),
        *("DEPOSIT_CREATION", "DEPOSIT_COMPLETION", "DEPOSIT_FAILURE", "INTERNAL_TRANSFER"),
        *("WITHDRAWAL_CREATION", "FEE_ENCUMBERMENT", "WITHDRAWAL_COMPLETION", "FEE_DEBIT", "WITHDRAWAL_FAILURE"),
    }
    paid = told["WITHDRAWAL_COMPLETION"]
    assert (paid["BalanceType"], paid["Fee"], paid["Resource"]) == ("PENDING_DEBIT", "15.000000", "TRANSFER")
    assert paid["ResourceRefID"] in ("W-2", "W-3")
    assert paid["ExternalID"]
    printed = rows(ReportRun.objects.get(code="DAILY_TRANSACTIONS", business_date=DAYS[0]), store)
    settled = next(row for row in printed if (row["TransactionType"], row["Resource"]) == ("SETTLE_BASE", "EXECUTION"))
    assert (settled["Market"], settled["Price"], settled["Resource"]) == ("BTC-USD", "60000.00", "EXECUTION")
    assert settled["BaseAmount"] == "0.2500" or settled["BaseAmount"] == "0.4000"
    assert told["RESERVE"]["IdentityID"]


def test_a_quote_that_was_taken_is_two_moves_of_its_own_kind(story: Story, made: Any, store: ReportStore) -> None:
    printed = rows(made("DAILY_TRANSACTIONS", DAYS[0]), store)
    taken = [row for row in printed if row["Resource"] == "QUOTE_EXECUTION"]
    told = [(row["TransactionType"], row["Direction"], row["Amount"], row["BalanceType"]) for row in taken]
    assert sorted(told) == [
        ("SETTLE_BASE", "CREDIT", "0.02000000", "AVAILABLE"),
        ("SETTLE_QUOTE", "DEBIT", "1202.400000", "AVAILABLE"),
    ]
    (first, _) = taken
    assert (first["ResourceRefID"], first["Market"], first["Side"], first["Price"]) == (
        "Q-1",
        "BTC-USD",
        "BUY",
        "60120.00",
    )
    assert (first["BaseAmount"], first["QuoteAmount"], first["Fee"]) == ("0.02000000", "1202.400000", "")
    assert first["RecourceTransferType"] == first["OrderType"] == ""


def test_no_id_stands_twice_in_one_direction(story: Story, made: Any, store: ReportStore) -> None:
    printed = [row for day in DAYS for row in rows(made("DAILY_TRANSACTIONS", day), store)]
    ids = [(row["UniqueTxID"], row["Direction"]) for row in printed]
    assert len(set(ids)) == len(ids)
    assert all(Decimal(row["Amount"]) > 0 for row in printed)
    assert [row["Timestamp"] for row in printed] == sorted(row["Timestamp"] for row in printed)


def test_what_was_held_is_what_the_snapshot_says(story: Story, made: Any, store: ReportStore) -> None:
    close_due_days(at=cut_off_at(DAYS[-1]) + timedelta(minutes=5))
    told = balances(rows(made("DAILY_BALANCES", DAYS[0]), store))
    snapshots = BalanceSnapshot.objects.filter(business_date=DAYS[0], account__kind="CLIENT")
    for each in snapshots.select_related("account__asset"):
        key = (str(each.account.profile_id), each.account.asset.code)
        assert told[*key, "TRADING"] + told[*key, "PENDING_DEBIT"] == each.held
        assert told[*key, "AVAILABLE"] == each.closing - each.held
    assert told[str(story.cedar.profile_id), "USD", "PENDING_CREDIT"] == 100
    assert told[str(story.alder.profile_id), "USD", "PENDING_DEBIT"] == 115


@pytest.mark.parametrize("code", ["DAILY_BALANCES", "DAILY_TRANSACTIONS"])
def test_made_again_it_is_the_same_to_the_byte_whatever_came_late(
    code: str, story: Story, made: Any, store: ReportStore, keys: ManifestKeys
) -> None:
    original = made(code, DAYS[0])
    story.at(0, 30)
    story.world.deposit(story.alder, "USD", "5.00")
    seal()
    assert verify_report(run_id=original.pk, actor=PERSON, store=store, keys=keys, at=now()).result == "SAME"
    restated = made(code, DAYS[0])
    assert hashes(restated) != hashes(original)
    assert len(rows(restated, store)) - len(rows(original, store)) == (1 if code == "DAILY_TRANSACTIONS" else 0)


@pytest.mark.parametrize("code", ["DAILY_BALANCES", "DAILY_TRANSACTIONS"])
def test_an_entity_sees_its_own(code: str, story: Story, made: Any, store: ReportStore) -> None:
    own: Client = story.birch
    printed = rows(made(code, DAYS[0], entity_id=own.entity_id), store)
    assert {row["ProfileID"] for row in printed} == {str(own.profile_id)}
    assert {row["entity"] for row in printed} == {str(own.entity_id)}


def test_who_receives_a_transfer_is_not_told_the_senders_name_for_it(
    story: Story, made: Any, store: ReportStore
) -> None:
    told = {}
    for client in (story.birch, story.alder):
        printed = rows(made("DAILY_TRANSACTIONS", DAYS[2], entity_id=client.entity_id), store)
        told[client.entity_id] = [
            row["ResourceRefID"] for row in printed if row["RecourceTransferType"] == "INTERNAL_TRANSFER"
        ]
    assert told == {story.birch.entity_id: ["T-1"], story.alder.entity_id: [""]}


def test_a_deposit_that_is_dropped_and_seen_again_is_a_move_each_time(
    tmp_path: Path, made: Any, store: ReportStore
) -> None:
    """Dropped on Monday and seen again, dropped and seen again on Tuesday, final on Wednesday."""
    arriving = Arriving(World(), tmp_path)
    client = arriving.world.client("Alder")
    arriving.at = MONDAY
    address = arriving.address(client)
    arriving.send(address, final_after=9)
    arriving.mine(1)
    for reorganised in (MONDAY + timedelta(hours=1), MONDAY + DAY):
        arriving.at = reorganised
        arriving.chain.drop("TX-1:0", at=arriving.at)
        arriving.sweep()
        assert arriving.deposit().status == "FAILED"
        arriving.at += timedelta(hours=1)
        arriving.send(address, final_after=9)
        arriving.mine(1)
        assert arriving.deposit().status == "DETECTED"
    arriving.at = MONDAY + 2 * DAY
    arriving.mine(9)
    assert arriving.deposit().status == "CREDITED"
    seal()
    pending, available, ids = [], [], []
    opening: Figures = {}
    for day in DAYS:
        closing = balances(rows(made("DAILY_BALANCES", day), store))
        printed = rows(made("DAILY_TRANSACTIONS", day), store)
        moved = changes(printed)
        assert {key: opening.get(key, 0) + moved.get(key, 0) for key in closing} == closing, day
        ids += [(row["UniqueTxID"], row["Direction"], row["BalanceType"]) for row in printed]
        pending.append(closing[str(client.profile_id), "BTC", "PENDING_CREDIT"])
        available.append(closing[str(client.profile_id), "BTC", "AVAILABLE"])
        opening = closing
    half = Decimal("0.5")
    assert (pending, available) == ([half, half, 0], [0, 0, half])
    assert len(set(ids)) == len(ids)
    assert len([each for each in ids if each[2] == "PENDING_CREDIT"]) == 6


def test_whose_a_deposit_is_is_not_known_before_it_was_found(tmp_path: Path, made: Any, store: ReportStore) -> None:
    """Seen on Monday at nobody's address, which is a client's by the time that it is final: Monday stays as it was."""
    arriving = Arriving(World(), tmp_path)
    client = arriving.world.client("Alder")
    arriving.at = MONDAY
    place = arriving.chain.issue_address(asset="BTC", network="BITCOIN", profile_id=client.profile_id, number=1)
    arriving.send(place.address)
    arriving.sweep()
    seal()
    before = balances(rows(made("DAILY_BALANCES", DAYS[0]), store))
    arriving.at = MONDAY + DAY
    assert arriving.address(client) == place.address
    arriving.mine(2)
    assert arriving.deposit().status == "CREDITED"
    seal()
    assert balances(rows(made("DAILY_BALANCES", DAYS[0]), store)) == before
    moved = changes(rows(made("DAILY_TRANSACTIONS", DAYS[1]), store))
    assert moved[str(client.profile_id), "BTC", "AVAILABLE"] == Decimal("0.5")
    assert moved[str(client.profile_id), "BTC", "PENDING_CREDIT"] == 0
