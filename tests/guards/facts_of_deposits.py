"""The facts of deposits, of where they come in and of how far they are read: each with a statement that goes around Python."""

from collections.abc import Callable

from django.db import connection

from accounts.models import Profile
from settlement.models import ArrivalCursor, ArrivalRefusal, ArrivalRefusalLook, DepositInstruction, LedgerAccount, Rail
from tests.guards.going_around import clone
from tests.world import MONDAY

NAN = "'NaN'::numeric"
DEPOSIT, INSTRUCTION = "settlement_deposit", "settlement_depositinstruction"
CURSOR, REFUSAL = "settlement_arrivalcursor", "settlement_arrivalrefusal"
NOBODYS = {"credited_at": "NULL", "credited_by": "NULL"}
UNDER_REVIEW = {"status": "'UNDER_REVIEW'", "review_reason": "'PERMISSION'", **NOBODYS}
DETECTED = {"status": "'DETECTED'", "review_reason": "''", "final_at": "NULL", **NOBODYS}


def _deposit(**changes: str) -> Callable[[], str]:
    """A credited deposit again, under another reference, with something wrong."""
    return lambda: clone(DEPOSIT, **{"outside_reference": "'D-2'"} | changes)


def _after(first: dict[str, str], change: str) -> Callable[[], str]:
    """What is wrong with a deposit that stands as ``first`` says, once it is changed."""

    def make() -> str:
        with connection.cursor() as cursor:
            cursor.execute(clone(DEPOSIT, **{"outside_reference": "'D-2'"} | first))
        return f"UPDATE {DEPOSIT} SET {change} WHERE outside_reference = 'D-2'"

    return make


def _returned_twice() -> str:
    with connection.cursor() as cursor:
        for reference in ("D-2", "D-3"):
            cursor.execute(clone(DEPOSIT, **{"outside_reference": f"'{reference}'"} | UNDER_REVIEW))
        cursor.execute(f"UPDATE {DEPOSIT} SET status = 'RETURNING' WHERE outside_reference IN ('D-2', 'D-3')")
    return (
        f"UPDATE {DEPOSIT} SET status = 'RETURNED', returned_at = now(), return_reference = 'OUT-1'"
        " WHERE outside_reference IN ('D-2', 'D-3')"
    )


def _rows() -> None:
    """One of each: the house has none."""
    if DepositInstruction.objects.exists():
        return
    omnibus = LedgerAccount.objects.get(kind="OMNIBUS", asset__code="BTC")
    rail = Rail.objects.create(asset=omnibus.asset, network="BITCOIN", omnibus=omnibus, gateway="SIMULATOR")
    profile = Profile.objects.order_by("id").first()
    assert profile is not None
    DepositInstruction.objects.create(profile=profile, rail=rail, address="bcrt1q", number=1, opened_at=MONDAY)
    ArrivalCursor.objects.create(feed="CHAIN", position=5)
    refused = ArrivalRefusal.objects.create(
        feed="CHAIN", position=5, reference="T-1", rail_code="BTC:BITCOIN", amount="1", code="X", refused_at=MONDAY
    )
    ArrivalRefusalLook.objects.create(refusal=refused, looked_by=refused.pk, looked_at=MONDAY, reason="Known.")


def _again(table: str, **changes: str) -> Callable[[], str]:
    def make() -> str:
        _rows()
        return clone(table, **changes)

    return make


def _update(table: str, change: str) -> Callable[[], str]:
    def make() -> str:
        _rows()
        return f"UPDATE {table} SET {change}"

    return make


def _instruction(**changes: str) -> Callable[[], str]:
    retired = {"address": "'bcrt1p'", "number": "2", "status": "'RETIRED'", "retired_at": "now()"}
    return _again(INSTRUCTION, **retired | changes)


