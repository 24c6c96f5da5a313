"""What a feed says twice, or says that cannot be: booked once, or refused on the record; and the feed is read on."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.conf import settings
from psycopg.conninfo import make_conninfo

from accounts.gateways.key_store import KeyStore, installed_keys
from core.domain.refusals import Refusal
from core.models import AuditEntry
from settlement.gateways.arrivals import Arrival
from settlement.models import ArrivalRefusal, Deposit
from settlement.operations.receive_deposit import Screening, receive_deposit
from settlement.operations.take_in_arrivals import take_in_arrivals
from tests.settlement.deposits.arriving import Arriving, all_holds, kinds

pytestmark = pytest.mark.django_db
CLEAR = Screening("CLEAR")


def final(arriving: Arriving) -> Arrival:
    """The newest notice of a payment that is final."""
    arriving.send(arriving.address(arriving.world.client("Alder")), final_after=1)
    arriving.chain.mine(2, at=arriving.at)
    return arriving.chain.list_notices(after=0, limit=10)[-1].arrival


def test_said_twice_it_is_booked_once(arriving: Arriving) -> None:
    arriving.send(arriving.address(arriving.world.client("Alder")))
    arriving.mine(3)
    arriving.chain.repeat("TX-1:0", "TX-1:0")
    assert arriving.sweep() == 2
    assert kinds(arriving.deposit()) == ["DEPOSIT"]
    assert arriving.balances()["OMNIBUS"] == Decimal("-0.5")
    assert not ArrivalRefusal.objects.exists()


@pytest.mark.parametrize("is_booked", [True, False])
def test_another_amount_under_the_same_reference_is_refused_on_the_record(arriving: Arriving, is_booked: bool) -> None:
    arriving.pay("nobody", booked=is_booked)
    arriving.sweep()
    arriving.pay("nobody", "251.00")
    arriving.pay("nobody", reference="WIRE-2")
    arriving.sweep()
    refusal = ArrivalRefusal.objects.get()
    assert (refusal.code, refusal.amount, refusal.reference) == ("CLIENT_REFERENCE_REUSED", "251", "WIRE-1")
    assert refusal.deposit == arriving.deposit("WIRE-1")
    entry = AuditEntry.objects.get(action="settlement.arrival.refuse")
    assert {"field": "amount", "before": None, "after": "251 USD:WIRE"} in entry.changes
    # The next one was read all the same, and what is there is what came.
    assert arriving.deposit("WIRE-2").status == "UNDER_REVIEW"
    assert arriving.deposit("WIRE-1").amount == 250
    assert arriving.difference("USD") == 0
    all_holds()


def test_what_cannot_be_is_refused_and_the_next_is_read(arriving: Arriving) -> None:
    sound = final(arriving)
    for wrong, code in (
        (replace(sound, network="LIGHTNING"), "RAIL_UNKNOWN"),
        (replace(sound, asset="DOGE"), "RAIL_UNKNOWN"),
        (replace(sound, reference="a b"), "REFERENCE_INVALID"),
        (replace(sound, reference="x" * 65), "REFERENCE_INVALID"),
        (replace(sound, gone_reference="a b"), "REFERENCE_INVALID"),
        (replace(sound, amount=Decimal(0)), "AMOUNT_BELOW_MINIMUM"),
        (replace(sound, amount=Decimal("-1")), "AMOUNT_BELOW_MINIMUM"),
        (replace(sound, amount=Decimal("NaN")), "AMOUNT_BELOW_MINIMUM"),
        (replace(sound, amount=Decimal("0.123456789")), "SCALE_EXCEEDED"),
        (replace(sound, amount=Decimal("1e20")), "AMOUNT_TOO_LARGE"),
        (replace(sound, confirmations=-1), "NOTICE_INVALID"),
    ):
        with pytest.raises(Refusal) as caught:
            receive_deposit(arrival=wrong, at=arriving.at, screening=CLEAR)
        assert caught.value.code == code
    assert not Deposit.objects.exists()
    assert receive_deposit(arrival=sound, at=arriving.at, screening=CLEAR) == arriving.deposit().pk


def test_a_feed_of_a_rail_we_do_not_have_is_read_to_its_end(arriving: Arriving) -> None:
    arriving.chain.send(
        asset="BTC", network="LIGHTNING", address="x", amount=Decimal(1), reference="LN-1", at=arriving.at
    )
    arriving.send(arriving.address(arriving.world.client("Alder")))
    assert arriving.sweep() == 2
    assert ArrivalRefusal.objects.get().code == "RAIL_UNKNOWN"
    assert arriving.deposit().status == "DETECTED"


def test_while_the_vault_has_no_keys_the_feed_waits(arriving: Arriving, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender's name is never dropped for want of a key: the notice is read again when the keys are back."""
    arriving.pay("nobody")
    nobody = KeyStore(make_conninfo(settings.KEYS_DATABASE, dbname="nowhere"), installed_keys()._ring)
    with monkeypatch.context() as patched:
        patched.setattr("accounts.operations.keep_details.installed_keys", lambda: nobody)
        # The advice is read, the line is not.
        assert take_in_arrivals(gateway=arriving.bank, at=arriving.at, screener=arriving.screener) == 1
    assert (arriving.deposit("WIRE-1").status, ArrivalRefusal.objects.count()) == ("DETECTED", 0)
    arriving.sweep()
    assert arriving.deposit("WIRE-1").sender_subject_id is not None
    all_holds()


def test_a_gateway_that_is_away_is_asked_again(arriving: Arriving) -> None:
    class Away:
        feed = "AWAY"

        def list_notices(self, *, after: int, limit: int) -> list[object]:
            raise ConnectionError("no route")

    with pytest.raises(ConnectionError):
        take_in_arrivals(gateway=Away(), at=arriving.at, screener=arriving.screener)  # type: ignore[arg-type]
