"""POST and GET /v1/quotes, GET /v1/quotes/{id}, POST /v1/quotes/{id}/execute, GET /v1/quote-executions"""

import json
from typing import Any

import pytest

from accounts.operations.issue_token import issue_token
from core import clock
from tests.keys import a_key
from tests.people import Api, problem
from tests.trading.quotes.dealing import Dealing
from tests.world import Client

pytestmark = pytest.mark.django_db
SCOPES = ["quotes:read", "quotes:write"]


def api_of(client: Client) -> Api:
    key = a_key(client.entity_id, SCOPES, label="Quotes", at=clock.now())
    return Api(issue_token(credential_id=key.credential_id, scopes=SCOPES, at=clock.now()).access_token)


def body(answer: Any) -> Any:
    return json.loads(answer.content)


def test_a_quote_from_the_asking_to_the_list() -> None:
    dealing = Dealing().open()
    client = dealing.world.client("Birch", USD="100000.00")
    api, wish = api_of(client), {"profile_id": str(client.profile_id), "market": "BTC-USD", "side": "BUY"}
    asked = api.post("/quotes", wish | {"quote_amount": "1000.00"})
    assert asked.status_code == 201, asked.content
    quote = body(asked)
    assert (asked["Location"], asked["ETag"]) == (f"/v1/quotes/{quote['id']}", '"1"')
    assert {name: quote[name] for name in ("price", "base_amount", "quote_amount", "named", "status", "market")} == {
        "price": "60120.00", "base_amount": "0.01663339", "quote_amount": "1000.000000", "named": "QUOTE",
        "status": "ACTIVE", "market": "BTC-USD",
    }  # fmt: skip
    # Where the price comes from and what the house keeps of it is its own affair.
    assert not {"raw_price", "spread_bp", "terms_id"} & set(quote)
    assert body(api.get(f"/quotes/{quote['id']}")) == quote

    taken = api.post(f"/quotes/{quote['id']}/execute", {"client_reference": "take-1"})
    assert taken.status_code == 201, taken.content
    execution = body(taken)
    assert (execution["quote_id"], execution["price"], execution["side"]) == (quote["id"], "60120.00", "BUY")
    again = api.post(f"/quotes/{quote['id']}/execute", {"client_reference": "take-1"})
    assert (again.status_code, again["Idempotent-Replayed"], again.content) == (200, "true", taken.content)
    other = api.post(f"/quotes/{quote['id']}/execute", {"client_reference": "take-2"})
    assert problem(other, 409, "QUOTE_ALREADY_EXECUTED")["meta"] == {"execution_id": execution["id"]}

    assert body(api.get(f"/quotes/{quote['id']}"))["status"] == "EXECUTED"
    assert [each["id"] for each in body(api.get("/quotes?status=EXECUTED"))["items"]] == [quote["id"]]
    assert body(api.get("/quotes?side=SELL"))["items"] == []
    assert body(api.get("/quote-executions?client_reference=take-1"))["items"] == [execution]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"base_amount": "0.1", "quote_amount": "1.00"}, 422, "TERMS_NOT_ALLOWED"),
        ({}, 422, "TERMS_NOT_ALLOWED"),
        ({"base_amount": "0.1", "side": "HOLD"}, 400, "REQUEST_INVALID"),
        ({"base_amount": 0.1}, 400, "REQUEST_INVALID"),
        ({"base_amount": "0.1", "price": "1.00"}, 400, "REQUEST_INVALID"),
        ({"base_amount": "0.1", "market": "ETH-USD"}, 404, "NOT_FOUND"),
        ({"base_amount": "50"}, 422, "QUOTE_NOT_FILLABLE"),
    ],
)
def test_what_is_no_wish_for_a_quote(change: dict[str, Any], status: int, code: str) -> None:
    dealing = Dealing().open()
    client = dealing.world.client("Birch", USD="100000.00")
    wish = {"profile_id": str(client.profile_id), "market": "BTC-USD", "side": "BUY"} | change
    problem(api_of(client).post("/quotes", wish), status, code)
