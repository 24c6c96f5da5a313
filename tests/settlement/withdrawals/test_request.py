"""A client asks for a withdrawal: what it costs, what it holds, and what is refused."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.domain.refusals import NotFound, Refusal
from core.models import AuditEntry, OutboxMessage
from settlement.models import Destination, Withdrawal
from settlement.operations.open_rail import set_withdrawal_fee
from settlement.operations.remove_destination import remove_destination
from tests.settlement.withdrawals.paying import Paying, all_holds


def refused(code: str, work) -> Refusal:
    with pytest.raises(Refusal) as caught:
        work()
    assert caught.value.code == code, caught.value
    return caught.value


def test_gross_is_held_from_the_request_on(paying: Paying) -> None:
    client = paying.client()
    withdrawal = paying.ask(client, "100.00")
    amounts = (withdrawal.net_amount, withdrawal.fee_amount, withdrawal.gross_amount, withdrawal.held)
    assert amounts == (100, 15, 115, 115)
    assert (withdrawal.status, withdrawal.screening, withdrawal.value) == ("IN_REVIEW", "PENDING", 115)
    assert paying.world.balance(client, "USD") == (1000, 115)
    assert AuditEntry.objects.get(object_id=str(withdrawal.pk)).action == "settlement.withdrawal.request"
    assert OutboxMessage.objects.filter(topic="settlement.withdrawal.in_review", subject_id=withdrawal.pk).count() == 1
    all_holds()


def test_gross_is_what_it_costs_in_all(paying: Paying) -> None:
    withdrawal = paying.ask(paying.client(), "100.00", kind="GROSS")
    assert (withdrawal.net_amount, withdrawal.gross_amount) == (85, 100)


def test_the_same_again_is_the_same_and_holds_nothing_more(paying: Paying) -> None:
    client = paying.client()
    first = paying.ask(client, "100.00")
    assert paying.ask(client, "100.00").pk == first.pk
    assert paying.world.balance(client, "USD") == (1000, 115)


def test_other_terms_under_the_same_reference_are_refused_with_the_difference(paying: Paying) -> None:
    client = paying.client()
    first = paying.ask(client, "100.00")
    refusal = refused("CLIENT_REFERENCE_REUSED", lambda: paying.ask(client, "100.01"))
    assert refusal.meta["withdrawal_id"] == str(first.pk)
    assert refusal.meta["differences"] == [{"pointer": "/amount", "stored": "100", "sent": "100.01"}]


def test_a_fee_that_changed_is_told_and_the_fee_in_force_is_taken(paying: Paying) -> None:
    client = paying.client()
    paying.terms(at=paying.at, fee=Decimal("20.00"))
    assert refused("FEE_CHANGED", lambda: paying.ask(client, "100.00", fee="15.00")).meta == {"fee": "20"}
    assert paying.ask(client, "100.00", fee="20.00").fee_amount == 20


@pytest.mark.parametrize(
    ("amount", "kind", "code"),
    [
        ("9.99", "NET", "AMOUNT_BELOW_MINIMUM"),
        ("24.99", "GROSS", "AMOUNT_BELOW_MINIMUM"),
        ("15.00", "GROSS", "AMOUNT_BELOW_MINIMUM"),
        ("100.001", "NET", "AMOUNT_NOT_PAYABLE"),
        ("985.01", "NET", "INSUFFICIENT_AVAILABLE"),
    ],
)
def test_what_cannot_be_paid_is_refused(paying: Paying, amount: str, kind: str, code: str) -> None:
    client = paying.client()
    refused(code, lambda: paying.ask(client, amount, kind=kind))
    assert paying.world.balance(client, "USD") == (1000, 0)
    assert not Withdrawal.objects.exists()


def test_what_is_missing_is_told_with_what_holds_the_rest(paying: Paying) -> None:
    client = paying.client()
    paying.ask(client, "500.00")
    meta = refused("INSUFFICIENT_AVAILABLE", lambda: paying.ask(client, "500.00", "W-2")).meta
    assert (meta["available"], meta["needed"]) == ("485.000000", "515.000000")
    assert meta["held_by"] == {"orders": "0.000000", "withdrawals": "515.000000"}


def test_a_new_address_waits_a_day(paying: Paying) -> None:
    client = paying.client()
    fresh = paying.destination(client, at=paying.at - timedelta(hours=23, minutes=59))
    refused("DESTINATION_NOT_ACTIVE", lambda: paying.ask(client, "100.00", destination_id=fresh))
    paying.at += timedelta(minutes=1)
    assert paying.ask(client, "100.00", destination_id=fresh).destination_id == fresh


def test_nothing_new_goes_where_the_book_says_so_no_longer(paying: Paying) -> None:
    client = paying.client()
    gone = paying.destination(client)
    remove_destination(destination_id=gone, entity_id=client.entity_id, actor=paying.actor(client), at=paying.at)
    refused("DESTINATION_NOT_ACTIVE", lambda: paying.ask(client, "100.00", destination_id=gone))
    again = paying.destination(client)
    assert Destination.objects.get(pk=again).status == "PENDING"


def test_anothers_destination_is_none(paying: Paying) -> None:
    alder, birch = paying.client("Alder"), paying.client("Birch")
    theirs = paying.destination(birch)
    with pytest.raises(NotFound):
        paying.ask(alder, "100.00", destination_id=theirs)


def test_who_may_not_withdraw_does_not(paying: Paying) -> None:
    client = paying.client()
    paying.control(client, "FROZEN")
    meta = refused("ACTION_NOT_PERMITTED", lambda: paying.ask(client, "100.00")).meta
    assert meta["blocked_by"][0]["cause"] == "FROZEN"


def test_whom_compliance_looks_at_is_reviewed(paying: Paying) -> None:
    client = paying.client()
    paying.control(client, "SELL_ONLY")
    assert paying.ask(client, "100.00").needs_review


def test_what_has_no_price_is_not_let_out(paying: Paying) -> None:
    from settlement.operations.open_rail import RailTerms, open_rail

    client = paying.world.client("Cedar", BTC="1")
    rail = open_rail(
        omnibus_id=paying.world.omnibus["BTC"],
        terms=RailTerms(network="BITCOIN", gateway="SIMULATOR"),
        at=paying.at,
    )
    set_withdrawal_fee(rail_id=rail, fee=Decimal("0.0001"), at=paying.at)
    destination = Destination.objects.get(pk=paying.destination(client))
    destination.pk, destination.rail_id, destination.address = None, rail, "bc1qexample"
    Destination.objects.bulk_create(
        [
            Destination(
                **{
                    field.attname: getattr(destination, field.attname)
                    for field in Destination._meta.fields
                    if field.attname not in {"id", "created_at", "updated_at"}
                }
            )
        ]
    )
    chain = Destination.objects.get(address="bc1qexample")
    refused("PRICE_MISSING", lambda: paying.ask(client, "0.5", destination_id=chain.pk))


def test_limits_are_measured_over_the_entity_and_say_what_is_used(paying: Paying) -> None:
    client = paying.client()
    paying.limit("500")
    paying.ask(client, "300.00")
    meta = refused("WITHDRAWAL_LIMIT_EXCEEDED", lambda: paying.ask(client, "200.00", "W-2")).meta
    assert meta == {"scope": "ENTITY", "window": "ROLLING_24H", "limit": "500", "used": "315", "asked": "215"}
    paying.at += timedelta(hours=24)
    assert paying.ask(client, "200.00", "W-2")


def test_an_entitys_own_limit_takes_the_place_of_the_default_and_a_profiles_binds_beside_it(paying: Paying) -> None:
    client = paying.client()
    paying.limit("100")
    paying.limit("900", scope="ENTITY", of=client.entity_id)
    paying.limit("50", "PER_TRANSFER", scope="PROFILE", of=client.profile_id)
    meta = refused("WITHDRAWAL_LIMIT_EXCEEDED", lambda: paying.ask(client, "200.00")).meta
    assert (meta["scope"], meta["window"]) == ("PROFILE", "PER_TRANSFER")
