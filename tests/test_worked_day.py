"""A whole day of the house, to the last cent: Monday 2 March 2026, step by step through the operations, on a stopped clock.

Deposits, orders and fills, a cancel, money that nobody may have yet, a withdrawal that two people approve, the bank's charge, and
the day closed under two signatures. After each step the balances are asked as they are; at the end of the day again, as of each
step, on the clock of the world and on that of our books.

Of the bank's reconciliation the ledger's side is compared, against a custodian's snapshot with the bank's movements: files of a
bank's statement are not read by the house yet, nor are lines matched by rule.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db.models import Count, Sum

from config.management.commands.verify import INVARIANTS
from core.clock import now
from core.domain.refusals import Refusal
from core.models import OutboxMessage
from core.operations.record_audit import Actor
from core.operations.seal_outbox import seal_outbox
from core.operations.seal_records import seal_records
from core.queries.verifying import verify_all
from settlement.calendar import cut_off_at
from settlement.gateways.arrivals import NOBODY
from settlement.gateways.bank_simulator import BankSimulator
from settlement.models import BalanceSnapshot, Break, BusinessDay, Deposit, Entry, LedgerAccount, Posting
from settlement.operations.close_due_days import close_due_days
from settlement.operations.send_withdrawal import ask_withdrawal, send_withdrawal
from settlement.operations.sign_day import sign_day
from settlement.operations.take_in_arrivals import take_in_arrivals
from settlement.queries.as_of import AsOf, list_balances_as_of, list_trial_totals
from settlement.queries.statement import Period, read_statement
from tests.desk import a_person
from tests.four_eyes import a_person_with, approve, decide
from tests.one_day import ACCOUNTS, DAY, EMPTY, FRIDAY, MONDAY, Day, Step, amounts, at
from trading.models import Instruction, Order, OrderEvent, Trade
from trading.queries.order_book import get_book

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def refused(code: str, status: int) -> Iterator[None]:
    with pytest.raises(Refusal) as caught:
        yield
    assert (caught.value.code, caught.value.status) == (code, status)


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    with time_machine.travel(at("09:00", FRIDAY), tick=False) as clock:
        yield Day(clock, tmp_path)


def test_the_day_runs_to_the_last_cent_and_is_closed(day: Day) -> None:
    open_with_what_was_there(day)
    orders_are_filled(day)
    the_rest_is_cancelled_and_a_deposit_waits(day)
    birch_withdraws(day)
    the_bank_is_compared_and_its_charge_is_booked(day)
    seal_outbox(at=now())
    seal_records(at=now())
    the_books_add_up_as_of_every_step(day)
    the_trial_balance_is_the_documentations()
    the_statements_are_the_documentations(day)
    the_day_has_so_many_of_each()
    two_people_close_the_day(day)
    everything_holds()


def open_with_what_was_there(day: Day) -> None:
    """On the Friday: the firm's own 1,000.00 are in the bank, and the market has had 99 events."""
    approval_id, _ = day.journal("CORRECTION", day.world.omnibus["USD"], day.house, "1000.00")
    approve(approval_id)
    day.bank.receive(asset="USD", amount=Decimal(1000), reference="OPENING", at=now())
    day.paying.limit("100000")
    day.paying.destination(day.birch, at=now())
    somebody = a_person("Dana", "DESK")
    # Prices that the house has set before; each is one event of the market.
    Instruction.objects.bulk_create(
        Instruction(
            market_id=day.world.market_id,
            kind="SET_REFERENCE",
            payload={"ticks": "110000"},
            instructed_at=now(),
            actor_id=somebody.pk,
            initiator="VENUE_HUMAN",
        )
        for _ in range(99)
    )
    day.match()
    day.world.at = now()
    day.world.set_reference("60000.00")
    assert day.world.market.sequence == 100


def deposit(day: Day, name: str, code: str, amount: str) -> None:
    reference = f"IN-{name}"
    day.bank.receive(asset=code, amount=Decimal(amount), reference=reference, at=now())
    day.world.deposit(day.client(name), code, amount, reference)


