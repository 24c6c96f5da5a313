"""GET /v1/assets and /v1/assets/{code}: open to everybody"""

import json

import pytest

from tests.people import Api, problem

pytestmark = pytest.mark.django_db

ANYBODY = Api(None)


def read(path):
    answer = ANYBODY.get(path)
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


def test_assets(world):
    usd = read("/assets/USD")
    assert list(usd) == [
        "code",
        "name",
        "kind",
        "scale",
        "payment_scale",
        "status",
        "version",
        "created_at",
        "updated_at",
    ]
    assert (usd["kind"], usd["scale"], usd["payment_scale"], usd["status"]) == ("FIAT", 6, 2, "ACTIVE")
    assert [item["code"] for item in read("/assets")["items"]] == ["BTC", "USD"]
    assert [item["code"] for item in read("/assets?kind=CRYPTO")["items"]] == ["BTC"]
    assert read("/assets?code=USD")["items"] == [usd]


@pytest.mark.parametrize("code", ["EUR", "usd", "%00", "a" * 65, "U%20D"])
def test_an_unknown_asset_is_not_found(world, code):
    problem(ANYBODY.get(f"/assets/{code}"), 404, "NOT_FOUND")


def test_what_no_filter_is(world):
    problem(ANYBODY.get("/assets?kind=MONEY"), 400, "FILTER_INVALID")
    problem(ANYBODY.get("/assets?code=a%00b"), 400, "FILTER_INVALID")
