"""POST /v1/orders with everything that can be wrong about it: a 4xx problem with its code, and nothing stored."""

import json
from decimal import Decimal

import pytest

from core.ids import new_id
from settlement.models import LedgerAccount
from tests.people import Api, problem
from trading.models import Instruction, Market, Order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_is_stored(world, ann, bob):
    """Whatever a test here sends: no order, no instruction, nothing held, no balance moved."""

    def balances():
        return sorted(LedgerAccount.objects.values_list("code", "balance", "held"))

    before = balances()
    yield
    assert not Order.objects.exists()
    assert not Instruction.objects.exists()
    assert balances() == before


def invalid(answer, pointer, code):
    errors = problem(answer, 400, "REQUEST_INVALID")["errors"]
    assert [(error["pointer"], error["code"]) for error in errors] == [(pointer, code)], errors
    assert errors[0]["detail"]


NUMBERS = [
    "1e3",
    "1E3",
    "NaN",
    "nan",
    "sNaN",
    "Infinity",
    "-Infinity",
    "inf",
    "",
    " ",
    "1 ",
    " 1",
    "1\n",
    "+1",
    "-1",
    "-0",
    "01",
    "00",
    ".5",
    "1.",
    "1,5",
    "1_000",
    "1 000",
    "0x10",
    "\uff11",
    "\u0661",
    "\u00bd",
    "1" * 21,
    "0." + "1" * 19,
    "1.5.5",
    "null",
    "٠",
]


@pytest.mark.parametrize("name", ["base_amount", "limit_price", "stop_price"])
@pytest.mark.parametrize("text", NUMBERS)
def test_what_no_number_is(ann, name, text):
    invalid(ann.api.post("/orders", ann.body(**{name: text})), f"/{name}", "NUMBER_INVALID")


@pytest.mark.parametrize("name", ["base_amount", "limit_price"])
@pytest.mark.parametrize("value", [1, 0, True, ["1"], {"a": "1"}, 9_999_999_999_999_999])
def test_a_number_is_a_string(ann, name, value):
    invalid(ann.api.post("/orders", ann.body(**{name: value})), f"/{name}", "NUMBER_INVALID")


@pytest.mark.parametrize("literal", ["0.5", "5e-1", "1E400", "-0.0", "NaN", "Infinity", "-Infinity", "1" * 17])
@pytest.mark.parametrize("name", ["base_amount", "limit_price", "metadata", "market"])
def test_a_float_a_constant_or_a_long_number_is_refused_wherever_it_stands(ann, name, literal):
    body = json.dumps(ann.body(**{name: "@"})).replace('"@"', literal).encode()
    invalid(ann.api.request("POST", "/orders", body), f"/{name}", "NUMBER_INVALID")


def test_a_float_deep_inside_is_named_where_it_stands(ann):
    body = json.dumps(ann.body(metadata={"a/b~c": ["x", "@"]})).replace('"@"', "1.5").encode()
    invalid(ann.api.request("POST", "/orders", body), "/metadata/a~1b~0c/1", "NUMBER_INVALID")


def test_a_doubled_key_is_refused_even_with_the_same_value(ann):
    text = json.dumps(ann.body())
    for extra in ('"side":"BUY",', '"si\\u0064e":"SELL",'):
        body = ("{" + extra + text[1:]).encode()
        invalid(ann.api.request("POST", "/orders", body), "/side", "DUPLICATE_KEY")
    body = text.replace('"0.5"', '"0.5","metadata":{"a":"1","a":"2"}').encode()
    invalid(ann.api.request("POST", "/orders", body), "/metadata/a", "DUPLICATE_KEY")


@pytest.mark.parametrize(
    "name",
    [
        "id",
        "status",
        "held_amount",
        "filled_base_amount",
        "maker_rate",
        "fee_amount",
        "credential_id",
        "entity_id",
        "created_at",
        "version",
        "protection_price",
        "__proto__",
        "Side",
        "side ",
        "x" * 300,
        "😀",
    ],
)
def test_an_unknown_field_is_refused(ann, name):
    invalid(ann.api.post("/orders", ann.body(**{name: "1"})), f"/{name[:100]}", "UNKNOWN_FIELD")


