"""Token buckets: exact, whoever asks and however many at once; and every answer says what is left."""

import json
import re

import pytest
from django.db import OperationalError, connection
from django.test import RequestFactory, override_settings

from accounts.api import limiting
from accounts.domain.rate_limits import DEFAULTS, parse_limits, parse_pace
from accounts.models import ApiCredential, RateBucket
from accounts.operations.issue_token import issue_token
from accounts.operations.take_token import take_token
from core import clock
from core.api import time as time_door
from tests.crowd import at_once
from tests.people import Api, Person, a_client, problem
from tests.world import World

pytestmark = pytest.mark.django_db
POLICY = re.compile(r'"([a-z]+)";q=(\d+);w=(\d+)\Z')
LIMIT = re.compile(r'"([a-z]+)";r=(\d+);t=(\d+)\Z')
FORM = "application/x-www-form-urlencoded"


def limited(person: Person, **paces: str) -> Person:
    ApiCredential.objects.filter(pk=person.credential.credential_id).update(rate_limits=paces)
    return person


def limit_of(answer) -> tuple[str, int, int]:
    """Bucket, what is left and how many seconds until it is full, after checking both headers."""
    policy, now = POLICY.match(answer["RateLimit-Policy"]), LIMIT.match(answer["RateLimit"])
    assert policy and now, (answer["RateLimit-Policy"], answer["RateLimit"])
    assert policy[1] == now[1] and int(now[2]) <= int(policy[2])
    return now[1], int(now[2]), int(now[3])


def test_a_bucket_empties_and_says_so():
    person = limited(a_client(), reads="0.001/3")
    seen = [limit_of(person.api.get("/profiles"))[1] for _ in range(3)]
    assert seen == [2, 1, 0]
    answer = person.api.get("/profiles")
    refused = problem(answer, 429, "RATE_LIMITED")
    assert refused["meta"]["bucket"] == "reads" and limit_of(answer)[1] == 0
    # One token is back after a thousand seconds, and Retry-After says so to the second.
    assert 990 <= int(answer["Retry-After"]) <= 1_000
    assert answer["RateLimit-Policy"] == '"reads";q=3;w=3000'


def test_tokens_come_back_with_time():
    pace = parse_pace("20/2")
    owner = "00000000-0000-0000-0000-000000000001"
    assert [take_token(bucket="reads", owner=owner, pace=pace).is_admitted for _ in range(3)] == [True, True, False]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.06)")
    assert take_token(bucket="reads", owner=owner, pace=pace).is_admitted
    assert not take_token(bucket="reads", owner=owner, pace=pace).is_admitted


def test_a_refused_request_takes_nothing():
    person = limited(a_client(), reads="0.001/1")
    person.api.get("/profiles")
    before = RateBucket.objects.get(key=f"reads:{person.credential.credential_id}").full_at
    for _ in range(5):
        problem(person.api.get("/profiles"), 429, "RATE_LIMITED")
    assert RateBucket.objects.get(key=f"reads:{person.credential.credential_id}").full_at == before


def test_each_credential_has_buckets_of_its_own():
    one, other = limited(a_client(), reads="0.001/1"), a_client()
    one.api.get("/profiles")
    problem(one.api.get("/profiles"), 429, "RATE_LIMITED")
    assert other.api.get("/profiles").status_code == 200
    # Writes are another bucket of the same credential: it is the scope that refuses, not the pace.
    answer = one.api.post("/report-runs", {})
    problem(answer, 403, "SCOPE_MISSING")
    assert limit_of(answer)[:2] == ("writes", DEFAULTS["writes"].burst - 1)


def test_cancels_pass_while_orders_are_exhausted():
    world = World()
    client = world.client("Ann", USD="100000.00")
    world.set_reference("60000.00")
    person = Person(world.organisation_id, client.entity_id, client.profile_id, client.credential, api_of(client))
    limited(person, orders="0.001/2", cancels="0.001/2")
    body = {
        "profile_id": str(client.profile_id), "market": "BTC-USD", "side": "BUY", "type": "LIMIT", "base_amount": "0.01",
        "limit_price": "50000.00",
    }  # fmt: skip
    placed = [person.api.post("/orders", body | {"client_order_id": f"o-{number}"}) for number in range(3)]
    assert [answer.status_code for answer in placed] == [201, 201, 429]
    assert json.loads(placed[2].content)["meta"]["bucket"] == "orders"
    for answer in placed[:2]:
        cancelled = person.api.delete(f"/orders/{json.loads(answer.content)['id']}")
        assert cancelled.status_code == 202 and limit_of(cancelled)[0] == "cancels"


def api_of(client) -> Api:
    key = client.credential
    return Api(issue_token(credential_id=key.credential_id, scopes=list(key.scopes), at=clock.now()).access_token)


