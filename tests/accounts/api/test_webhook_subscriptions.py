"""POST, GET /v1/webhook-subscriptions, GET, PATCH, DELETE …/{id}, POST …/test, …/rotate-secret, …/replay, GET …/deliveries"""

import json
from datetime import timedelta

import pytest

from accounts.models import WebhookSubscription
from accounts.operations.fan_out_webhooks import fan_out_webhooks
from core import clock
from tests.accounts.api.asking import body, key, match
from tests.accounts.webhooks.telling import SCOPES, Hook, a_hooked_client, happen
from tests.people import Person, a_client, problem

pytestmark = pytest.mark.django_db
PATH = "/webhook-subscriptions"
WISH = {"url": "https://hooks.example.com/in", "topics": ["settlement.deposit.*", "accounts.identity.created"]}


@pytest.fixture
def person() -> Person:
    return a_hooked_client()


def made(person: Person, name: str = "one", **differing) -> dict:
    return body(person.api.post(PATH, WISH | differing, **key(name)), 201)


def test_a_subscription_is_made_once_and_its_secret_shown_once(person):
    first = person.api.post(PATH, WISH, **key("one"))
    shown = body(first, 201)
    assert shown == {
        "id": shown["id"],
        "entity_id": str(person.entity_id),
        **WISH,
        "max_per_second": 10,
        "status": "ACTIVE",
        "last_seq": shown["last_seq"],
        "failing_since": None,
        "previous_secret_ends_at": None,
        "version": 1,
        "created_at": shown["created_at"],
        "updated_at": shown["updated_at"],
        "secret": shown["secret"],
    }
    assert shown["secret"].startswith("whsec_")
    again = person.api.post(PATH, WISH, **key("one"))
    assert body(again, 201) == shown | {"secret": None}
    assert again["Idempotent-Replayed"] == "true"
    assert WebhookSubscription.objects.count() == 1
    problem(person.api.post(PATH, WISH | {"topics": ["*"]}, **key("one")), 422, "IDEMPOTENCY_KEY_REUSED")

    (listed,) = body(person.api.get(PATH))["items"]
    assert listed == {name: value for name, value in shown.items() if name != "secret"}
    one = person.api.get(f"{PATH}/{shown['id']}")
    assert (body(one), one["ETag"]) == (listed, '"1"')


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"url": "http://hooks.example.com/"}, "WEBHOOK_URL_INVALID"),
        ({"url": "https://localhost/"}, "WEBHOOK_URL_INVALID"),
        ({"url": "https://user@hooks.example.com/"}, "WEBHOOK_URL_INVALID"),
        ({"url": "https://hooks.example.com:22/"}, "WEBHOOK_URL_INVALID"),
        ({"topics": ["deposits"]}, "WEBHOOK_TOPICS_INVALID"),
        ({"topics": ["settlement.deposit.*", "%"]}, "WEBHOOK_TOPICS_INVALID"),
        ({"max_per_second": 0}, "WEBHOOK_PACE_INVALID"),
    ],
)
def test_unsound_terms_are_refused_when_made_and_when_changed(person, change, code):
    problem(person.api.post(PATH, WISH | change, **key("bad")), 422, code)
    shown = made(person)
    problem(person.api.patch(f"{PATH}/{shown['id']}", change, HTTP_IF_MATCH='"1"'), 422, code)


@pytest.mark.parametrize(
    "change",
    [{"url": 7}, {"url": ""}, {"url": "https://h.example/" + "x" * 1_000}, {"topics": []}, {"topics": "*"}, {"topics": [7]},
     {"topics": ["*"] * 51}, {"max_per_second": 101}, {"max_per_second": "5"}, {"max_per_second": True}, {"secret": "x"},
     {"status": "ACTIVE"}, {"last_seq": 1}],
)  # fmt: skip
def test_a_malformed_wish_is_refused_by_name(person, change):
    refused = problem(person.api.post(PATH, WISH | change, **key("bad")), 400, "REQUEST_INVALID")
    assert [error["pointer"] for error in refused["errors"]] == [f"/{name}" for name in change]


def test_an_eleventh_is_refused_and_a_deleted_one_makes_room(person):
    first, *_ = [made(person, f"number-{number}") for number in range(10)]
    refused = problem(person.api.post(PATH, WISH, **key("eleventh")), 422, "TOO_MANY_WEBHOOKS")
    assert refused["meta"] == {"most": 10}
    assert person.api.delete(f"{PATH}/{first['id']}").status_code == 204
    problem(person.api.delete(f"{PATH}/{first['id']}"), 404, "NOT_FOUND")
    problem(person.api.get(f"{PATH}/{first['id']}"), 404, "NOT_FOUND")
    made(person, "eleventh")
    assert len(body(person.api.get(PATH))["items"]) == 10


def test_a_change_names_the_state_that_it_was_made_for(person):
    shown = made(person)
    path = f"{PATH}/{shown['id']}"
    problem(person.api.patch(path, {"topics": ["*"]}), 428, "PRECONDITION_REQUIRED")
    changed = person.api.patch(path, {"topics": ["*"], "max_per_second": 5}, HTTP_IF_MATCH='"1"')
    assert (body(changed)["topics"], body(changed)["max_per_second"], changed["ETag"]) == (["*"], 5, '"2"')
    stale = problem(person.api.patch(path, {"topics": ["accounts.*"]}, HTTP_IF_MATCH='"1"'), 412, "PRECONDITION_FAILED")
    assert stale["meta"] == {"version": "2"}
    problem(person.api.patch(path, {"status": "BROKEN"}, **match(changed)), 400, "REQUEST_INVALID")


