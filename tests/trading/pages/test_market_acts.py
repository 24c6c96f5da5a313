"""What a person does with a market from its page: the safe direction at once, the other asked for."""

import html
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import ApprovalRequest
from tests.desk import a_person, signed_in
from tests.four_eyes import approve
from tests.trading.pages.conftest import Desk
from trading.models import Instruction, Market, Order

pytestmark = pytest.mark.django_db


def act(role: str, what: str = "phase", **said: str) -> Any:
    client = signed_in(a_person(role, role=role))
    return client.post(reverse(f"ops:market-{what}", args=["BTC-USD"]), {"reason": "Odd prices"} | said)


def shown(role: str) -> str:
    answer = signed_in(a_person(role, role=role)).get(reverse("ops:market", args=["BTC-USD"]))
    return html.unescape(answer.content.decode())


@pytest.mark.parametrize("role", ["OPERATIONS", "DESK", "SUPERVISOR", "COMPLIANCE"])
def test_one_person_halts_at_once(desk: Desk, role: str) -> None:
    assert act(role, phase="HALTED").status_code == 302
    instruction = Instruction.objects.latest("id")
    assert (instruction.kind, instruction.payload["phase"]) == ("CHANGE_PHASE", "HALTED")
    assert not ApprovalRequest.objects.filter(action="MARKET_RESUME").exists()


def test_the_page_first_says_what_halting_stops(desk: Desk) -> None:
    desk.every_state()
    resting = Order.objects.filter(status="OPEN").count()
    assert resting > 1
    assert f"{resting} resting orders stop trading, no new ones are taken" in shown("DESK")
    assert "Halt BTC-USD" not in shown("VIEWER")
    assert "Ask for a reference price" not in shown("OPERATIONS")


def test_resuming_is_asked_for_and_the_page_says_so_until_it_is_decided(desk: Desk) -> None:
    Market.objects.update(phase="CANCEL_ONLY")
    assert act("OPERATIONS", phase="AUCTION").status_code == 404
    assert act("DESK", phase="AUCTION").status_code == 302
    request = ApprovalRequest.objects.get(action="MARKET_RESUME")
    assert "BTC-USD goes to AUCTION is asked for: 0 of 1" in shown("VIEWER")
    assert "BTC-USD goes to AUCTION</a> is asked for: 0 of 1" in shown("SUPERVISOR")
    again = act("DESK", phase="AUCTION")
    assert again.status_code == 409
    assert "APPROVAL_ALREADY_PENDING" in again.content.decode()
    before = Instruction.objects.count()
    approve(request.pk)
    assert Instruction.objects.count() == before + 1
    assert "is asked for" not in shown("VIEWER")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"price": "60000.25"}, "PRICE_OFF_TICK"),
        ({"price": "1e5"}, "NUMBER_INVALID"),
        ({"price": "60000", "reason": " "}, "REASON_MISSING"),
    ],
)
def test_a_reference_price_that_is_none_is_refused_with_what_was_typed(
    desk: Desk, said: dict[str, str], code: str
) -> None:
    answer = act("DESK", "reference", **said)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert code in page
    assert f'value="{said["price"]}"' in page


def test_a_reference_price_is_asked_for(desk: Desk) -> None:
    assert act("SUPERVISOR", "reference", price="61000").status_code == 404
    assert act("DESK", "reference", price="61000").status_code == 302
    request = ApprovalRequest.objects.filter(action="REFERENCE_PRICE").latest("id")
    assert request.status == "PENDING"
    assert request.payload["ticks"] == "122000"
