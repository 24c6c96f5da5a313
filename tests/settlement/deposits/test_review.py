"""Why a deposit is looked at, one reason after the other: whose it is, who sent it, what the screening says, what is allowed."""

from decimal import Decimal

import pytest

from accounts.models import ApprovalRequest
from accounts.queries.details import mask_details
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.models import AuditEntry, OutboxMessage
from settlement.gateways.arrivals import Sender
from settlement.gateways.screening import NoScreener
from settlement.models import Deposit
from settlement.operations.attribute_deposit import attribute_deposit
from settlement.operations.complete_return import complete_return
from settlement.operations.inform_deposit import inform_deposit
from settlement.operations.release_deposit import release_deposit
from settlement.operations.return_deposit import return_deposit
from settlement.operations.screen_deposits import screen_deposits
from settlement.operations.take_in_arrivals import take_in_arrivals
from tests.settlement.deposits.arriving import (
    NAMED,
    OFFICER,
    REASON,
    UNNAMED,
    Arriving,
    all_holds,
    attribute,
    kinds,
    limit_rail,
)

pytestmark = pytest.mark.django_db


def release(arriving: Arriving, deposit: Deposit) -> tuple[str, str]:
    done = release_deposit(deposit_id=deposit.pk, reason=REASON, actor=OFFICER, at=arriving.at)
    return done.status, done.review_reason


def refused(operation: object, **terms: object) -> str:
    with pytest.raises(Refusal) as caught:
        operation(actor=OFFICER, **terms)  # type: ignore[operator]
    return caught.value.code


def test_nobodys_waits_in_suspense_until_somebody_says_whose_it_is(arriving: Arriving) -> None:
    deposit = arriving.arrive("sim1qnobody")
    assert (deposit.status, deposit.review_reason, deposit.profile_id) == ("UNDER_REVIEW", "UNATTRIBUTED", None)
    assert arriving.balances() == {"CLIENT": 0, "SUSPENSE": Decimal("0.5"), "OMNIBUS": Decimal("-0.5")}
    assert arriving.difference() == 0
    all_holds()
    assert refused(release_deposit, deposit_id=deposit.pk, reason=REASON, at=arriving.at) == "DEPOSIT_UNATTRIBUTED"

    alder, birch = arriving.world.client("Alder"), arriving.world.client("Birch")
    told = {"deposit_id": deposit.pk, "at": arriving.at}
    assert refused(attribute_deposit, profile_id=alder.profile_id, reason=" ", **told) == "REASON_MISSING"
    with pytest.raises(NotFound):
        attribute_deposit(profile_id=new_id(), reason=REASON, actor=OFFICER, **told)
    done = attribute(deposit, alder, at=arriving.at)
    asked = ApprovalRequest.objects.get(action="DEPOSIT_ATTRIBUTION")
    # What has no price is never taken for little.
    assert (asked.value, len(asked.approvers)) == (None, 2)
    assert (done.status, done.credited_by) == ("CREDITED", asked.approvers[-1])
    again = attribute_deposit(profile_id=alder.profile_id, reason=REASON, actor=OFFICER, **told)
    assert again.result == {"deposit_id": str(deposit.pk), "status": "CREDITED"}
    assert refused(attribute_deposit, profile_id=birch.profile_id, reason=REASON, **told) == "DEPOSIT_ATTRIBUTED"
    assert kinds(deposit) == ["DEPOSIT_RECEIVED", "DEPOSIT_RELEASED"]
    assert arriving.world.balance(alder, "BTC") == (Decimal("0.5"), 0)
    all_holds()


@pytest.mark.parametrize("text", ["", "thanks", "RF00NOSUCH"])
def test_a_bank_line_that_quotes_nobody_is_nobodys(arriving: Arriving, text: str) -> None:
    arriving.address(arriving.world.client("Alder"), arriving.wire)
    arriving.pay(text)
    arriving.sweep()
    assert arriving.deposit("WIRE-1").review_reason == "UNATTRIBUTED"
    all_holds()


def test_between_two_clients_nobody_chooses(arriving: Arriving) -> None:
    both = [arriving.address(arriving.world.client(name), arriving.wire) for name in ("Alder", "Birch")]
    arriving.pay(" and ".join(both))
    arriving.sweep()
    assert arriving.deposit("WIRE-1").review_reason == "UNATTRIBUTED"


def test_a_wrong_character_is_nobodys_rather_than_somebody_elses(arriving: Arriving) -> None:
    quoted = arriving.address(arriving.world.client("Alder"), arriving.wire)
    arriving.pay(quoted[:-1] + ("0" if quoted[-1] != "0" else "1"))
    arriving.sweep()
    assert arriving.deposit("WIRE-1").review_reason == "UNATTRIBUTED"


