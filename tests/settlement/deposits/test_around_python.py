"""What the database refuses whoever goes around Python: as the application's own role, with plain SQL."""

import pytest

from accounts.models import ApprovalRequest
from settlement.models import ArrivalCursor, ArrivalRefusal
from settlement.operations.attribute_deposit import attribute_deposit
from settlement.operations.return_deposit import return_deposit
from settlement.operations.reverse_deposit import reverse_deposit
from tests.four_eyes import approve
from tests.guards.going_around import clone, refusing_fact
from tests.settlement.deposits.arriving import OFFICER, REASON, Arriving
from tests.settlement.deposits.test_recall import asker

pytestmark = pytest.mark.django_db
APP = "cth_app"
DEPOSIT, INSTRUCTION = "settlement_deposit", "settlement_depositinstruction"


def credited(arriving: Arriving) -> None:
    arriving.pay(arriving.address(arriving.world.client("Alder"), arriving.wire))
    arriving.sweep()


def test_nobody_takes_a_deposit_back_that_others_have_not_approved(arriving: Arriving) -> None:
    credited(arriving)
    takes = f"UPDATE {DEPOSIT} SET status = 'REVERSED', reversed_at = now()"
    assert refusing_fact(takes, role=APP) == "reversed_deposit_was_approved"
    # Not with the approval of another either.
    first = arriving.deposit("WIRE-1")
    arriving.pay(first.address, reference="WIRE-2")
    arriving.sweep()
    outcome = reverse_deposit(deposit_id=first.pk, reason=REASON, actor=asker(), at=arriving.at)
    assert outcome.approval_id is not None
    asked = f"{takes}, approval_id = '{outcome.approval_id}' WHERE id = '{first.pk}'"
    assert refusing_fact(asked, role=APP) == "reversed_deposit_was_approved"
    approve(outcome.approval_id)
    borrowed = f"{takes}, approval_id = '{outcome.approval_id}' WHERE outside_reference = 'WIRE-2'"
    assert refusing_fact(borrowed, role=APP) == "reversed_deposit_was_approved"


def test_nobody_says_alone_whose_a_deposit_is(arriving: Arriving) -> None:
    client, other = arriving.world.client("Alder"), arriving.world.client("Birch")
    deposit = arriving.arrive("sim1qnobody")
    gives = f"UPDATE {DEPOSIT} SET review_reason = 'PERMISSION', profile_id ="
    assert refusing_fact(f"{gives} '{client.profile_id}'", role=APP) == "attributed_deposit_was_approved"
    outcome = attribute_deposit(
        deposit_id=deposit.pk, profile_id=client.profile_id, reason=REASON, actor=asker(), at=arriving.at
    )
    assert refusing_fact(f"{gives} '{client.profile_id}'", role=APP) == "attributed_deposit_was_approved"
    return_deposit(deposit_id=deposit.pk, reason=REASON, actor=OFFICER, at=arriving.at)
    # Approved, it is this client's and no other's.
    approve(outcome.approval_id)
    ApprovalRequest.objects.filter(pk=outcome.approval_id, status="FAILED").get()
    assert refusing_fact(f"{gives} '{other.profile_id}'", role=APP) == "attributed_deposit_was_approved"


@pytest.mark.parametrize("status", ["DETECTED", "FAILED", "UNDER_REVIEW", "RETURNING", "RETURNED", "MOOD"])
def test_what_is_the_clients_does_not_become_anything_else(arriving: Arriving, status: str) -> None:
    credited(arriving)
    assert refusing_fact(f"UPDATE {DEPOSIT} SET status = '{status}'", role=APP) == "deposit_moves_forward"


@pytest.mark.parametrize("status", ["FAILED", "RETURNING", "RETURNED", "MOOD"])
def test_no_deposit_begins_in_the_middle(arriving: Arriving, status: str) -> None:
    credited(arriving)
    begun = clone(DEPOSIT, status=f"'{status}'", outside_reference="'x'")
    assert refusing_fact(begun, role=APP) == "deposit_moves_forward"


def test_what_arrived_stays_what_arrived(arriving: Arriving) -> None:
    credited(arriving)
    for change in ("amount = 6", "outside_reference = 'x'", "source = 'OPERATOR'", "omnibus_id = gen_random_uuid()"):
        assert refusing_fact(f"UPDATE {DEPOSIT} SET {change}", role=APP) == "deposit_is_kept_key"
    other = arriving.world.client("Birch").profile_id
    for owner in (f"'{other}'", "NULL"):
        assert refusing_fact(f"UPDATE {DEPOSIT} SET profile_id = {owner}", role=APP) == "deposit_has_one_owner"
    assert refusing_fact(f"DELETE FROM {DEPOSIT}") == "deposit_is_kept"
    for change in ("address = 'x'", f"profile_id = '{other}'", "memo = 'x'"):
        assert refusing_fact(f"UPDATE {INSTRUCTION} SET {change}", role=APP) == "deposit_instruction_is_kept_key"
    assert refusing_fact(f"DELETE FROM {INSTRUCTION}") == "deposit_instruction_is_kept"


def test_a_hit_is_nobodys_without_a_person(arriving: Arriving) -> None:
    arriving.screener.list_address("bcrt1qsender")
    arriving.arrive(arriving.address(arriving.world.client("Alder")))
    credits = f"UPDATE {DEPOSIT} SET status = 'CREDITED', credited_at = now()"
    assert refusing_fact(credits, role=APP) == "credited_deposit_was_screened"


def test_a_cursor_never_goes_back_and_a_refusal_stays(arriving: Arriving) -> None:
    credited(arriving)
    arriving.pay("x", "251.00")
    arriving.sweep()
    assert ArrivalCursor.objects.filter(position__gt=0).exists()
    back = "UPDATE settlement_arrivalcursor SET position = position - 1 WHERE position > 0"
    assert refusing_fact(back, role=APP) == "arrival_cursor_never_goes_back"
    assert ArrivalRefusal.objects.count() == 1
    for statement in ("UPDATE settlement_arrivalrefusal SET code = 'X'", "DELETE FROM settlement_arrivalrefusal"):
        assert refusing_fact(statement, role=APP).startswith("42501")
        assert refusing_fact(statement) == "arrival_refusal_is_append_only"