@pytest.mark.parametrize("name", ["profile_id", "market", "client_order_id", "side", "type"])
def test_a_field_that_is_missing_or_null(ann, name):
    invalid(ann.api.post("/orders", ann.body(**{name: None})), f"/{name}", "FIELD_MISSING")
    body = ann.body()
    body[name] = None
    invalid(ann.api.post("/orders", body), f"/{name}", "FIELD_INVALID")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client_order_id", ""),
        ("client_order_id", "a b"),
        ("client_order_id", "a" * 65),
        ("client_order_id", "Ünï"),
        ("client_order_id", "a\n"),
        ("client_order_id", "a/b"),
        ("client_order_id", 7),
        ("profile_id", "abc"),
        ("profile_id", "0198C0DE-0000-7000-8000-000000000000"),
        ("profile_id", "{0198c0de-0000-7000-8000-000000000000}"),
        ("profile_id", 12),
        ("side", "buy"),
        ("side", "HOLD"),
        ("side", ["BUY"]),
        ("type", "STOP"),
        ("type", "limit"),
        ("time_in_force", "DAY"),
        ("time_in_force", "gtc"),
        ("self_trade_prevention", "NONE"),
        ("market", ""),
        ("market", "BTC/USD"),
        ("market", 1),
        ("metadata", "a"),
        ("metadata", []),
        ("metadata", {str(number): "x" for number in range(7)}),
        ("metadata", {"a": 1}),
        ("metadata", {"a": None}),
        ("metadata", {"a": "x" * 101}),
        ("metadata", {"a": "bell\x07"}),
        ("metadata", {"a": "turned \u202e round"}),
        ("metadata", {"a": "e\u0301"}),
        ("metadata", {"a b": "x"}),
        ("metadata", {"a": {"b": "c"}}),
    ],
)
def test_a_field_that_is_not_of_its_kind(ann, name, value):
    invalid(ann.api.post("/orders", ann.body(**{name: value})), f"/{name}", "FIELD_INVALID")


def test_every_wrong_field_is_named_at_once(ann):
    body = ann.body(side="UP", base_amount="1e3", colour="red")
    body["market"] = None
    errors = problem(ann.api.post("/orders", body), 400, "REQUEST_INVALID")["errors"]
    assert sorted((error["pointer"], error["code"]) for error in errors) == [
        ("/base_amount", "NUMBER_INVALID"),
        ("/colour", "UNKNOWN_FIELD"),
        ("/market", "FIELD_INVALID"),
        ("/side", "FIELD_INVALID"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{}}",
        b"{'a': 1}",
        b'{"a": undefined}',
        b'{"a": 1,}',
        b'{"a": "\x01"}',
        b'{"a": "\xff"}',
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b'{"a": "\\ud800"}',
        b'{"\\udc00": "a"}',
        b"[" * 21 + b"]" * 21,
        b'{"a":' * 21 + b"1" + b"}" * 21,
        b"[" * 30_000,
        b'{"a": "' + b"\\" * 1000,
        b"/* note */ {}",
        b"{} // note",
        b"\x00",
    ],
)
def test_what_is_not_json(ann, body):
    errors = problem(ann.api.request("POST", "/orders", body), 400, "REQUEST_INVALID")["errors"]
    assert [error["code"] for error in errors] == ["MALFORMED_JSON"]


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"null", b"true"])
def test_json_that_is_no_object(ann, body):
    invalid(ann.api.request("POST", "/orders", body), "", "FIELD_INVALID")


def test_nesting_is_counted_outside_texts(ann):
    text = json.dumps(ann.body(metadata={"a": "[" * 50 + "\"{{'"}))
    answer = ann.api.request("POST", "/orders", text.replace('"BTC-USD"', '"NO-SUCH"').encode())
    problem(answer, 404, "NOT_FOUND")


def test_a_body_is_at_most_64_kb_of_plain_json(ann):
    text = json.dumps(ann.body(side="UP"))
    fits = text + " " * (65_536 - len(text))
    invalid(ann.api.request("POST", "/orders", fits.encode()), "/side", "FIELD_INVALID")
    problem(ann.api.request("POST", "/orders", (fits + " ").encode()), 413, "BODY_TOO_LARGE")
    body = json.dumps(ann.body()).encode()
    for headers in (
        {"CONTENT_TYPE": "text/plain"},
        {"CONTENT_TYPE": "application/x-www-form-urlencoded"},
        {"CONTENT_TYPE": "application/json; charset=latin-1"},
        {"CONTENT_TYPE": ""},
        {"HTTP_CONTENT_ENCODING": "gzip"},
    ):
        problem(ann.api.request("POST", "/orders", body, **headers), 415, "MEDIA_TYPE_NOT_SUPPORTED")
    errors = problem(ann.api.request("POST", "/orders", body, CONTENT_LENGTH="5,5"), 400, "REQUEST_INVALID")["errors"]
    assert errors[0]["code"] == "MALFORMED_JSON"