def test_pausing_and_resuming(person):
    path = f"{PATH}/{made(person)['id']}"
    paused = person.api.patch(path, {"status": "PAUSED"}, HTTP_IF_MATCH='"1"')
    assert (body(paused)["status"], body(paused)["version"]) == ("PAUSED", 2)
    assert [each["status"] for each in body(person.api.get(f"{PATH}?status=PAUSED"))["items"]] == ["PAUSED"]
    assert body(person.api.get(f"{PATH}?status=BROKEN"))["items"] == []
    resumed = person.api.patch(path, {"status": "ACTIVE", "topics": ["*"]}, **match(paused))
    assert (body(resumed)["status"], body(resumed)["topics"], body(resumed)["version"]) == ("ACTIVE", ["*"], 4)

    WebhookSubscription.objects.update(status="BROKEN", failing_since=clock.now() - timedelta(days=4), failures=50)
    assert body(person.api.patch(path, {"status": "PAUSED"}, **match(resumed)))["status"] == "BROKEN"
    mended = body(person.api.patch(path, {"status": "ACTIVE"}, **match(resumed)))
    assert (mended["status"], mended["failing_since"]) == ("ACTIVE", None)


def test_a_test_is_asked_for_and_seen_in_the_deliveries(person):
    shown = made(person)
    path = f"{PATH}/{shown['id']}"
    asked = person.api.request("POST", f"{path}/test", **key("try"))
    test = body(asked, 202)
    assert (test["event_type"], test["status"], test["seq"]) == ("accounts.webhook.tested", "PENDING", None)
    assert person.api.request("POST", f"{path}/test", **key("try")).content == asked.content
    problem(person.api.request("POST", f"{path}/test", **key("again")), 409, "WEBHOOK_TEST_WAITS")
    problem(person.api.post(f"{path}/test", {}, **key("third")), 400, "REQUEST_INVALID")
    assert body(person.api.get(f"{path}/deliveries"))["items"] == [test]


def test_deliveries_are_listed_by_status_page_by_page(person):
    shown = made(person)
    happen(person, 3)
    happen(person, 1, topic="settlement.withdrawal.sent")
    fan_out_webhooks(at=clock.now())
    path = f"{PATH}/{shown['id']}/deliveries"
    page = body(person.api.get(f"{path}?limit=2"))
    rest = body(person.api.get(f"{path}?limit=2&cursor={page['next_cursor']}"))
    rows = page["items"] + rest["items"]
    assert [each["event_type"] for each in rows] == ["settlement.deposit.credited"] * 3
    assert [each["seq"] for each in rows] == sorted((each["seq"] for each in rows), reverse=True)
    assert body(person.api.get(f"/events/{rows[0]['event_id']}"))["seq"] == rows[0]["seq"]
    assert rows[0]["status"] == "PENDING"
    assert rows[0]["due_at"] is not None
    assert {rows[0][name] for name in ("attempted_at", "ended_at", "last_status_code", "last_error")} == {None}
    assert body(person.api.get(f"{path}?status=DELIVERED"))["items"] == []
    problem(person.api.get(f"{path}?status=LOST"), 400, "FILTER_INVALID")


def test_a_secret_rotates_and_is_shown_once(person):
    shown = made(person)
    path = f"{PATH}/{shown['id']}/rotate-secret"
    first = body(person.api.post(path, {}, **key("rotate")), 201)
    assert first["secret"].startswith("whsec_")
    assert first["secret"] != shown["secret"]
    assert body(person.api.post(path, {}, **key("rotate")), 201) == first | {"secret": None}
    overlap = problem(person.api.post(path, {}, **key("third")), 409, "SECRET_OVERLAP")
    assert set(overlap["meta"]) == {"previous_secret_ends_at"}
    body(person.api.post(path, {"replaces_oldest": True, "overlap_seconds": 0}, **key("leaked")), 201)
    assert body(person.api.get(f"{PATH}/{shown['id']}"))["previous_secret_ends_at"] is None
    problem(person.api.post(path, {"overlap_seconds": 86_401}, **key("long")), 422, "OVERLAP_TOO_LONG")


def test_a_replay_says_how_many(person):
    shown = made(person)
    happen(person, 3)
    fan_out_webhooks(at=clock.now())
    path = f"{PATH}/{shown['id']}/replay"
    start = shown["last_seq"]
    assert body(person.api.post(path, {"after": start}, **key("all")), 202) == {"count": 3}
    assert body(person.api.post(path, {"after": start, "until": start + 2}, **key("some")), 202) == {"count": 2}
    assert len(Hook(person, shown["id"], "").deliveries) == 3
    for wrong in ({}, {"after": -1}, {"after": "1"}, {"after": 1.5}, {"after": 1, "until": None}):
        problem(person.api.post(path, wrong, **key("bad")), 400, "REQUEST_INVALID")


def test_another_entitys_subscription_is_not_there(person):
    shown = made(person)
    sister = a_client(scopes=SCOPES, organisation_id=person.organisation_id)
    path = f"{PATH}/{shown['id']}"
    for answer in (
        sister.api.get(path),
        sister.api.patch(path, {"topics": ["*"]}, HTTP_IF_MATCH='"1"'),
        sister.api.delete(path),
        sister.api.request("POST", f"{path}/test", **key("a")),
        sister.api.post(f"{path}/rotate-secret", {}, **key("b")),
        sister.api.post(f"{path}/replay", {"after": 0}, **key("c")),
        sister.api.get(f"{path}/deliveries"),
    ):
        problem(answer, 404, "NOT_FOUND")
    assert json.loads(sister.api.get(PATH).content)["items"] == []
    reader = a_client(scopes=("webhooks:read",))
    problem(reader.api.post(PATH, WISH, **key("x")), 403, "SCOPE_MISSING")
