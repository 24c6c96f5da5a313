"""What must be so after every step, counted by hand from the rows themselves; the house's own invariants are asked besides."""

from collections import Counter, defaultdict
from decimal import Decimal
from uuid import UUID

from compliance.queries.house_invariants import INVARIANTS
from core.clock import now
from core.queries.verifying import verify_all
from settlement.models import (
    Deposit,
    Entry,
    InternalTransfer,
    JournalLine,
    LedgerAccount,
    ManualJournal,
    Posting,
    Withdrawal,
)
from trading.models import Order

NOTHING = Decimal(0)
ENDED = ("COMPLETED", "RETURNED", "CANCELLED", "REJECTED", "FAILED")
Sums = dict[UUID, Decimal]


def all_adds_up() -> None:
    """Per asset nothing is lost; nobody owes; each hold has its lines; postings, and the facts they came of, tie to balances."""
    accounts = {each.pk: each for each in LedgerAccount.objects.all()}
    balances = {key: each.balance for key, each in accounts.items()}
    per_asset: dict[UUID, Decimal] = defaultdict(Decimal)
    for account in accounts.values():
        per_asset[account.asset_id] += account.balance
        if account.kind in ("CLIENT", "HOUSE"):
            assert NOTHING <= account.held <= account.balance, account
        else:
            assert account.held == 0, account
            assert account.kind != "OMNIBUS" or account.balance <= 0, account
    assert set(per_asset.values()) <= {NOTHING}
    assert {key: each.held for key, each in accounts.items() if each.held} == _holds(accounts)
    assert {key: value for key, value in balances.items() if value} == _without_zeros(_postings())
    assert {key: value for key, value in balances.items() if value} == _without_zeros(_facts(accounts))


def booked_entries() -> Counter[tuple[str, UUID]]:
    """Every entry by what it is of."""
    return Counter(Entry.objects.values_list("kind", "source_id"))


def every_invariant_holds() -> None:
    """The house's own, without those that look at seals: nothing is sealed here."""
    asked = [each for each in INVARIANTS if each.number in {f"V{number}" for number in range(1, 11)} | {"V26"}]
    verdicts = verify_all(asked, at=now())
    broken = [(each.number, each.examples, each.error) for each in verdicts if each.count or each.error]
    assert not broken, broken


def _holds(accounts: dict[UUID, LedgerAccount]) -> Sums:
    """Line by line: what each withdrawal and each order holds, of which account."""
    by_owner = {(each.profile_id, each.asset_id): key for key, each in accounts.items() if each.kind == "CLIENT"}
    sums: Sums = defaultdict(Decimal)
    for withdrawal in Withdrawal.objects.select_related("rail"):
        is_open = withdrawal.status not in ENDED
        assert withdrawal.held == (withdrawal.gross_amount if is_open else NOTHING), withdrawal.status
        sums[by_owner[withdrawal.profile_id, withdrawal.rail.asset_id]] += withdrawal.held
    for order in Order.objects.filter(held__gt=0):
        sums[by_owner[order.profile_id, order.hold_asset_id]] += order.held
    return _without_zeros(sums)


def _postings() -> Sums:
    sums: Sums = defaultdict(Decimal)
    for source, destination, amount in Posting.objects.values_list("source_id", "destination_id", "amount"):
        sums[source] -= amount
        sums[destination] += amount
    return sums


def _facts(accounts: dict[UUID, LedgerAccount]) -> Sums:
    """The recipes again, from what became of each deposit, withdrawal, transfer and journal; no entry is looked at."""
    clients = {(each.profile_id, each.asset_id): key for key, each in accounts.items() if each.kind == "CLIENT"}
    firm = {(each.kind, each.asset_id): key for key, each in accounts.items() if each.kind in ("SUSPENSE", "FEES")}
    sums: Sums = defaultdict(Decimal)

    def move(source: UUID, destination: UUID, amount: Decimal) -> None:
        sums[source] -= amount
        sums[destination] += amount

    for deposit in Deposit.objects.select_related("omnibus"):
        asset = deposit.omnibus.asset_id
        if deposit.status == "CREDITED":
            move(deposit.omnibus_id, clients[deposit.profile_id, asset], deposit.amount)
        elif deposit.status in ("UNDER_REVIEW", "RETURNING"):
            move(deposit.omnibus_id, firm["SUSPENSE", asset], deposit.amount)
    for withdrawal in Withdrawal.objects.filter(status__in=["COMPLETED", "RETURNED"]).select_related("rail"):
        asset = withdrawal.rail.asset_id
        client = clients[withdrawal.profile_id, asset]
        move(client, firm["FEES", asset], withdrawal.fee_amount)
        if withdrawal.status == "COMPLETED":
            move(client, withdrawal.rail.omnibus_id, withdrawal.net_amount)
    for transfer in InternalTransfer.objects.filter(status__in=["EXECUTED", "REVERSED"]):
        source = clients[transfer.from_profile_id, transfer.asset_id]
        move(source, clients[transfer.to_profile_id, transfer.asset_id], transfer.amount)
    posted = ManualJournal.objects.filter(status__in=["POSTED", "REVERSED"])
    for line in JournalLine.objects.filter(journal__in=posted):
        move(line.source_id, line.destination_id, line.amount)
    return sums


def _without_zeros(sums: Sums) -> Sums:
    return {key: value for key, value in sums.items() if value}