DEPOSITS = [
    ("outside_reference_is_booked_once", lambda: clone(DEPOSIT)),
    ("deposit_brings_something", _deposit(amount="0")),
    ("deposit_brings_something", _deposit(amount=NAN)),
    ("deposit_source_is_known", _deposit(source="'RUMOUR'", credited_by="gen_random_uuid()")),
    ("deposit_screening_is_known", _deposit(screening="'MAYBE'")),
    ("deposit_review_reason_is_known", _deposit(review_reason="'MOOD'")),
    ("deposit_not_credited_has_review_reason", _deposit(**UNDER_REVIEW | {"review_reason": "''"})),
    ("deposit_not_credited_has_review_reason", _deposit(**DETECTED | {"review_reason": "'PERMISSION'"})),
    ("credited_deposit_has_profile", _deposit(profile_id="NULL")),
    ("credited_deposit_has_profile", _deposit(**UNDER_REVIEW | {"profile_id": "NULL"})),
    ("credited_deposit_has_profile", _deposit(**UNDER_REVIEW | {"review_reason": "'UNATTRIBUTED'"})),
    ("credited_deposit_has_time", _deposit(credited_at="NULL")),
    ("credited_deposit_has_time", _deposit(status="'UNDER_REVIEW'", review_reason="'PERMISSION'")),
    ("entered_deposit_was_approved", _deposit(source="'OPERATOR'", screening="'CLEAR'")),
    ("credited_deposit_was_screened", _deposit(source="'CHAIN'", screening="'HIT'", credited_by="NULL")),
    ("credited_deposit_was_screened", _deposit(source="'BANK'", screening="'PENDING'", credited_by="NULL")),
    ("credited_deposit_was_screened", _deposit(source="'BANK'", screening="''", credited_by="NULL")),
    ("final_deposit_has_time", _deposit(final_at="NULL")),
    ("final_deposit_has_time", _deposit(**DETECTED | {"final_at": "now()"})),
    ("final_deposit_has_time", _after(DETECTED, "status = 'FAILED', final_at = now()")),
    ("returned_deposit_has_reference", _deposit(return_reference="'OUT-1'")),
    ("returned_deposit_has_reference", _deposit(returned_at="now()")),
    ("return_reference_is_booked_once", _returned_twice),
    ("reversed_deposit_has_approval", _deposit(reversed_at="now()")),
    ("recalled_deposit_was_final", _deposit(recall_reference="'BACK-1'")),
    ("recalled_deposit_was_final", _deposit(**DETECTED | {"recalled_at": "now()"})),
    ("informed_deposit_has_sender", _deposit(informed_at="now()", information_sha256="repeat('a', 64)")),
    ("informed_deposit_has_sender", _deposit(informed_at="now()", sender_subject_id="gen_random_uuid()")),
    ("informed_deposit_has_sender", _deposit(information_sha256="repeat('a', 64)")),
    ("deposit_value_is_finite", _deposit(value="1")),
    ("deposit_value_is_finite", _deposit(value=NAN, value_price="1")),
    ("deposit_value_is_finite", _deposit(value="1", value_price=NAN)),
    ("deposit_reference_is_plain", _deposit(outside_reference="'a b'")),
    ("deposit_reference_is_plain", _deposit(recalled_at="now()", recall_reference="'a b'")),
    ("deposit_address_has_one_owner", _instruction(address="address")),
    ("profile_has_one_deposit_address", _instruction(status="'ACTIVE'", retired_at="NULL")),
    ("deposit_address_is_issued_once", _instruction(number="number")),
    ("deposit_instruction_has_address", _instruction(address="''")),
    ("deposit_instruction_status_is_known", _instruction(status="'LOST'", retired_at="NULL")),
    ("retired_deposit_instruction_has_time", _instruction(retired_at="NULL")),
    ("retired_deposit_instruction_has_time", _update(INSTRUCTION, "retired_at = now()")),
    ("arrival_cursor_counts", _again(CURSOR, feed="'OTHER'", position="-1")),
    ("arrival_feed_is_plain", _again(CURSOR, feed="'by wire'")),
    ("arrival_is_refused_once", _again(REFUSAL)),
    ("arrival_look_says_why", _again("settlement_arrivalrefusallook", refusal_id="gen_random_uuid()", reason="''")),
    ("arrival_refusal_has_code", _again(REFUSAL, position="6", code="''")),
]  # fmt: skip
# The trigger that knows the moves refuses a status that nobody knows before its own fact does.
IMPLIED_BY_MOVES = {"deposit_status_is_known"}