def test_an_unknown_market_and_an_unknown_or_foreign_profile_are_not_found(ann, bob):
    problem(ann.api.post("/orders", ann.body(market="DOGE-USD")), 404, "NOT_FOUND")
    answers = [
        problem(ann.api.post("/orders", ann.body(profile_id=str(profile))), 404, "NOT_FOUND")
        for profile in (bob.profile_id, new_id())
    ]
    for answer in answers:
        del answer["request_id"]
    assert answers[0] == answers[1]


SPENDING = {"type": "MARKET", "base_amount": None, "limit_price": None, "quote_amount": "5000"}


@pytest.mark.parametrize(
    ("terms", "code", "meta"),
    [
        ({"limit_price": "60000.25"}, "PRICE_OFF_TICK", {"tick_size": "0.50"}),
        ({"limit_price": "0"}, "PRICE_OFF_TICK", {"tick_size": "0.50"}),
        ({"limit_price": "60000.500000000000000001"}, "PRICE_OFF_TICK", {"tick_size": "0.50"}),
        ({"base_amount": "0.00005"}, "AMOUNT_OFF_LOT", {"lot_size": "0.0001"}),
        ({"base_amount": "0"}, "AMOUNT_BELOW_MINIMUM", {"limit": "0.0001"}),
        ({"base_amount": "1000.0001"}, "AMOUNT_ABOVE_MAXIMUM", {"limit": "1000"}),
        ({"base_amount": "99999999999999999999"}, "AMOUNT_ABOVE_MAXIMUM", {"limit": "1000"}),
        ({"base_amount": "0.0001", "limit_price": "0.50"}, "NOTIONAL_BELOW_MINIMUM", {"limit": "1"}),
        ({"base_amount": "1000", "limit_price": "60000"}, "NOTIONAL_ABOVE_MAXIMUM", {"limit": "10000000"}),
        ({"type": "MARKET", "limit_price": None}, "REFERENCE_PRICE_MISSING", {}),
        (SPENDING, "REFERENCE_PRICE_MISSING", {}),
        ({"type": "STOP_LIMIT", "stop_price": "60000.25"}, "PRICE_OFF_TICK", {"tick_size": "0.50"}),
        ({"type": "STOP_MARKET", "limit_price": None, "stop_price": "0"}, "PRICE_OFF_TICK", {"tick_size": "0.50"}),
    ],
)
def test_what_the_market_does_not_take(ann, terms, code, meta):
    body = problem(ann.api.post("/orders", ann.body(**terms)), 422, code)
    assert {name: Decimal(value) for name, value in body["meta"].items()} == {
        name: Decimal(value) for name, value in meta.items()
    }