def test_an_address_opened_after_it_was_seen_counts_when_it_is_final(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    place = arriving.chain.issue_address(asset="BTC", network="BITCOIN", profile_id=client.profile_id, number=1)
    arriving.send(place.address)
    arriving.sweep()
    assert arriving.deposit().profile_id is None
    assert arriving.address(client) == place.address
    arriving.mine(2)
    assert (arriving.deposit().status, arriving.deposit().profile_id) == ("CREDITED", client.profile_id)
    # That it was found is on the record: what is known now was not known when it was seen.
    acts = AuditEntry.objects.filter(object_id=str(arriving.deposit().pk)).order_by("id")
    assert [each.action.rpartition(".")[2] for each in acts] == ["detect", "attribute", "credit"]
    all_holds()


def test_nobodys_goes_back_like_any_other(arriving: Arriving) -> None:
    deposit = arriving.arrive("sim1qnobody")
    return_deposit(deposit_id=deposit.pk, reason=REASON, actor=OFFICER, at=arriving.at)
    complete_return(deposit_id=deposit.pk, return_reference="OUT-1", actor=OFFICER, at=arriving.at)
    arriving.custodian.receive(asset="BTC", amount=Decimal("-0.5"), reference="OUT-1", at=arriving.at)
    assert (arriving.deposit().status, arriving.deposit().profile_id) == ("RETURNED", None)
    assert arriving.difference() == 0
    all_holds()


def test_another_provider_says_who_sent_it_or_somebody_has_to(arriving: Arriving) -> None:
    arriving.price("60000")
    client = arriving.world.client("Alder")
    deposit = arriving.arrive(arriving.address(client), sender=UNNAMED)
    assert (deposit.review_reason, deposit.value, deposit.needs_information) == ("TRAVEL_RULE", 30000, True)
    assert refused(release_deposit, deposit_id=deposit.pk, reason=REASON, at=arriving.at) == "INFORMATION_MISSING"
    for details in (
        {},
        {"full_name": "Ada Lovelace"},
        {"address": "1 High St"},
        {"full_name": "A", "email": "a@b.org"},
    ):
        told = {"deposit_id": deposit.pk, "details": details, "at": arriving.at}
        assert refused(inform_deposit, **told) == "INFORMATION_INCOMPLETE"

    details = {"full_name": "Ada Lovelace", "address": "1 High Street, London"}
    done = inform_deposit(deposit_id=deposit.pk, details=details, actor=OFFICER, at=arriving.at)
    assert (done.status, done.review_reason, done.needs_information) == ("UNDER_REVIEW", "TRAVEL_RULE", False)
    # The newest counts, and proves itself anew.
    again = inform_deposit(
        deposit_id=deposit.pk,
        details={"full_name": "Ada Byron", "national_id": "GB-1815"},
        actor=OFFICER,
        at=arriving.at,
    )
    assert again.information_sha256 != done.information_sha256
    assert again.sender_subject_id is not None
    assert set(mask_details([again.sender_subject_id])[again.sender_subject_id]) == {"full_name", "national_id"}
    assert "Byron" not in str(list(AuditEntry.objects.values_list("changes", "reason")))

    # Who was named is screened before anybody has it.
    assert arriving.deposit().screening == "PENDING"
    assert screen_deposits(screener=arriving.screener, at=arriving.at) == 1
    assert release(arriving, deposit) == ("CREDITED", "TRAVEL_RULE")
    told = {"deposit_id": deposit.pk, "details": details, "at": arriving.at}
    assert refused(inform_deposit, **told) == "INFORMATION_NOT_ASKED"
    all_holds()


@pytest.mark.parametrize(
    ("sender", "price", "reason"),
    [
        (NAMED, "60000", ""),
        (UNNAMED, "60000", "TRAVEL_RULE"),
        (UNNAMED, "2000", "TRAVEL_RULE"),
        (UNNAMED, "1999.96", ""),
        # What has no price is never taken for little.
        (UNNAMED, "", "TRAVEL_RULE"),
        (Sender(account="bcrt1qown"), "60000", ""),
        (Sender(account="x", vasp="Other", details={"full_name": "Ada Lovelace"}), "60000", "TRAVEL_RULE"),
    ],
)
def test_the_travel_rule_asks_from_a_thousand_up_where_a_provider_sent_it(
    arriving: Arriving, sender: Sender, price: str, reason: str
) -> None:
    if price:
        arriving.price(price)
    deposit = arriving.arrive(arriving.address(arriving.world.client("Alder")), sender=sender)
    assert deposit.review_reason == reason


def test_what_the_vault_does_not_take_is_not_known_and_the_money_is_booked(arriving: Arriving) -> None:
    sender = Sender(account="x", vasp="Other", details={"full_name": "A" * 5000, "national_id": "7"})
    deposit = arriving.arrive(arriving.address(arriving.world.client("Alder")), sender=sender)
    assert (deposit.review_reason, deposit.sender_subject_id) == ("TRAVEL_RULE", None)


def test_a_hit_waits_for_compliance(arriving: Arriving) -> None:
    arriving.screener.list_address(NAMED.account)
    deposit = arriving.arrive(arriving.address(arriving.world.client("Alder")))
    assert (deposit.review_reason, deposit.screening) == ("SCREENING", "HIT")
    assert "list" in deposit.screening_words
    assert screen_deposits(screener=arriving.screener, at=arriving.at) == 0
    assert release(arriving, deposit) == ("CREDITED", "SCREENING")
    all_holds()


def test_a_screener_that_does_not_answer_lets_nothing_through(arriving: Arriving) -> None:
    arriving.send(arriving.address(arriving.world.client("Alder")))
    arriving.chain.mine(2, at=arriving.at)
    take_in_arrivals(gateway=arriving.chain, at=arriving.at, screener=NoScreener())
    deposit = arriving.deposit()
    assert (deposit.review_reason, deposit.screening) == ("SCREENING", "PENDING")
    assert screen_deposits(screener=NoScreener(), at=arriving.at) == 0
    # It answers later.
    assert screen_deposits(screener=arriving.screener, at=arriving.at) == 1
    deposit = arriving.deposit()
    assert (deposit.status, deposit.screening, deposit.credited_by) == ("CREDITED", "CLEAR", None)
    assert kinds(deposit) == ["DEPOSIT_RECEIVED", "DEPOSIT_RELEASED"]
    all_holds()


def test_clear_later_lifts_only_what_waits_for_it(arriving: Arriving) -> None:
    arriving.send("sim1qnobody")
    arriving.chain.mine(2, at=arriving.at)
    take_in_arrivals(gateway=arriving.chain, at=arriving.at, screener=NoScreener())
    assert screen_deposits(screener=arriving.screener, at=arriving.at) == 1
    assert (arriving.deposit().review_reason, arriving.deposit().screening) == ("UNATTRIBUTED", "CLEAR")


def test_every_reason_in_its_turn_and_none_twice(arriving: Arriving) -> None:
    """All five hold: each is lifted by whom it concerns, and only then is it the client's."""
    arriving.screener.list_address(UNNAMED.account)
    client = arriving.world.client("Alder")
    arriving.control(client, "SELL_ONLY")
    deposit = arriving.arrive("sim1qnobody", "0.0001", sender=UNNAMED)
    assert deposit.review_reason == "UNATTRIBUTED"
    attribute(deposit, client, at=arriving.at)
    assert arriving.deposit().review_reason == "TRAVEL_RULE"
    all_holds()
    inform_deposit(deposit_id=deposit.pk, details=NAMED.details, actor=OFFICER, at=arriving.at)
    assert release(arriving, deposit) == ("UNDER_REVIEW", "SCREENING")
    assert release(arriving, deposit) == ("UNDER_REVIEW", "PERMISSION")
    assert release(arriving, deposit) == ("UNDER_REVIEW", "BELOW_MINIMUM")
    assert arriving.balances()["CLIENT"] == 0
    all_holds()
    assert release(arriving, deposit) == ("CREDITED", "BELOW_MINIMUM")
    assert kinds(deposit) == ["DEPOSIT_RECEIVED", "DEPOSIT_RELEASED"]
    # Its client heard that it is there, that it was asked, and that it has it; not what else was looked at.
    heard = OutboxMessage.objects.filter(entity_id=client.entity_id, topic__startswith="settlement.deposit.").order_by(
        "id"
    )
    assert [(each.topic.rpartition(".")[2], each.payload["needs_information"]) for each in heard] == [
        ("received", True),
        ("informed", False),
        ("credited", False),
    ]
    all_holds()


def test_a_later_reason_is_asked_for_as_things_are_then(arriving: Arriving) -> None:
    arriving.screener.list_address(NAMED.account)
    client = arriving.world.client("Alder")
    deposit = arriving.arrive(arriving.address(client))
    arriving.control(client, "DORMANT")
    limit_rail(arriving.bitcoin, min_deposit=Decimal(1))
    assert release(arriving, deposit) == ("UNDER_REVIEW", "PERMISSION")
    limit_rail(arriving.bitcoin, min_deposit=Decimal(0))
    assert release(arriving, deposit) == ("CREDITED", "PERMISSION")


def test_what_is_not_its_owners_to_receive_waits(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    address = arriving.address(client)
    arriving.control(client, "FROZEN")
    deposit = arriving.arrive(address)
    assert (deposit.status, deposit.review_reason) == ("UNDER_REVIEW", "PERMISSION")
    all_holds()