def test_every_answer_says_its_limit(monkeypatch):
    person, nobody = a_client(), Api(None)
    form = b"grant_type=client_credentials"
    answers = [
        person.api.get("/profiles"),
        person.api.get(f"/profiles/{person.profile_id}"),
        person.api.get("/profiles/abc"),
        person.api.get("/nothing/here"),
        person.api.get("/profiles?limit=0"),
        person.api.get("/profiles", HTTP_HOST="elsewhere.example"),
        person.api.request("HEAD", "/profiles"),
        person.api.request("PROPFIND", "/profiles"),
        person.api.delete("/profiles"),
        person.api.post("/orders", []),
        person.api.request("POST", "/orders", b"{", CONTENT_TYPE="text/plain"),
        person.api.request("POST", "/orders", b'{"a": "' + b"a" * 70_000 + b'"}'),
        person.api.post("/report-runs", {}),
        nobody.get("/profiles"),
        Api("nonsense").get("/profiles"),
        nobody.get("/time"),
        nobody.get("/markets"),
        nobody.get("/openapi.json"),
        nobody.get("/docs"),
        nobody.request("POST", "/oauth/token", form, CONTENT_TYPE=FORM),
        nobody.request("POST", "/oauth/token", b"{}"),
        nobody.request("POST", "/oauth/revoke", b"token=x", CONTENT_TYPE=FORM),
    ]

    def fail(self, request):
        raise RuntimeError("on purpose")

    def away(self, request):
        raise OperationalError("the server is gone")

    for broken in (fail, away):
        monkeypatch.setattr(time_door.TimeView, "get", broken)
        answers.append(nobody.get("/time"))
    assert {answer.status_code for answer in answers} >= {200, 400, 401, 403, 404, 405, 413, 415, 500, 503}
    for answer in answers:
        limit_of(answer)
        assert answer["X-Request-ID"]


def test_strangers_are_counted_by_address():
    with override_settings(RATE_LIMITS=parse_limits("public=0.001/3")):
        for _ in range(3):
            assert Api(None).get("/time", REMOTE_ADDR="2001:db8::1").status_code == 200
        # The same /64 is the same customer; another network is another.
        problem(Api(None).get("/time", REMOTE_ADDR="2001:db8::ffff"), 429, "RATE_LIMITED")
        problem(Api("guess").get("/profiles", REMOTE_ADDR="2001:db8::2"), 429, "RATE_LIMITED")
        assert Api(None).get("/time", REMOTE_ADDR="2001:db8:0:1::1").status_code == 200
        person = a_client()
        assert person.api.get("/profiles", REMOTE_ADDR="2001:db8::1").status_code == 200


def test_a_wrong_secret_uses_up_the_guessers_tokens_and_not_the_clients():
    person = a_client()

    def ask(secret, address):
        form = f"grant_type=client_credentials&client_id={person.credential.client_id}&client_secret={secret}"
        return Api(None).request("POST", "/oauth/token", form.encode(), CONTENT_TYPE=FORM, REMOTE_ADDR=address)

    assert [ask("wrong", "192.0.2.1").status_code for _ in range(11)] == [401] * 10 + [429]
    assert ask(person.credential.client_secret, "192.0.2.1").status_code == 200
    assert [ask(person.credential.client_secret, "192.0.2.2").status_code for _ in range(10)] == [200] * 9 + [429]


def test_strangers_cannot_fill_the_table():
    slots = {
        limiting.address_slot(RequestFactory().get("/", REMOTE_ADDR=f"10.{number % 250}.{number // 250}.7"))
        for number in range(2_000)
    }
    assert {len(slot) for slot in slots} == {4} and len(slots) > 1_900
    assert limiting.address_slot(RequestFactory().get("/", REMOTE_ADDR="")) not in ("", None)


@pytest.mark.parametrize(("path", "status"), [("/report-runs", 503), ("/orders", 400)])
def test_where_the_bucket_cannot_be_asked_money_waits_and_orders_go_on(monkeypatch, path, status):
    person = a_client(scopes=("orders:write", "reports:write", "orders:read"))
    monkeypatch.setattr(limiting, "take_token", _away)
    answer = person.api.post(path, {}, HTTP_IDEMPOTENCY_KEY="k")
    assert answer.status_code == status, answer.content
    assert limit_of(answer)[1] == 0
    assert person.api.get("/orders").status_code == 200
    form = f"grant_type=client_credentials&client_id={person.credential.client_id}"
    form += f"&client_secret={person.credential.client_secret}"
    problem(Api(None).request("POST", "/oauth/token", form.encode(), CONTENT_TYPE=FORM), 503, "UNAVAILABLE")


def _away(**_):
    raise OperationalError("canceling statement due to lock timeout")


@pytest.mark.django_db(transaction=True)
def test_of_a_thousand_at_once_exactly_a_hundred_pass():
    person = limited(a_client(), reads="0.000001/100")
    statuses = at_once(lambda _: person.api.get("/profiles?limit=1").status_code, range(1_000))
    assert (statuses.count(200), statuses.count(429)) == (100, 900)


@pytest.mark.django_db(transaction=True)
def test_of_two_hundred_at_once_none_is_over():
    pace, owner = parse_pace("0.000001/30"), "00000000-0000-0000-0000-000000000002"
    admitted = at_once(lambda _: take_token(bucket="orders", owner=owner, pace=pace).is_admitted, range(200))
    assert admitted.count(True) == 30
