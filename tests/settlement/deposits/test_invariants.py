"""Damage to deposits that no constraint sees any more is found by the house's own look at its books."""

import pytest
from django.db import connection

from config.management.commands.verify import INVARIANTS
from core.clock import now
from core.queries.verifying import verify_all
from settlement.operations.reverse_deposit import reverse_deposit
from tests.four_eyes import approve
from tests.settlement.deposits.arriving import REASON, Arriving, attribute
from tests.settlement.deposits.test_recall import asker

pytestmark = pytest.mark.django_db
DEPOSIT = "UPDATE settlement_deposit SET"
DAMAGE = [
    ("V6", "credited to another", f"{DEPOSIT} profile_id = (SELECT id FROM accounts_profile p WHERE p.id <> profile_id LIMIT 1)"),
    ("V7", "detected, and in the books", f"{DEPOSIT} status = 'DETECTED', review_reason = '', credited_at = NULL,"
     " credited_by = NULL, final_at = NULL WHERE outside_reference = 'WIRE-2'"),
    ("V7", "taken back without a posting", f"{DEPOSIT} status = 'REVERSED', reversed_at = now(), approval_id ="
     " (SELECT id FROM accounts_approvalrequest LIMIT 1) WHERE outside_reference = 'WIRE-2'"),
    ("V7", "taken back, and yet the client's", f"{DEPOSIT} status = 'CREDITED', reversed_at = NULL WHERE status = 'REVERSED'"),
    ("V7", "taken back by the approval of another thing", "UPDATE accounts_approvalrequest SET subject_id = 'x'"),
    ("V7", "taken back before it was approved", "UPDATE accounts_approvalrequest SET status = 'APPROVED', executed_at = NULL"),
    ("V7", "at an address of somebody else", "UPDATE settlement_depositinstruction SET profile_id ="
     " (SELECT id FROM accounts_profile p WHERE p.id <> profile_id LIMIT 1)"),
    ("V7", "over a rail that ends elsewhere", f"{DEPOSIT} rail_id = (SELECT id FROM settlement_rail WHERE network = 'BITCOIN')"
     " WHERE source = 'BANK'"),
    ("V7", "a hit that nobody released", "ALTER TABLE settlement_deposit DROP CONSTRAINT credited_deposit_was_screened;"
     f"{DEPOSIT} screening = 'HIT' WHERE outside_reference = 'WIRE-2'"),
    ("V7", "attributed by nobody", f"{DEPOSIT} credited_by = NULL WHERE review_reason = 'UNATTRIBUTED'"),
    ("V7", "released though nobody said who sent it", f"{DEPOSIT} review_reason = 'TRAVEL_RULE', informed_at = NULL,"
     " information_sha256 = '' WHERE source = 'CHAIN'"),
]  # fmt: skip


@pytest.fixture
def busy(arriving: Arriving) -> Arriving:
    """One taken back, one credited at once, one that was nobody's and is somebody's."""
    arriving.price("60000")
    client = arriving.world.client("Alder", USD="1.00")
    arriving.world.client("Birch", USD="1.00")
    quoted = arriving.address(client, arriving.wire)
    for reference in ("WIRE-1", "WIRE-2"):
        arriving.pay(quoted, reference=reference)
    arriving.sweep()
    arriving.bank.recall("WIRE-1", at=arriving.at)
    arriving.sweep()
    outcome = reverse_deposit(deposit_id=arriving.deposit("WIRE-1").pk, reason=REASON, actor=asker(), at=arriving.at)
    assert outcome.approval_id is not None
    approve(outcome.approval_id)
    deposit = arriving.arrive("sim1qnobody")
    attribute(deposit, client, at=arriving.at)
    return arriving


def breaches(number: str) -> int:
    verdicts = verify_all([each for each in INVARIANTS if each.number == number], at=now())
    assert [each.error for each in verdicts if each.error] == []
    assert all(len(example) == 2 and all(example) for each in verdicts for example in each.examples)
    return sum(each.count for each in verdicts)


def test_a_sound_house_has_no_breach(busy: Arriving) -> None:
    assert {number: breaches(number) for number in ("V1", "V2", "V5", "V6", "V7", "V9", "V26")} == dict.fromkeys(
        ("V1", "V2", "V5", "V6", "V7", "V9", "V26"), 0
    )


@pytest.mark.parametrize(("number", "what", "statement"), DAMAGE, ids=[row[1] for row in DAMAGE])
def test_damage_is_found(busy: Arriving, number: str, what: str, statement: str) -> None:
    with connection.cursor() as cursor:
        # As the owner, with all triggers off.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert breaches(number) > 0, what
