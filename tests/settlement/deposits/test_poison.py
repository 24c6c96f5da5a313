"""A notice that is none: whatever a payer, a bank or a chain writes, it stops neither its feed nor another."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from structlog.testing import capture_logs

from settlement import tasks
from settlement.gateways.arrivals import Notice, Sender
from settlement.models import ArrivalCursor, ArrivalRefusal, Deposit
from settlement.operations.take_in_arrivals import take_in_arrivals
from tests.settlement.deposits.arriving import NAMED, Arriving, all_holds

pytestmark = pytest.mark.django_db


class Says:
    """A feed that says just these."""

    feed = "SAYS"

    def __init__(self, *notices: Notice) -> None:
        self.notices = notices

    def list_notices(self, *, after: int, limit: int) -> Sequence[Notice]:
        return [each for each in self.notices if each.position > after][:limit]

    def issue_address(self, **_: Any) -> Any:
        raise NotImplementedError


def say(arriving: Arriving, **wrong: Any) -> None:
    """One notice with what is wrong in it, and a sound one after it; both are read."""
    arriving.send(arriving.address(arriving.world.client("Alder")), final_after=1)
    arriving.chain.mine(2, at=arriving.at)
    sound = arriving.chain.list_notices(after=0, limit=10)[-1].arrival
    feed = Says(Notice(1, replace(sound, **{"reference": "BAD:0"} | wrong)), Notice(2, sound))
    assert take_in_arrivals(gateway=feed, at=arriving.at, screener=arriving.screener) == 2
    assert ArrivalCursor.objects.get(feed="SAYS").position == 2
    assert arriving.deposit().status == "CREDITED"
    all_holds()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"reference": "a\x00b"}, "REFERENCE_INVALID"),
        ({"reference": "a\ud800b"}, "REFERENCE_INVALID"),
        ({"asset": "B\x00C"}, "RAIL_UNKNOWN"),
        ({"network": "\udfff"}, "RAIL_UNKNOWN"),
        ({"amount": Decimal("1e20")}, "AMOUNT_TOO_LARGE"),
        ({"amount": Decimal("1e60")}, "AMOUNT_TOO_LARGE"),
        ({"amount": Decimal("1e1000000")}, "AMOUNT_TOO_LARGE"),
        ({"amount": Decimal("1." + "1" * 90)}, "SCALE_EXCEEDED"),
        ({"amount": Decimal("1e-1000000")}, "SCALE_EXCEEDED"),
        ({"amount": Decimal("sNaN")}, "AMOUNT_BELOW_MINIMUM"),
        ({"amount": "0.5"}, "NOTICE_INVALID"),
        ({"confirmations": -1}, "NOTICE_INVALID"),
        ({"confirmations": 2**31}, "NOTICE_INVALID"),
        ({"booked_at": datetime(2026, 3, 4, 12)}, "NOTICE_INVALID"),  # noqa: DTZ001 - that is what is wrong with it
        ({"memo": None}, "NOTICE_INVALID"),
        ({"value_date": "yesterday"}, "NOTICE_INVALID"),
    ],
)
def test_what_is_none_is_refused_on_the_record_and_the_next_is_read(
    arriving: Arriving, wrong: dict[str, Any], code: str
) -> None:
    say(arriving, **wrong)
    assert ArrivalRefusal.objects.get().code == code
    assert Deposit.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"memo": "a\x00b"},
        {"address": "sim1q\x00"},
        {"tx_hash": "\ud800"},
        {"sender": replace(NAMED, account="\x00")},
        {"sender": Sender(account="x", vasp="\ud800", details={"full_name": "A\x00", "national_id": "\ud800"})},
    ],
)
def test_what_a_payer_writes_keeps_no_money_out_of_the_books(arriving: Arriving, wrong: dict[str, Any]) -> None:
    say(arriving, **wrong)
    assert not ArrivalRefusal.objects.exists()
    assert arriving.deposit("BAD:0").final_at is not None


def test_what_is_worth_more_than_can_be_written_is_never_taken_for_little(arriving: Arriving) -> None:
    arriving.price("60000")
    say(arriving, amount=Decimal("1e18"), sender=Sender(account="x", vasp="Other"))
    deposit = arriving.deposit("BAD:0")
    assert deposit.review_reason == "TRAVEL_RULE"
    assert deposit.value is None


def test_a_feed_that_breaks_stops_no_other(arriving: Arriving, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Says):
        def list_notices(self, *, after: int, limit: int) -> Sequence[Notice]:
            raise KeyError("position")

    arriving.send(arriving.address(arriving.world.client("Alder")))
    feeds = {("BROKEN", "BANK"): Broken(), ("SIMULATOR", "CHAIN"): arriving.chain}
    monkeypatch.setattr(tasks, "installed_feeds", lambda: feeds)
    with capture_logs() as logs:
        assert tasks.take_in_arrivals() == 1
    assert [each["feed"] for each in logs if each["log_level"] == "error"] == ["SAYS"]
    assert arriving.deposit().status == "DETECTED"
