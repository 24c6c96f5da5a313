"""Every difference between our books and the custodian's has a name, and together they are the whole difference."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from settlement.domain.reconciling import LedgerItem, OpenBreak, carry_on, compare
from settlement.domain.snapshots import Movement, Snapshot

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
BEFORE, AFTER = AT - timedelta(hours=1), AT + timedelta(minutes=3)


def movement(reference: str, amount: str) -> Movement:
    return Movement(reference, Decimal(amount), BEFORE)


def snapshot(*movements: Movement, balance: str | None = None) -> Snapshot:
    held = sum((item.amount for item in movements), Decimal(0)) if balance is None else Decimal(balance)
    return Snapshot("VAULT", "MAIN", "BTC", AT, held, movements)


def booked(reference: str | None, amount: str, at: datetime = BEFORE, number: int = 1) -> LedgerItem:
    return LedgerItem(reference, Decimal(amount), at, UUID(int=number) if reference else None, UUID(int=1000 + number))


def found(result: object) -> list[tuple[str, str, Decimal]]:
    return [(item.kind, item.reference, item.amount) for item in result.differences]  # type: ignore[attr-defined]


def test_the_same_on_both_sides_is_balanced() -> None:
    result = compare(snapshot(movement("A", "1"), movement("B", "2")), [booked("B", "2"), booked("A", "1")])

    assert (result.ledger_balance, result.outside_balance, result.difference) == (3, 3, 0)
    assert result.differences == ()


def test_each_kind_of_difference_is_named_and_signed() -> None:
    outside = snapshot(movement("A", "1"), movement("B", "2.5"), movement("FEE", "-0.1"), balance="3.3")
    result = compare(outside, [booked("A", "1"), booked("B", "2"), booked("C", "4")])

    assert found(result) == [
        ("AMOUNT", "B", Decimal("0.5")),
        ("MISSING_IN_LEDGER", "FEE", Decimal("-0.1")),
        ("MISSING_IN_STATEMENT", "C", Decimal(-4)),
        ("UNKNOWN", "", Decimal("-0.1")),
    ]
    assert result.difference == Decimal("3.3") - 7 == sum(item.amount for item in result.differences)


def test_a_deposit_booked_after_the_snapshot_is_no_break() -> None:
    result = compare(snapshot(movement("A", "1")), [booked("A", "1"), booked("B", "2", AFTER)])

    assert (result.ledger_balance, result.differences) == (1, ())


def test_a_deposit_booked_after_the_snapshot_that_the_custodian_saw_before_counts_on_both_sides() -> None:
    result = compare(snapshot(movement("A", "1")), [booked("A", "1", AFTER)])

    assert (result.ledger_balance, result.outside_balance, result.differences) == (1, 1, ())


def test_what_has_no_reference_is_named_by_its_entry() -> None:
    result = compare(snapshot(), [booked(None, "2", number=7)])

    assert found(result) == [("MISSING_IN_STATEMENT", str(UUID(int=1007)), Decimal(-2))]


def test_twenty_digits_and_eighteen_places_are_not_rounded() -> None:
    large = "99999999999999999999.000000000000000001"
    result = compare(snapshot(movement("A", large), balance=large), [booked("A", "0.000000000000000002")])

    assert result.difference == Decimal("99999999999999999998.999999999999999999")
    assert found(result) == [("AMOUNT", "A", result.difference)]


def test_a_break_is_carried_on_by_what_it_is_about_even_when_its_kind_or_amount_changes() -> None:
    differences = compare(snapshot(movement("A", "2")), [booked("A", "1")]).differences
    old = OpenBreak(UUID(int=1), "A", date(2026, 2, 27))
    gone = OpenBreak(UUID(int=2), "B", date(2026, 2, 28))

    assert carry_on(differences, [old, gone]) == {"A": old}


AMOUNTS = st.decimals(min_value="0.000001", max_value="99999999", places=6)
SIDES = st.dictionaries(st.sampled_from("ABCDEFGH"), AMOUNTS, max_size=8)


@given(outside=SIDES, ledger=SIDES, late=st.sets(st.sampled_from("ABCDEFGH")), residue=AMOUNTS)
def test_the_differences_are_the_difference(
    outside: dict[str, Decimal], ledger: dict[str, Decimal], late: set[str], residue: Decimal
) -> None:
    movements = tuple(Movement(reference, amount, BEFORE) for reference, amount in outside.items())
    picture = Snapshot("V", "MAIN", "BTC", AT, sum(outside.values(), residue), movements)
    items = [
        LedgerItem(reference, amount, AFTER if reference in late else BEFORE, UUID(int=1), UUID(int=2))
        for reference, amount in ledger.items()
    ]
    result = compare(picture, items)

    assert sum((item.amount for item in result.differences), Decimal(0)) == result.difference
    assert result.outside_balance - result.ledger_balance == result.difference
    assert all(item.amount for item in result.differences)
    names = [(item.kind, item.reference) for item in result.differences]
    assert len(set(names)) == len(names)
    missing = {reference for kind, reference in names if kind == "MISSING_IN_STATEMENT"}
    assert missing == ledger.keys() - outside.keys() - late
    assert compare(picture, reversed(items)) == result
