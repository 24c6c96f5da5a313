"""/v1/firm/limits: the firm's programs see limits and ask for others; people approve."""

from decimal import Decimal

import pytest

from settlement.models import WithdrawalLimit
from settlement.operations.open_rail import set_withdrawal_limit
from tests.accounts.api.asking import a_program, body, key, the_firm
from tests.four_eyes import approve
from tests.people import Api, problem
from tests.world import MONDAY

pytestmark = pytest.mark.django_db
SCOPE = "firm:reference"
WITHOUT = "019ab000-0000-7000-8000-00000000f00d"
WISH = {"scope": "DEFAULT", "window": "ROLLING_24H", "value": "250000.00", "reason": "A new bank."}


@pytest.fixture
def firm(db: None) -> Api:
    return the_firm(SCOPE)


def ask(firm: Api, name: str = "k-1", **changes):
    return firm.post("/firm/limits", {k: v for k, v in (WISH | changes).items() if v != ""}, **key(name))


def test_a_limit_is_asked_for_approved_and_listed(firm: Api) -> None:
    answer = ask(firm)
    asked = body(answer, 202)
    assert answer["Location"] == f"/v1/approvals/{asked['id']}"
    assert (asked["action"], asked["payload"]["value"]) == ("LIMIT_CHANGE", "250000")
    assert ask(firm)["Idempotent-Replayed"] == "true"
    problem(ask(firm, "k-2"), 409, "APPROVAL_ALREADY_PENDING")
    assert body(firm.get("/firm/limits"))["items"] == []
    approve(asked["id"])
    (limit,) = body(firm.get("/firm/limits?window=ROLLING_24H"))["items"]
    assert (limit["scope"], limit["scope_id"], limit["value"], limit["approval_id"]) == (
        "DEFAULT", None, "250000.00", asked["id"],
    )  # fmt: skip
    assert limit["id"] == asked["payload"]["limit_id"]


def test_a_limit_is_lifted_by_one_without_a_value(firm: Api) -> None:
    set_withdrawal_limit(scope="DEFAULT", scope_id=None, window="ROLLING_24H", value=Decimal(1), at=MONDAY)
    approve(body(ask(firm, value="NONE"), 202)["id"])
    assert [each["value"] for each in body(firm.get("/firm/limits"))["items"]] == [None, "1.00"]
    assert WithdrawalLimit.objects.count() == 2


def test_what_is_in_line_stays_or_falls_away_and_is_told(firm: Api) -> None:
    approve(body(ask(firm, in_force_from="2099-01-01T00:00:00.000000Z"), 202)["id"])
    (planned,) = body(firm.get("/firm/limits"))["items"]
    refused = problem(ask(firm, "k-2", value="5"), 409, "TERMS_IN_LINE")
    assert refused["meta"]["in_force_from"].startswith("2099-01-01T00:00:00")
    problem(ask(firm, "k-3", value="5", what_follows="STAYS", made_from=WITHOUT), 409, "STATE_CHANGED")
    asked = body(ask(firm, "k-4", value="5", what_follows="FALLS_AWAY", made_from=planned["id"]), 202)
    assert asked["payload"]["falls_away"] == [planned["id"]]
    approve(asked["id"])
    found = {each["id"]: each["superseded_at"] for each in body(firm.get("/firm/limits"))["items"]}
    assert (len(found), found[planned["id"]] is None) == (2, False)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"scope": "EVERYBODY"}, 400, "REQUEST_INVALID"),
        ({"value": None}, 400, "REQUEST_INVALID"),
        ({"value": "-1"}, 400, "REQUEST_INVALID"),
        ({"value": ""}, 400, "REQUEST_INVALID"),
        ({"reason": ""}, 400, "REQUEST_INVALID"),
        ({"colour": "red"}, 400, "REQUEST_INVALID"),
        ({"scope": "ENTITY"}, 422, "LIMIT_INVALID"),
        ({"scope": "ENTITY", "scope_id": "019ab000-0000-7000-8000-00000000f00d"}, 404, "NOT_FOUND"),
        ({"in_force_from": "2026-03-02T10:00:00Z"}, 409, "IN_FORCE_ALREADY"),
    ],
)
def test_what_is_no_limit_is_refused(firm: Api, changes, status: int, code: str) -> None:
    problem(ask(firm, **changes), status, code)


def test_it_is_for_the_firms_own_programs(db: None) -> None:
    for api in (a_program().api, the_firm("firm:funding")):
        problem(api.get("/firm/limits"), 403, "SCOPE_MISSING")
        problem(ask(api), 403, "SCOPE_MISSING")