@pytest.mark.parametrize(
    ("terms", "pointer", "code"),
    [
        ({"type": "MARKET", "limit_price": None, "time_in_force": "GTC"}, "/time_in_force", "TERMS_NOT_ALLOWED"),
        ({"type": "MARKET"}, "/limit_price", "TERMS_NOT_ALLOWED"),
        ({"limit_price": None}, "/limit_price", "FIELD_MISSING"),
        ({"base_amount": None}, "/base_amount", "FIELD_MISSING"),
        ({"base_amount": None, "quote_amount": "5"}, "/quote_amount", "TERMS_NOT_ALLOWED"),
        ({"quote_amount": "5"}, "/quote_amount", "TERMS_NOT_ALLOWED"),
        (SPENDING | {"base_amount": "0.1"}, "/quote_amount", "TERMS_NOT_ALLOWED"),
        (SPENDING | {"side": "SELL"}, "/quote_amount", "TERMS_NOT_ALLOWED"),
        (SPENDING | {"time_in_force": "FOK"}, "/quote_amount", "TERMS_NOT_ALLOWED"),
        (SPENDING | {"limit_price": "60000"}, "/limit_price", "TERMS_NOT_ALLOWED"),
        ({"stop_price": "61000"}, "/stop_price", "TERMS_NOT_ALLOWED"),
        ({"type": "STOP_LIMIT"}, "/stop_price", "FIELD_MISSING"),
        ({"type": "STOP_LIMIT", "stop_price": "61000", "limit_price": None}, "/limit_price", "FIELD_MISSING"),
        ({"type": "STOP_LIMIT", "stop_price": "61000", "time_in_force": "IOC"}, "/time_in_force", "TERMS_NOT_ALLOWED"),
        ({"type": "STOP_MARKET", "stop_price": "61000"}, "/limit_price", "TERMS_NOT_ALLOWED"),
        ({"type": "STOP_MARKET", "limit_price": None}, "/stop_price", "FIELD_MISSING"),
        ({"type": "POST_ONLY_LIMIT", "time_in_force": "IOC"}, "/time_in_force", "TERMS_NOT_ALLOWED"),
        ({"type": "POST_ONLY_LIMIT", "limit_price": None}, "/limit_price", "FIELD_MISSING"),
        ({"type": "ICEBERG", "time_in_force": "FOK"}, "/time_in_force", "TERMS_NOT_ALLOWED"),
        ({"type": "ICEBERG"}, "/display_amount", "FIELD_MISSING"),
        ({"display_amount": "0.1"}, "/display_amount", "TERMS_NOT_ALLOWED"),
        ({"type": "ICEBERG", "display_amount": "0.5"}, "/display_amount", "FIELD_INVALID"),
        ({"time_in_force": "GTT"}, "/expires_at", "FIELD_MISSING"),
        ({"expires_at": "2026-03-03T10:00:00Z"}, "/expires_at", "TERMS_NOT_ALLOWED"),
        ({"type": "MARKET", "limit_price": None, "time_in_force": "GTT"}, "/time_in_force", "TERMS_NOT_ALLOWED"),
    ],
)
def test_terms_that_do_not_fit_together(ann, terms, pointer, code):
    invalid(ann.api.post("/orders", ann.body(**terms)), pointer, code)


@pytest.mark.parametrize(
    ("quote_amount", "code"),
    [("0.50", "NOTIONAL_BELOW_MINIMUM"), ("0", "NOTIONAL_BELOW_MINIMUM"), ("10000000.01", "NOTIONAL_ABOVE_MAXIMUM")],
)
def test_what_is_spent_has_the_bounds_of_what_an_order_is_worth(world, ann, quote_amount, code):
    Market.objects.update(reference_price="60000")
    problem(ann.api.post("/orders", ann.body(**SPENDING | {"quote_amount": quote_amount})), 422, code)


def test_what_is_spent_has_the_digits_of_its_asset(world, ann):
    Market.objects.update(reference_price="60000")
    answer = ann.api.post("/orders", ann.body(**SPENDING | {"quote_amount": "5000.0000001"}))
    invalid(answer, "/quote_amount", "SCALE_EXCEEDED")


def test_too_little_available_says_what_is_there_and_what_is_needed(ann):
    body = problem(ann.api.post("/orders", ann.body(base_amount="2")), 422, "INSUFFICIENT_AVAILABLE")
    meta = body["meta"]
    assert (meta["profile_id"], meta["asset"]) == (str(ann.profile_id), "USD")
    assert (Decimal(meta["available"]), Decimal(meta["needed"])) == (Decimal(100_000), Decimal("120240"))
    body = problem(ann.api.post("/orders", ann.body(side="SELL", base_amount="6")), 422, "INSUFFICIENT_AVAILABLE")
    assert body["meta"]["asset"] == "BTC"


def test_without_a_token_or_the_scope(world, ann):
    problem(Api(None).post("/orders", ann.body()), 401, "TOKEN_MISSING")
    problem(Api("x").post("/orders", ann.body()), 401, "TOKEN_INVALID")


def test_a_request_id_of_ones_own_comes_back_and_a_strange_one_does_not(ann):
    answer = ann.api.post("/orders", ann.body(side="UP"), HTTP_X_REQUEST_ID="mine-1")
    assert problem(answer, 400, "REQUEST_INVALID")["request_id"] == "mine-1"
    for strange in ("a b", "é", "x" * 65, ""):
        answer = ann.api.post("/orders", ann.body(side="UP"), HTTP_X_REQUEST_ID=strange)
        assert problem(answer, 400, "REQUEST_INVALID")["request_id"] != strange
