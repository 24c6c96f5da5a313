"""Our books against the custodian's, at one instant. Pure: items in, differences out, every one of them named.

Both sides as at the snapshot's ``taken_at``. What the ledger booked later counts only when the snapshot has it already: that
is the same value, seen by the custodian first. A movement and an item match by reference; what is left is a difference, and
what the differences do not explain is one more of kind UNKNOWN, so that they always add up exactly.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, localcontext
from uuid import UUID

from core.domain.decimals import CONTEXT
from settlement.domain.snapshots import Movement, Snapshot

MISSING_IN_LEDGER = "MISSING_IN_LEDGER"
MISSING_IN_STATEMENT = "MISSING_IN_STATEMENT"
AMOUNT = "AMOUNT"
UNKNOWN = "UNKNOWN"
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class LedgerItem:
    """What the ledger booked against the omnibus account: in is positive. ``reference`` is a deposit's; others have none."""

    reference: str | None
    amount: Decimal
    event_at: datetime
    deposit_id: UUID | None
    entry_id: UUID


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: ``amount`` = outside minus ledger, never zero.

    ``reference`` says what it is about, from run to run: the outside reference, for a ledger item without one its entry's id, and
    nothing for what has no name.
    """

    kind: str
    amount: Decimal
    reference: str
    deposit_id: UUID | None
    detail: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both balances as at the snapshot's instant; the differences sum to outside minus ledger."""

    ledger_balance: Decimal
    outside_balance: Decimal
    difference: Decimal
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class OpenBreak:
    """A break of the run before: what it is about, and since when it is open."""

    id: UUID
    reference: str
    opened_on: date


def compare(snapshot: Snapshot, items: Iterable[LedgerItem]) -> Comparison:
    """Compare ``snapshot`` with all that the ledger has booked against the account, whenever that was."""
    with localcontext(CONTEXT):
        return _compare(snapshot, items)


def _compare(snapshot: Snapshot, items: Iterable[LedgerItem]) -> Comparison:
    movements = {movement.reference: movement for movement in snapshot.movements}
    ledger_balance = ZERO
    differences: list[Difference] = []
    for item in items:
        movement = movements.pop(item.reference, None) if item.reference is not None else None
        if movement is None and item.event_at > snapshot.taken_at:
            continue
        ledger_balance += item.amount
        if movement is None:
            differences.append(_missing_in_statement(item))
        elif movement.amount != item.amount:
            differences.append(_amount(movement, item))
    differences.extend(_missing_in_ledger(movement) for movement in movements.values())
    explained = sum((item.amount for item in differences), ZERO)
    residue = snapshot.balance - ledger_balance - explained
    if residue:
        detail = "The holdings are not what the movements come to; nothing names the difference."
        differences.append(Difference(UNKNOWN, residue, "", None, detail))
    differences.sort(key=lambda item: (item.kind, item.reference))
    return Comparison(ledger_balance, snapshot.balance, snapshot.balance - ledger_balance, tuple(differences))


def carry_on(differences: Sequence[Difference], before: Iterable[OpenBreak]) -> Mapping[str, OpenBreak]:
    """Reference -> the break of the run before that goes on under it; a break that is not among them is gone."""
    references = {item.reference for item in differences}
    return {item.reference: item for item in before if item.reference in references}


def _missing_in_statement(item: LedgerItem) -> Difference:
    reference = item.reference or str(item.entry_id)
    detail = f"Booked at {item.event_at:%Y-%m-%d %H:%M:%S} UTC by entry {item.entry_id}; the snapshot does not have it."
    return Difference(MISSING_IN_STATEMENT, -item.amount, reference, item.deposit_id, detail)


def _amount(movement: Movement, item: LedgerItem) -> Difference:
    detail = f"Outside {_plain(movement.amount)}, in the ledger {_plain(item.amount)}."
    return Difference(AMOUNT, movement.amount - item.amount, movement.reference, item.deposit_id, detail)


def _missing_in_ledger(movement: Movement) -> Difference:
    detail = f"Moved outside at {movement.at:%Y-%m-%d %H:%M:%S} UTC; nothing is booked under this reference."
    return Difference(MISSING_IN_LEDGER, movement.amount, movement.reference, None, detail)


def _plain(amount: Decimal) -> str:
    return format(amount.normalize(CONTEXT), "f")
