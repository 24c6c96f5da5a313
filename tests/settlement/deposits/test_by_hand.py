"""What an operator enters that no feed has told of: others agree, its sender is screened, and its feed has the last word."""

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import ApprovalRequest
from core.domain.refusals import Refusal
from core.models import AuditEntry
from settlement.gateways.arrivals import Sender
from settlement.gateways.screening import Finding, Subject
from settlement.models import ArrivalRefusal, Deposit
from settlement.operations.enter_deposit_by_hand import (
    DEPOSIT_ENTRY,
    Entered,
    SeenPayment,
    describe_entry,
    enter_deposit_by_hand,
)
from settlement.operations.inform_deposit import inform_deposit
from settlement.operations.screen_deposits import screen_deposits
from tests.four_eyes import approve
from tests.settlement.deposits.arriving import OFFICER, Arriving, all_holds, kinds, limit_rail
from tests.settlement.deposits.test_recall import asker
from tests.settlement.deposits.test_review import release
from tests.settlement.deposits.test_screening import Lists
from tests.world import Client

pytestmark = pytest.mark.django_db
BANK_ACCOUNT = "CH9300762011623852957"
PAYER = Sender(account=BANK_ACCOUNT, details={"full_name": "Ada Lovelace"})


def enter(arriving: Arriving, client: Client, *, code: str = "USD", **terms: Any) -> Entered:
    """250.00 USD by WIRE, as the bank's own page shows it."""
    said: dict[str, Any] = {
        "profile_id": client.profile_id,
        "omnibus_id": arriving.world.omnibus[code],
        "rail_id": arriving.wire if code == "USD" else arriving.bitcoin,
        "amount": Decimal("250.00"),
        "outside_reference": "WIRE-1",
        "value_date": arriving.at.date(),
        "sender": PAYER,
    }
    return enter_deposit_by_hand(seen=SeenPayment(**said | terms), actor=asker(), at=arriving.at)


def agreed(arriving: Arriving, client: Client, reference: str = "WIRE-1", **terms: Any) -> Deposit:
    """Entered, and others have agreed."""
    entered = enter(arriving, client, outside_reference=reference, **terms)
    assert entered.outcome is not None
    approve(entered.outcome.approval_id)
    return arriving.deposit(reference)


