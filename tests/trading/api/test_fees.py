"""/v1/fees, /v1/firm/fee-schedules and /v1/firm/fee-assignments"""

import pytest

from tests.accounts.api.asking import body, key, the_firm
from tests.four_eyes import approve
from tests.people import Api, problem
from tests.trading.api.conftest import Desk
from tests.world import World

pytestmark = pytest.mark.django_db
TIERS = [
    {"from_volume": "0", "maker_rate": "0.0005", "taker_rate": "0.0015"},
    {"from_volume": "10000.00", "maker_rate": "-0.0001", "taker_rate": "0.001"},
]
WISH = {"name": "Standard", "fee_scale": 2, "tiers": TIERS, "replaces": 1, "reason": "A new price list."}


@pytest.fixture
def firm(world: World) -> Api:
    return the_firm("firm:reference")


def ask(firm: Api, sent_as: str = "k-1", **changes: object):
    return firm.post("/firm/fee-schedules", WISH | changes, **key(sent_as))


def test_a_schedule_is_asked_for_approved_listed_and_paid(firm: Api, ann: Desk) -> None:
    answer = ask(firm)
    asked = body(answer, 202)
    assert answer["Location"] == f"/v1/approvals/{asked['id']}"
    assert ask(firm)["Idempotent-Replayed"] == "true"
    problem(ask(firm, "k-2"), 409, "APPROVAL_ALREADY_PENDING")
    approve(asked["id"])

    newest, first = body(firm.get("/firm/fee-schedules"))["items"]
    assert (first["schedule_version"], newest["schedule_version"], newest["approval_id"]) == (1, 2, asked["id"])
    assert newest["tiers"][1] == {"from_volume": "10000.00", "maker_rate": "-0.000100", "taker_rate": "0.001000"}
    (fee,) = body(ann.api.get(f"/fees?profile_id={ann.profile_id}"))["items"]
    assert (fee["market"], fee["schedule"], fee["maker_rate"], fee["taker_rate"]) == (
        "BTC-USD", "Standard", "0.000500", "0.001500",
    )  # fmt: skip
    assert (fee["volume_30d"], fee["next_volume"], fee["next_maker_rate"]) == ("0.00", "10000.00", "-0.000100")
    assert body(ann.api.post("/orders", ann.body()), 201)["taker_rate"] == "0.001500"


def test_a_client_is_given_a_schedule_of_its_own(firm: Api, ann: Desk, bob: Desk) -> None:
    approve(body(ask(firm, "k-9", name="Friends", replaces=0), 202)["id"])
    wish = {"profile_id": str(ann.profile_id), "schedule": "Friends", "reason": "It trades a lot."}
    approve(body(firm.post("/firm/fee-assignments", wish, **key("k-2")), 202)["id"])

    (assignment,) = body(firm.get("/firm/fee-assignments"))["items"]
    assert (assignment["profile_id"], assignment["schedule_name"]) == (str(ann.profile_id), "Friends")
    seen = [body(each.api.get(f"/fees?profile_id={each.profile_id}&market=BTC-USD"))["items"][0] for each in (ann, bob)]
    assert [fee["schedule"] for fee in seen] == ["Friends", "Standard"]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"tiers": []}, 400, "REQUEST_INVALID"),
        ({"tiers": [{"from_volume": "0"}]}, 400, "REQUEST_INVALID"),
        ({"tiers": [TIERS[0] | {"taker_rate": 0.001}]}, 400, "REQUEST_INVALID"),
        ({"fee_scale": True}, 400, "REQUEST_INVALID"),
        ({"fee_scale": 13}, 400, "REQUEST_INVALID"),
        ({"replaces": -1}, 400, "REQUEST_INVALID"),
        ({"colour": "red"}, 400, "REQUEST_INVALID"),
        ({"tiers": TIERS[1:]}, 422, "FEES_INVALID"),
        ({"replaces": 7}, 409, "STATE_CHANGED"),
        ({"in_force_from": "2026-03-02T10:01:00.000000Z"}, 409, "IN_FORCE_ALREADY"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(firm: Api, changes: dict[str, object], status: int, code: str) -> None:
    problem(ask(firm, **changes), status, code)


def test_an_assignment_that_cannot_be_is_refused(firm: Api, ann: Desk) -> None:
    def asked(name: str, **wish: object):
        return firm.post("/firm/fee-assignments", {"reason": "Wanted."} | wish, **key(name))

    problem(asked("k-1", schedule="Standard"), 422, "FEES_INVALID")
    problem(asked("k-2", profile_id=str(ann.profile_id), schedule="Nobody's"), 422, "FEES_INVALID")
    problem(asked("k-3", profile_id=str(ann.client.entity_id), schedule="Standard"), 404, "NOT_FOUND")
    problem(asked("k-4", profile_id=str(ann.profile_id)), 422, "NOTHING_CHANGES")


def test_fees_are_asked_for_a_profile_of_ones_own(firm: Api, ann: Desk, bob: Desk) -> None:
    problem(ann.api.get("/fees"), 400, "REQUEST_INVALID")
    problem(ann.api.get("/fees?profile_id=x"), 400, "REQUEST_INVALID")
    problem(ann.api.get(f"/fees?profile_id={ann.profile_id}&colour=red"), 400, "REQUEST_INVALID")
    problem(ann.api.get(f"/fees?profile_id={bob.profile_id}"), 404, "NOT_FOUND")
    problem(ann.api.get(f"/fees?profile_id={ann.profile_id}&market=ETH-USD"), 404, "NOT_FOUND")
