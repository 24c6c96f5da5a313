"""The rules of a deposit, without a database."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.refusals import Refusal
from settlement.domain.depositing import (
    BEFORE_THE_BOOKS,
    MOVES,
    REASONS,
    Facts,
    check_move,
    is_final,
    knows_sender,
    review_reason,
    wants_information,
)


def facts(**changes: object) -> Facts:
    sound: dict[str, object] = {
        "is_attributed": True,
        "lacks_information": False,
        "screening": "CLEAR",
        "may_receive": True,
        "amount": Decimal(1),
        "minimum": Decimal(1),
    }
    return Facts(**(sound | changes))  # type: ignore[arg-type]


WRONG: dict[str, dict[str, object]] = {
    "UNATTRIBUTED": {"is_attributed": False},
    "TRAVEL_RULE": {"lacks_information": True},
    "SCREENING": {"screening": "HIT"},
    "PERMISSION": {"may_receive": False},
    "BELOW_MINIMUM": {"minimum": Decimal(2)},
}


def test_nothing_is_wrong_with_what_is_sound() -> None:
    assert review_reason(facts()) == ""


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_is_found(reason: str) -> None:
    assert review_reason(facts(**WRONG[reason])) == reason


@given(st.sets(st.sampled_from(REASONS)))
def test_they_are_lifted_in_their_order_each_once(wrong: set[str]) -> None:
    changes: dict[str, object] = {}
    for reason in wrong:
        changes |= WRONG[reason]
    found, after = [], ""
    while reason := review_reason(facts(**changes), after=after):
        found.append(reason)
        after = reason
    assert found == [reason for reason in REASONS if reason in wrong]


@pytest.mark.parametrize(("screening", "holds"), [("PENDING", True), ("HIT", True), ("CLEAR", False), ("", False)])
def test_silence_of_a_screener_that_was_asked_is_no_clear(screening: str, holds: bool) -> None:
    assert (review_reason(facts(screening=screening)) == "SCREENING") == holds


@pytest.mark.parametrize(
    ("names", "knows"),
    [
        (set(), False),
        ({"full_name"}, False),
        ({"address", "national_id"}, False),
        ({"full_name", "address"}, True),
        ({"full_name", "national_id"}, True),
        ({"full_name", "date_of_birth"}, True),
        ({"full_name", "email"}, False),
    ],
)
def test_a_name_and_one_thing_more_say_who_it_was(names: set[str], knows: bool) -> None:
    assert knows_sender(names) == knows


@pytest.mark.parametrize(
    ("source", "is_coin", "vasp", "value", "asks"),
    [
        ("CHAIN", True, "Other", Decimal("999.99"), False),
        ("CHAIN", True, "Other", Decimal(1000), True),
        ("CHAIN", True, "Other", None, True),
        ("CHAIN", True, "", Decimal(10**6), False),
        ("BANK", False, "Other", Decimal(10**6), False),
        ("OPERATOR", False, "Other", Decimal(10**6), False),
        ("OPERATOR", True, "", Decimal(1000), True),
        ("OPERATOR", True, "", Decimal("999.99"), False),
        ("OPERATOR", True, "", None, True),
        ("OPENING", True, "Other", None, False),
    ],
)
def test_the_travel_rule_asks_of_what_another_provider_sends(
    source: str, is_coin: bool, vasp: str, value: Decimal | None, asks: bool
) -> None:
    assert wants_information(source=source, is_coin=is_coin, vasp=vasp, value=value, threshold=Decimal(1000)) == asks


@pytest.mark.parametrize(
    ("is_booked", "confirmations", "final"), [(True, 3, True), (True, 2, False), (False, 9, False)]
)
def test_it_is_final_when_both_say_so(is_booked: bool, confirmations: int, final: bool) -> None:
    assert is_final(is_booked=is_booked, confirmations=confirmations, needed=3) == final


def test_only_moves_of_the_table_are_made() -> None:
    for before, known in MOVES.items():
        for after in MOVES:
            if after in known:
                check_move(before, after)
                continue
            with pytest.raises(Refusal) as caught:
                check_move(before, after)
            assert (caught.value.code, caught.value.status) == ("STATE_CHANGED", 409)


def test_what_is_in_the_books_never_leaves_them_unposted() -> None:
    for before, known in MOVES.items():
        if before not in BEFORE_THE_BOOKS:
            assert not set(known) & set(BEFORE_THE_BOOKS)