def test_nothing_is_booked_until_others_agree_and_then_it_is_screened(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    entered = enter(arriving, client)
    assert entered.outcome is not None
    assert not Deposit.objects.exists()
    with pytest.raises(Refusal, match="APPROVAL_ALREADY_PENDING"):
        enter(arriving, client, amount=Decimal(7))
    approve(entered.outcome.approval_id)
    deposit = arriving.deposit("WIRE-1")
    assert (deposit.source, deposit.status, deposit.review_reason) == ("OPERATOR", "UNDER_REVIEW", "SCREENING")
    assert deposit.entry_approval_id == entered.outcome.approval_id
    assert "Lovelace" not in str(list(AuditEntry.objects.values_list("changes", "reason")))
    all_holds()
    # By name, though the account is on no list.
    assert screen_deposits(screener=Lists("Ada Lovelace"), at=arriving.at) == 1
    assert (arriving.deposit("WIRE-1").status, arriving.deposit("WIRE-1").screening) == ("UNDER_REVIEW", "HIT")
    all_holds()


def test_its_feed_says_the_same_and_it_is_one(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    deposit = agreed(arriving, client)
    assert screen_deposits(screener=arriving.screener, at=arriving.at) == 1
    arriving.pay(arriving.address(client, arriving.wire))
    arriving.sweep()
    told = arriving.deposit("WIRE-1")
    assert (told.pk, told.status, told.confirmed_at) == (deposit.pk, "CREDITED", arriving.at)
    assert told.instruction is not None
    assert kinds(deposit) == ["DEPOSIT_RECEIVED", "DEPOSIT_RELEASED"]
    assert not ArrivalRefusal.objects.exists()
    assert arriving.difference("USD") == 0
    all_holds()


def test_who_asks_who_its_feed_told_of_first_changes_nothing(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    entered = enter(arriving, client)
    assert entered.outcome is not None
    arriving.pay(arriving.address(client, arriving.wire))
    arriving.sweep()
    approve(entered.outcome.approval_id)
    assert ApprovalRequest.objects.get(action=DEPOSIT_ENTRY).status == "EXECUTED"
    deposit = arriving.deposit("WIRE-1")
    assert (deposit.source, deposit.status, kinds(deposit)) == ("BANK", "CREDITED", ["DEPOSIT"])
    known = enter(arriving, client)
    assert (known.known, known.outcome) == (deposit, None)
    with pytest.raises(Refusal, match="CLIENT_REFERENCE_REUSED"):
        enter(arriving, arriving.world.client("Birch"))


def test_approved_for_one_that_its_feed_gave_to_another_it_fails(arriving: Arriving) -> None:
    entered = enter(arriving, arriving.world.client("Alder"))
    assert entered.outcome is not None
    arriving.pay(arriving.address(arriving.world.client("Birch"), arriving.wire))
    arriving.sweep()
    approve(entered.outcome.approval_id)
    request = ApprovalRequest.objects.get(action=DEPOSIT_ENTRY)
    assert (request.status, request.outcome_code) == ("FAILED", "CLIENT_REFERENCE_REUSED")
    all_holds()


@pytest.mark.parametrize("is_credited", [True, False])
def test_sent_to_another_than_it_was_entered_for_somebody_looks(arriving: Arriving, is_credited: bool) -> None:
    alder, birch = arriving.world.client("Alder"), arriving.world.client("Birch")
    deposit = agreed(arriving, alder)
    if is_credited:
        screen_deposits(screener=arriving.screener, at=arriving.at)
    arriving.pay(arriving.address(birch, arriving.wire))
    arriving.sweep()
    deposit = arriving.deposit("WIRE-1")
    if is_credited:
        refusal = ArrivalRefusal.objects.get()
        assert (refusal.code, refusal.deposit_id) == ("OWNER_DIFFERS", deposit.pk)
    else:
        # Nothing lets it through by itself any more.
        assert screen_deposits(screener=arriving.screener, at=arriving.at) == 0
        assert (deposit.status, deposit.review_reason, deposit.screening) == ("UNDER_REVIEW", "SCREENING", "HIT")
        assert "another client" in deposit.screening_words
    all_holds()


@pytest.mark.parametrize("is_credited", [True, False])
def test_who_sent_it_as_its_feed_says_is_screened_whoever_was_named_by_hand(
    arriving: Arriving, is_credited: bool
) -> None:
    client = arriving.world.client("Alder")
    deposit = agreed(arriving, client, sender=Sender(account="CH-ANOTHER"))
    if is_credited:
        screen_deposits(screener=arriving.screener, at=arriving.at)
    arriving.screener.list_address(BANK_ACCOUNT)
    arriving.pay(arriving.address(client, arriving.wire))
    arriving.sweep()
    deposit = arriving.deposit("WIRE-1")
    if is_credited:
        refusal = ArrivalRefusal.objects.get()
        assert (refusal.code, refusal.deposit_id) == ("SENDER_NOT_CLEAR", deposit.pk)
    else:
        assert (deposit.sender_address, deposit.screening, deposit.review_reason) == (BANK_ACCOUNT, "HIT", "SCREENING")
    all_holds()


def test_let_on_before_its_feed_spoke_it_comes_back(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    arriving.control(client, "DORMANT")
    deposit = agreed(arriving, client)
    assert release(arriving, deposit) == ("UNDER_REVIEW", "PERMISSION")
    arriving.screener.list_address(BANK_ACCOUNT)
    arriving.pay("nobody")
    arriving.sweep()
    assert (arriving.deposit("WIRE-1").review_reason, arriving.deposit("WIRE-1").screening) == ("SCREENING", "HIT")


def test_let_on_before_its_feed_named_another_sender_it_waits_for_the_screener(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    arriving.control(client, "DORMANT")
    deposit = agreed(arriving, client, sender=Sender(account="CH-ANOTHER"))
    assert release(arriving, deposit) == ("UNDER_REVIEW", "PERMISSION")
    arriving.pay("nobody")
    arriving.sweep()
    told = arriving.deposit("WIRE-1")
    assert (told.sender_address, told.screening, told.review_reason) == (BANK_ACCOUNT, "PENDING", "SCREENING")


def test_an_answer_about_another_sender_is_not_the_deposits(arriving: Arriving) -> None:
    """The feed names who sent it while the screener looks at whom the operator named."""
    client = arriving.world.client("Alder")
    agreed(arriving, client, sender=Sender(account="CH-ANOTHER"))

    class Slow(Lists):
        def screen(self, subject: Subject) -> Finding:
            if not self.asked:
                arriving.pay(arriving.address(client, arriving.wire))
                arriving.sweep()
            return super().screen(subject)

    slow = Slow()
    assert screen_deposits(screener=slow, at=arriving.at) == 0
    told = arriving.deposit("WIRE-1")
    assert (slow.asked, told.sender_address, told.screening) == (["CH-ANOTHER"], BANK_ACCOUNT, "PENDING")
    assert screen_deposits(screener=slow, at=arriving.at) == 1
    assert arriving.deposit("WIRE-1").status == "CREDITED"
    all_holds()


def test_a_coin_by_hand_is_asked_who_sent_it(arriving: Arriving) -> None:
    """Nobody but the chain's feed could say that no provider sent it."""
    arriving.price("60000")
    terms = {"code": "BTC", "amount": Decimal("0.5"), "sender": Sender(account="bc1qsender")}
    deposit = agreed(arriving, arriving.world.client("Alder"), "TX-1:0", **terms)
    assert (deposit.review_reason, deposit.value, deposit.needs_information) == ("TRAVEL_RULE", 30000, True)
    details = {"full_name": "Ada Lovelace", "national_id": "GB-1815"}
    inform_deposit(deposit_id=deposit.pk, details=details, actor=OFFICER, at=arriving.at)
    assert release(arriving, deposit) == ("UNDER_REVIEW", "SCREENING")
    assert screen_deposits(screener=arriving.screener, at=arriving.at) == 1
    assert arriving.deposit().status == "CREDITED"
    all_holds()


def test_below_the_minimum_of_its_rail_it_is_looked_at(arriving: Arriving) -> None:
    limit_rail(arriving.wire, min_deposit=Decimal(1000))
    deposit = agreed(arriving, arriving.world.client("Alder"))
    screen_deposits(screener=arriving.screener, at=arriving.at)
    assert (arriving.deposit("WIRE-1").status, arriving.deposit("WIRE-1").review_reason) == (
        "UNDER_REVIEW", "BELOW_MINIMUM",
    )  # fmt: skip
    assert kinds(deposit) == ["DEPOSIT_RECEIVED"]
    all_holds()


def test_who_decides_sees_what_may_be_the_same_money(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    arriving.pay(arriving.address(client, arriving.wire), reference="WIRE-1-A")
    arriving.sweep()
    entered = enter(arriving, client)
    assert entered.outcome is not None
    request = ApprovalRequest.objects.get(pk=entered.outcome.approval_id)
    changes = {name: after for name, _, after in describe_entry(request.payload).changes}
    assert "WIRE-1-A" in str(changes["of the same amount lately"])
    assert (request.permission, request.approvals_required) == ("deposit.approve", 1)


def test_what_cannot_be_entered_is_refused_before_anybody_is_asked(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    refused = {
        "SENDER_MISSING": {"sender": Sender()},
        "AMOUNT_BELOW_MINIMUM": {"amount": Decimal(0)},
        "SCALE_EXCEEDED": {"amount": Decimal("0.0000001")},
        "NOT_FOUND": {"rail_id": arriving.bitcoin},
    }
    for code, terms in refused.items():
        with pytest.raises(Refusal) as caught:
            enter(arriving, client, **terms)
        assert caught.value.code == code
    assert not ApprovalRequest.objects.filter(action=DEPOSIT_ENTRY).exists()
