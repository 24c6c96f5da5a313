"""/ops/fees: what is in force and what follows, what is proposed, and what other rates would have cost."""

from typing import Any

import pytest

from accounts.models import ApprovalRequest
from tests.desk import a_person, signed_in
from tests.four_eyes import approve
from tests.world import World

pytestmark = pytest.mark.django_db
SCHEDULE = {
    "name": "Standard", "fee_scale": "2", "tiers": "0 0.0005 0.0015\r\n10000 0 0.001\r\n", "in_force_from": "",
    "reason": "A new price list.", "replaces": "1",
}  # fmt: skip


@pytest.fixture
def world(db: None) -> World:
    return World()


def of(role: str) -> Any:
    return signed_in(a_person("Olive", role=role))


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def test_a_schedule_is_proposed_from_the_newest_and_stands_once_approved(world: World) -> None:
    browser = of("OPERATIONS")
    form = text(browser.get("/ops/fees"))
    assert 'name="replaces" value="1"' in form
    assert "0 0.001000 0.002000" in form
    answer = browser.post("/ops/fees/schedule", SCHEDULE)
    request = ApprovalRequest.objects.get(action="FEE_SCHEDULE")
    assert answer["Location"] == f"/ops/approvals/{request.pk}"
    assert "maker 0.0005, taker 0.0015" in text(browser.get(answer["Location"]))
    approve(request.pk)

    shown = text(browser.get("/ops/fees?schedule=Standard"))
    assert "<small>v2</small>" in shown
    assert "<small>v1</small>" not in shown
    assert 'name="replaces" value="2"' in shown


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"tiers": "0 0.001"}, 422, "Up to 20 lines of three numbers."),
        ({"tiers": "0 a b"}, 422, "Numbers are written 0.001."),
        ({"tiers": "5 0.001 0.002"}, 422, "Tiers begin at 0 and rise, each once."),
        ({"replaces": "4"}, 409, "drawn up from 4"),
        ({"in_force_from": "soon"}, 422, "A moment is written"),
        ({"in_force_from": "2020-01-01 09:00"}, 409, "Terms are in force from a moment to come."),
    ],
)
def test_what_cannot_be_comes_back_with_the_reason(
    world: World, changes: dict[str, str], status: int, words: str
) -> None:
    page = text(of("OPERATIONS").post("/ops/fees/schedule", SCHEDULE | changes), status)
    assert words in page
    assert "A new price list." in page
    assert not ApprovalRequest.objects.filter(action="FEE_SCHEDULE").exists()


def test_a_client_is_given_a_schedule(world: World) -> None:
    client, browser = world.client("Alder"), of("OPERATIONS")
    said = {"scope": "ENTITY", "whom": "Alder", "market": "BTC-USD", "schedule": "Standard", "reason": "Wanted."}
    assert "exactly one" in text(browser.post("/ops/fees/assignment", said | {"whom": "Nobody"}), 422)
    browser.post("/ops/fees/assignment", said)
    approve(ApprovalRequest.objects.get(action="FEE_ASSIGNMENT").pk)

    assert client.entity_id
    assert "Alder" in text(browser.get("/ops/fees"))


def test_other_rates_are_compared_with_what_was_paid(world: World) -> None:
    seller, buyer = world.client("Birch", BTC="1", USD="10.00"), world.client("Alder", USD="10000.00")
    world.place(seller, "s", "SELL", "0.1", "60000.00")
    world.place(buyer, "b", "BUY", "0.1", "60000.00")
    world.match()
    asked = {"what_if": "0 0 0.001", "digits": "2", "since": "2026-03-01", "until": "2026-03-02", "symbol": ""}

    page = text(of("SUPERVISOR").get("/ops/fees", asked))

    assert "Paid, and what it would have been" in page
    assert "Propose a schedule" not in page
    for words in ("Alder", "Birch", "BTC-USD"):
        assert words in page
    assert "Up to" in text(of("SUPERVISOR").get("/ops/fees", asked | {"what_if": "0 0"}), 422)
    assert "31 days" in text(of("SUPERVISOR").get("/ops/fees", asked | {"since": "2025-03-01"}), 422)