def orders_are_filled(day: Day) -> None:
    day.go("09:05")
    deposit(day, "Alder", "USD", "100000.00")
    day.note(("100000.00", "0"), EMPTY, EMPTY, EMPTY)
    day.go("09:20")
    deposit(day, "Birch", "BTC", "3")
    day.note(("100000.00", "0"), EMPTY, EMPTY, ("3", "0"))

    day.go("10:00")
    day.trade("Birch", "B-1", "SELL", "1.5", "60000.00")
    day.note(("100000.00", "0"), EMPTY, EMPTY, ("3", "1.5"))

    day.go("10:01")
    day.world.place(day.alder, "A-1", "BUY", "1.0", "60100.00")
    # What it could cost at most, its fee as a taker included.
    assert day.world.balance(day.alder, "USD")[1] == Decimal("60100.00") + Decimal("120.20")
    day.match()
    day.note(("39880.00", "0"), ("1", "0"), ("59940.00", "0"), ("2", "0.5"))

    day.go("10:02")
    day.trade("Alder", "A-2", "BUY", "0.6", "59990.50", type="POST_ONLY_LIMIT")
    day.note(("39880.00", "36066.29"), ("1", "0"), ("59940.00", "0"), ("2", "0.5"))
    assert checksum() == 2487453540

    day.go("10:03")
    day.trade("Birch", "B-2", "SELL", "0.25", None)
    day.note(("24867.375", "21038.675"), ("1.25", "0"), ("74907.625", "0"), ("1.75", "0.5"))

    day.go("10:04")
    day.trade("Birch", "B-3", "SELL", "0.1002", "59990.00", time_in_force="IOC")
    day.note(("18850.3169", "15015.5969"), ("1.3502", "0"), ("80906.6431", "0"), ("1.6498", "0.5"))
    assert checksum() == 3274804116
    fees = [(each.buyer_fee, each.seller_fee) for each in Trade.objects.order_by("sequence")]
    assert fees == [
        (Decimal("120.00"), Decimal("60.00")),
        (Decimal("15.00"), Decimal("30.00")),
        (Decimal("6.01"), Decimal("12.03")),
    ]


def the_rest_is_cancelled_and_a_deposit_waits(day: Day) -> None:
    day.go("15:00")
    order = day.world.order(day.alder, "A-2")
    day.world.cancel(order.pk)
    day.match()
    order.refresh_from_db()
    assert (order.status, order.filled_base, order.lapsed_base) == ("CANCELLED", Decimal("0.3502"), Decimal("0.2498"))
    assert order.fee_charged == Decimal("21.01")
    assert checksum() == 2137968641

    day.go("15:20")
    arrives_without_a_reference(day, "250.00")
    day.note(("18850.3169", "0"), ("1.3502", "0"), ("80906.6431", "0"), ("1.6498", "0.5"))


def arrives_without_a_reference(day: Day, amount: str) -> None:
    """The bank has it, and quotes nobody: it is booked, and waits until somebody knows whose it is."""
    feed = BankSimulator(day.directory / "bank.json", day.bank)
    feed.advise(
        asset="USD", network="WIRE", amount=Decimal(amount), reference="IN-NOBODY", text="", at=now(), sender=NOBODY
    )
    feed.book("IN-NOBODY", at=now())
    assert take_in_arrivals(gateway=feed, at=now(), screener=day.paying.screener) > 0
    deposit = Deposit.objects.get(outside_reference="IN-NOBODY")
    assert (deposit.status, deposit.review_reason, deposit.profile) == ("UNDER_REVIEW", "UNATTRIBUTED", None)


def birch_withdraws(day: Day) -> None:
    day.go("15:30")
    withdrawal = day.paying.ask(day.birch, "50000.00", "W-1", fee="15.00")
    day.paying.sweep()
    withdrawal.refresh_from_db()
    assert (withdrawal.screening, withdrawal.status) == ("CLEAR", "AWAITING_APPROVAL")
    assert (withdrawal.value, withdrawal.approvals_required) == (Decimal("50015.00"), 2)
    with refused("WITHDRAWAL_LIMIT_EXCEEDED", 422):
        day.paying.ask(day.birch, "49970.01", "W-2")
    row = ("18850.3169", "0"), ("1.3502", "0"), ("80906.6431", "50015.00"), ("1.6498", "0.5")
    day.note(*row)

    first, second = a_person_with("withdrawal.approve", "Tom"), a_person_with("withdrawal.approve", "Tara")
    day.go("15:40")
    assert withdrawal.approval_id is not None
    assert decide(withdrawal.approval_id, first, at=now()).given == 1
    with refused("APPROVAL_ALREADY_DECIDED", 409):
        decide(withdrawal.approval_id, first, at=now())
    day.go("15:46")
    decide(withdrawal.approval_id, second, at=now())
    told: dict[str, Any] = {"withdrawal_id": withdrawal.pk, "gateways": {"SIMULATOR": day.paying.simulator}}
    send_withdrawal(**told, at=now())
    withdrawal.refresh_from_db()
    assert withdrawal.status == "SENT"
    day.note(*row)

    day.go("16:10")
    assert ask_withdrawal(**told, at=now()) == "COMPLETED"
    day.note(("18850.3169", "0"), ("1.3502", "0"), ("30891.6431", "0"), ("1.6498", "0.5"))


