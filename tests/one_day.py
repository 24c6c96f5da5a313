"""One day of a house on a stopped clock: who is there, what each account has after each step, and when that was."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import time_machine
from django.db import connection

from core.clock import now
from core.operations.record_audit import Actor
from settlement.models import LedgerAccount, ReconciliationRun
from settlement.operations.draft_journal import JournalTerms, LineTerms, draft_journal
from settlement.operations.open_firm_account import open_firm_account
from settlement.operations.reconcile_omnibus import reconcile_omnibus
from settlement.operations.submit_journal import submit_journal
from tests.desk import a_person
from tests.settlement.withdrawals.paying import Paying
from tests.world import Client, World
from trading.operations.match_market import match_market

FRIDAY, MONDAY = date(2026, 2, 27), date(2026, 3, 2)
DAY = timedelta(days=1)
ACCOUNTS = (("Alder", "USD"), ("Alder", "BTC"), ("Birch", "USD"), ("Birch", "BTC"))
EMPTY = ("0", "0")
# Balance and held of the four accounts, in their order, as the documentation's table gives them.
Row = tuple[tuple[str, str], ...]


def at(clock: str, day: date = MONDAY) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}:00+00:00")


@dataclass(frozen=True, slots=True)
class Step:
    """What was so after it: the moment on the world's clock, the moment on the database's, and the four balances."""

    event_at: datetime
    recorded_at: datetime
    row: Row


class Day:
    """The house on that day: who is there, what the clock says, and what has been noted."""

    def __init__(self, clock: time_machine.Traveller, directory: Path) -> None:
        self.clock = clock
        self.directory = directory
        self.steps: list[Step] = []
        self.move(at("09:00", FRIDAY))
        self.world = World()
        self.paying = Paying(self.world, directory)
        self.bank = self.paying.custodian
        self.alder, self.birch = self.world.client("Alder"), self.world.client("Birch")
        self.house = open_firm_account(
            kind="HOUSE", asset_id=self.world.usd.pk, asset_code="USD", label="", name="The firm's own", at=now()
        )

    def move(self, moment: datetime) -> None:
        self.clock.move_to(moment)

    def go(self, clock: str) -> None:
        """It is now ``clock`` of the Monday."""
        self.move(at(clock))
        self.world.at = self.paying.at = at(clock)

    def note(self, *row: tuple[str, str]) -> None:
        """The four balances are these now; remember the moment."""
        assert self.balances() == amounts(row)
        # As of an instant is before it: what happened in this minute counts a microsecond later.
        self.steps.append(Step(now() + timedelta(microseconds=1), clock_of_the_books(), row))

    def client(self, name: str) -> Client:
        return {"Alder": self.alder, "Birch": self.birch}[name]

    def account(self, name: str, code: str) -> LedgerAccount | None:
        found = LedgerAccount.objects.filter(profile_id=self.client(name).profile_id, asset__code=code)
        return found.select_related("asset").first()

    def balances(self) -> list[tuple[Decimal, Decimal]]:
        accounts = [self.account(name, code) for name, code in ACCOUNTS]
        return [(each.balance, each.held) if each else (Decimal(0), Decimal(0)) for each in accounts]

    def journal(self, category: str, source: UUID, destination: UUID, amount: str) -> tuple[UUID, Actor]:
        """Drafted and submitted by one who could approve as well; answers the approval that it waits for."""
        maker = Actor("PERSON", a_person("Olive", ("OPERATIONS", "TREASURER")).pk)
        terms = JournalTerms(category, "Wire charge of 2 March.", [LineTerms(source, destination, Decimal(amount))])
        journal = draft_journal(terms=terms, actor=maker, at=now())
        return submit_journal(journal_id=journal.pk, actor=maker, at=now()), maker

    def trade(self, name: str, order: str, side: str, amount: str, price: str | None, **terms: str) -> None:
        self.world.place(self.client(name), order, side, amount, price, **terms)
        self.match()

    def match(self) -> None:
        """The batch writes down when it was recorded; everything else leaves that to the database's clock, which goes on."""
        match_market(market_id=self.world.market_id, at=clock_of_the_books())

    def reconcile(self, code: str) -> ReconciliationRun:
        """The omnibus account against what its custodian has now."""
        omnibus = self.world.omnibus[code]
        run = reconcile_omnibus(omnibus_id=omnibus, custodian=self.bank, as_of=now(), at=now())
        return ReconciliationRun.objects.get(pk=run)


def clock_of_the_books() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def amounts(row: Row) -> list[tuple[Decimal, Decimal]]:
    return [(Decimal(balance), Decimal(held)) for balance, held in row]
