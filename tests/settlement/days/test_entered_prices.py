"""A price that a person enters: asked for by one, decided by another, and then what amounts are valued by."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import ApprovalRequest
from core.clock import now
from core.domain.refusals import NotFound, Refusal
from core.models import AuditEntry
from core.operations.record_audit import Actor
from settlement.models import ValuationPrice
from settlement.operations.enter_valuation_price import PriceWish, enter_valuation_price
from settlement.queries.valuation import value_of
from tests.desk import a_person
from tests.four_eyes import approve
from tests.world import World

pytestmark = pytest.mark.django_db


def ask(asset: str = "BTC", price: str = "60000.50", **changes: Any) -> Any:
    at = now()
    terms = {"priced_at": at - timedelta(minutes=5), "reason": "Close of a public exchange."} | changes
    actor = Actor("PERSON", a_person("Olive Operator", "OPERATIONS").pk)
    return enter_valuation_price(wish=PriceWish(asset, Decimal(price), **terms), actor=actor, at=at)


def test_it_waits_for_another_person_and_then_values() -> None:
    world = World()
    with pytest.raises(Refusal, match="PRICE_MISSING"):
        value_of(world.btc.pk, Decimal(2), now())
    outcome = ask()
    assert outcome.is_pending and not ValuationPrice.objects.exists()
    request = ApprovalRequest.objects.get(pk=outcome.approval_id)
    assert (request.permission, request.approvals_required) == ("price.approve", 1)
    assert request.description["title"] == "One BTC was worth 60000.5 USD"

    approve(outcome.approval_id)
    price = ValuationPrice.objects.get()
    assert (price.source, price.price, price.currency) == ("OPERATOR", Decimal("60000.5"), "USD")
    assert value_of(world.btc.pk, Decimal(2), now()).value == Decimal("120001.00")
    entry = AuditEntry.objects.get(action="settlement.valuation_price.enter")
    assert entry.approval_id == outcome.approval_id


def test_the_next_one_says_what_it_replaces_and_an_instant_has_one_price() -> None:
    World()
    instant = now() - timedelta(hours=1)
    first = ask(priced_at=instant)
    approve(first.approval_id)
    same = ask(price="1.00", priced_at=instant)
    approve(same.approval_id)
    assert ApprovalRequest.objects.get(pk=same.approval_id).outcome_code == "STATE_CHANGED"
    later = ask(price="61000.00")
    changes = ApprovalRequest.objects.get(pk=later.approval_id).description["changes"]
    assert changes[0] == ["price", "60000.5", "61000"]


@pytest.mark.parametrize(
    "changes",
    [
        {"asset": "USD"},
        {"price": "0"},
        {"price": "-1"},
        {"price": "NaN"},
        {"price": "0.0000000000000000001"},
        {"priced_at": now() + timedelta(days=1)},
    ],
)
def test_what_is_no_price_is_refused(changes: dict[str, Any]) -> None:
    World()
    with pytest.raises(Refusal) as caught:
        ask(**changes)
    assert (caught.value.code, caught.value.status) == ("REQUEST_INVALID", 400)


def test_an_unknown_asset_and_silence_are_refused() -> None:
    World()
    with pytest.raises(NotFound):
        ask("DOGE")
    with pytest.raises(Refusal, match="REASON_MISSING"):
        ask(reason=" ")