def the_bank_is_compared_and_its_charge_is_booked(day: Day) -> None:
    """The bank has taken 12.00 that nobody has booked: a break that explains the difference to the cent."""
    day.go("17:00")
    day.bank.receive(asset="USD", amount=Decimal("-12.00"), reference="CHARGE-1", at=now())
    run = day.reconcile("USD")
    told = (run.ledger_balance, run.outside_balance, run.difference)
    assert told == (Decimal("51250.00"), Decimal("51238.00"), Decimal("-12.00"))
    charge = Break.objects.get(run=run, outside_reference="CHARGE-1")
    assert (charge.kind, charge.amount, charge.status) == ("MISSING_IN_LEDGER", Decimal("-12.00"), "OPEN")
    assert day.reconcile("BTC").status == "BALANCED"

    day.go("17:30")
    approval_id, maker = day.journal("BANK_CHARGE", day.house, day.world.omnibus["USD"], "12.00")
    own = type(a_person()).objects.get(pk=maker.id)
    with refused("APPROVER_IS_REQUESTER", 422):
        decide(approval_id, own, at=now())
    decide(approval_id, a_person("Tilda", "TREASURER"), at=now())
    day.note(("18850.3169", "0"), ("1.3502", "0"), ("30891.6431", "0"), ("1.6498", "0.5"))
    after = day.reconcile("USD")
    assert (after.ledger_balance, after.difference) == (Decimal("51238.00"), Decimal("0"))


def the_books_add_up_as_of_every_step(day: Day) -> None:
    """On either clock, before the day, after each step of it, and now: nothing is lost, and everybody has what was noted."""
    before = Step(at("00:00"), day.steps[0].event_at, ())
    for clock in ("event_at", "recorded_at"):
        for step in day.steps:
            moment = AsOf(clock, getattr(step, clock))
            told = {each.account_id: each.balance for each in list_balances_as_of(moment)}
            ours = [day.account(name, code) for name, code in ACCOUNTS]
            assert [told.get(each.pk) if each else None for each in ours] == [b for b, _ in amounts(step.row)], step
    moments = [AsOf("event_at", before.event_at), AsOf("business_date", FRIDAY), AsOf("business_date", MONDAY)]
    moments += [AsOf(clock, getattr(step, clock)) for clock in ("event_at", "recorded_at") for step in day.steps]
    for moment in moments:
        sums: dict[str, Decimal] = {}
        for total in list_trial_totals(moment):
            sums[total.asset] = sums.get(total.asset, Decimal(0)) + total.balance
        assert sums == {"BTC": Decimal(0), "USD": Decimal(0)}, moment


def the_trial_balance_is_the_documentations() -> None:
    told = {
        (each.code.split(":")[0] if each.kind == "CLIENT" else each.code, each.asset): each.balance
        for each in list_balances_as_of(AsOf("business_date", MONDAY))
        if each.kind != "CLIENT" and each.balance
    }
    assert told == {
        ("FEES:BTC-USD:USD", "USD"): Decimal("243.04"),
        ("FEES:WITHDRAWAL:USD", "USD"): Decimal("15.00"),
        ("HOUSE:USD", "USD"): Decimal("988.00"),
        ("SUSPENSE:DEPOSITS:USD", "USD"): Decimal("250.00"),
        ("OMNIBUS:MAIN:USD", "USD"): Decimal("-51238.00"),
        ("OMNIBUS:MAIN:BTC", "BTC"): Decimal("-3"),
    }
    for total in LedgerAccount.objects.values("asset").annotate(total=Sum("balance")):
        assert total["total"] == 0
    (resting,) = Order.objects.filter(status="OPEN")
    assert (resting.client_order_id, resting.held) == ("B-1", Decimal("0.5"))
    assert LedgerAccount.objects.aggregate(held=Sum("held"))["held"] == Decimal("0.5")


def the_statements_are_the_documentations(day: Day) -> None:
    wanted = {
        ("Alder", "USD"): ("0", "100000.00", "81149.6831", "18850.3169"),
        ("Alder", "BTC"): ("0", "1.3502", "0", "1.3502"),
        ("Birch", "USD"): ("0", "81008.6731", "50117.03", "30891.6431"),
        ("Birch", "BTC"): ("0", "3", "1.3502", "1.6498"),
    }
    for (name, code), row in wanted.items():
        account = day.account(name, code)
        assert account is not None
        told = read_statement(account, Period(MONDAY, MONDAY), limit=100)
        assert (told.opening, told.credits, told.debits, told.closing) == tuple(map(Decimal, row)), (name, code)
        assert told.lines[-1].balance == told.closing
    bought = Trade.objects.aggregate(base=Sum("base_amount"), quote=Sum("quote_amount"))
    assert (bought["base"], bought["quote"]) == (Decimal("1.3502"), Decimal("81008.6731"))
    assert round(bought["quote"] / bought["base"], 2) == Decimal("59997.54")


def the_day_has_so_many_of_each() -> None:
    entries = Entry.objects.filter(business_date=MONDAY)
    kinds = list(entries.order_by("event_at", "id").values_list("kind", flat=True))
    assert kinds == [
        "DEPOSIT", "DEPOSIT", "TRADE", "TRADE", "TRADE", "DEPOSIT_RECEIVED", "WITHDRAWAL", "MANUAL_JOURNAL",
    ]  # fmt: skip
    assert Posting.objects.filter(entry__business_date=MONDAY).count() == 18
    events = OrderEvent.objects.filter(business_date=MONDAY).order_by("sequence")
    assert list(events.values_list("sequence", "kind")) == [
        (101, "ACCEPTED"), (102, "RESTED"), (103, "ACCEPTED"), (104, "TRADED"), (105, "TRADED"), (106, "ACCEPTED"),
        (107, "RESTED"), (108, "ACCEPTED"), (109, "TRADED"), (110, "TRADED"), (111, "ACCEPTED"), (112, "TRADED"),
        (113, "TRADED"), (114, "CANCELLED"),
    ]  # fmt: skip
    assert Trade.objects.filter(business_date=MONDAY).count() == 3


def two_people_close_the_day(day: Day) -> None:
    night = cut_off_at(MONDAY) + timedelta(minutes=10)
    day.move(night)
    days = close_due_days(at=night)
    assert days == [FRIDAY + number * DAY for number in range(4)]
    preparer, signer = (Actor("PERSON", a_person(name, "OPERATIONS").pk) for name in ("Pia", "Simon"))
    for each in days:
        told: dict[str, Any] = {"business_date": each, "note": "Looked at.", "at": night}
        sign_day(gate="reconciliation", actor=preparer, **told)
        with refused("SIGNER_PREPARED", 422):
            sign_day(gate="sign_off", actor=preparer, **told)
        assert sign_day(gate="sign_off", actor=signer, **told).status == "CLOSED"
    assert set(BusinessDay.objects.get(pk=MONDAY).gates) == {"snapshots", "reconciliation", "sign_off"}
    account = day.account("Birch", "BTC")
    kept = BalanceSnapshot.objects.get(account=account, business_date=MONDAY)
    assert (kept.opening, kept.credits, kept.debits, kept.closing, kept.held) == tuple(
        map(Decimal, ("0", "3", "1.3502", "1.6498", "0.5"))
    )
    totals = BalanceSnapshot.objects.filter(business_date=MONDAY).values("account__asset").annotate(sum=Sum("closing"))
    assert {each["sum"] for each in totals} == {Decimal(0)}


def everything_holds() -> None:
    while seal_outbox(at=now()):
        pass
    everybody_was_told()
    seal_records(at=now())
    verdicts = verify_all([each for each in INVARIANTS if not each.is_slow], at=datetime.now(UTC))
    assert [(each.number, each.examples, each.error) for each in verdicts if each.count or each.error] == []


def everybody_was_told() -> None:
    """The last word of each client's stream about a balance is the balance, and each event and fill was told."""
    told: dict[str, tuple[Decimal, Decimal]] = {}
    for message in OutboxMessage.objects.filter(channel="BALANCES").order_by("entity_id", "stream_seq"):
        told[str(message.subject_id)] = (Decimal(message.payload["balance"]), Decimal(message.payload["held"]))
    assert told == {
        str(each.pk): (each.balance, each.held)
        for each in LedgerAccount.objects.filter(kind="CLIENT")
        if each.balance or str(each.pk) in told
    }
    counts = dict(OutboxMessage.objects.values_list("channel").annotate(count=Count("id")))
    assert counts["ORDERS"] == OrderEvent.objects.filter(order__isnull=False).count()
    assert counts["EXECUTIONS"] == 2 * Trade.objects.count()


def checksum() -> int:
    return get_book(symbol="BTC-USD", depth=10).checksum
