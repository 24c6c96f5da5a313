"""GET /v1/profiles and /v1/profiles/{id}"""

import json
from uuid import UUID

import pytest
import time_machine

from accounts.models import Profile
from accounts.operations.create_profile import create_profile
from core import clock
from core.ids import new_id
from tests.people import a_client, problem

pytestmark = pytest.mark.django_db

FIELDS = [
    "id",
    "entity_id",
    "name",
    "kind",
    "reference",
    "self_trade_group",
    "status",
    "denied_actions",
    "reviewed_actions",
    "version",
    "created_at",
    "updated_at",
]


def with_profiles(count):
    person = a_client()
    for number in range(count):
        create_profile(entity_id=person.entity_id, name=f"P{number}", reference=f"p-{number}", at=clock.now())
    return person


def items(answer):
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)["items"]


def test_one_profile():
    person = a_client()
    answer = person.api.get(f"/profiles/{person.profile_id}")
    body = json.loads(answer.content)
    assert list(body) == FIELDS
    assert (body["id"], body["reference"], body["kind"]) == (str(person.profile_id), "main", "DEFAULT")
    assert body["created_at"].endswith("Z") and len(body["created_at"]) == 27
    # Opened, then given its holder.
    assert answer["ETag"] == '"2"'
    assert (body["denied_actions"], body["reviewed_actions"]) == ([], [])
    assert answer["Cache-Control"] == "no-store"


def test_another_entitys_profile_is_answered_as_a_missing_one():
    person = a_client()
    sibling = a_client(organisation_id=person.organisation_id)
    stranger = a_client()
    answers = [
        problem(person.api.get(f"/profiles/{profile}"), 404, "NOT_FOUND")
        for profile in (sibling.profile_id, stranger.profile_id, new_id())
    ]
    for answer in answers:
        del answer["request_id"]
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("name", ["abc", "1", "%00", "0198C0DE-0000-7000-8000-000000000000", "../orders"])
def test_what_is_no_id_is_not_found(name):
    problem(a_client().api.get(f"/profiles/{name}"), 404, "NOT_FOUND")


def test_a_list_shows_ones_own_in_pages_newest_first():
    person, _ = with_profiles(4), with_profiles(2)
    seen, path = [], "/profiles?limit=2"
    for _ in range(5):
        body = json.loads(person.api.get(path).content)
        seen += [item["id"] for item in body["items"]]
        if body["next_cursor"] is None:
            break
        path = f"/profiles?limit=2&cursor={body['next_cursor']}"
    mine = [
        str(key)
        for key in Profile.objects.filter(entity_id=person.entity_id).order_by("-id").values_list("id", flat=True)
    ]
    assert seen == mine
    assert len(mine) == 5


def test_an_ascending_page_stops_three_seconds_before_now():
    person = with_profiles(1)
    assert items(person.api.get("/profiles?order=ASC")) == []
    with time_machine.travel(clock.now().timestamp() + 4, tick=False):
        ids = [UUID(item["id"]) for item in items(person.api.get("/profiles?order=ASC"))]
    assert len(ids) == 2
    assert ids == sorted(ids)


def test_filters():
    person = with_profiles(2)
    second = Profile.objects.get(entity_id=person.entity_id, reference="p-1")
    second.status = "CLOSED"
    second.save()
    api = person.api

    def references(query):
        return sorted(item["reference"] for item in items(api.get(f"/profiles?{query}")))

    assert references("reference=main&reference=p-0") == ["main", "p-0"]
    assert references("status=CLOSED") == ["p-1"]
    assert references(f"id={person.profile_id}") == ["main"]
    assert references("kind=DEFAULT&status=CLOSED") == []
    assert references("created_at.gte=2100-01-01T00:00:00Z") == []
    assert references("created_at.gte=2020-01-01T00:00:00.000000Z&created_at.lt=2100-01-01T00:00:00Z") == [
        "main",
        "p-0",
        "p-1",
    ]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=-1",
        "limit=1e2",
        "limit=%D9%A1",
        "limit=1&limit=2",
        "order=asc",
        "order=ASC&order=DESC",
        "colour=red",
        "status=closed",
        "status=",
        "id=abc",
        "id=%00",
        "reference=a%20b",
        "created_at.gte=yesterday",
        "created_at.gte=2026-02-30T00:00:00Z",
        "created_at.gte=2026-01-01T00:00:00Z&created_at.gte=2026-01-01T00:00:00Z",
        "created_at.near=2026-01-01T00:00:00Z",
        "&".join(["status=OPEN"] * 101),
    ],
)
def test_what_no_filter_is(query):
    body = problem(a_client().api.get(f"/profiles?{query}"), 400, "FILTER_INVALID")
    assert body["errors"]


def test_a_cursor_is_good_for_its_own_list_alone():
    person, other = with_profiles(2), with_profiles(2)
    cursor = json.loads(person.api.get("/profiles?limit=1").content)["next_cursor"]
    assert person.api.get(f"/profiles?limit=2&cursor={cursor}").status_code == 200
    for api, query in (
        (person.api, f"cursor={cursor}&status=OPEN"),
        (person.api, f"cursor={cursor}&order=ASC"),
        (other.api, f"cursor={cursor}"),
        (person.api, f"cursor={cursor[:-1]}"),
        (person.api, f"cursor=x{cursor}"),
        (person.api, "cursor="),
        (person.api, "cursor=" + "a" * 600),
        (person.api, f"cursor={cursor}&cursor={cursor}"),
    ):
        problem(api.get(f"/profiles?{query}"), 400, "CURSOR_INVALID")


def test_a_read_takes_no_body_and_other_methods_are_not_allowed():
    api = a_client().api
    assert problem(api.request("GET", "/profiles", b"{}"), 400, "REQUEST_INVALID")["errors"]
    answer = api.request("PUT", "/profiles")
    problem(answer, 405, "METHOD_NOT_ALLOWED")
    assert "GET" in answer["Allow"]
    problem(api.delete("/profiles"), 405, "METHOD_NOT_ALLOWED")
    problem(api.request("PROPFIND", "/profiles"), 405, "METHOD_NOT_ALLOWED")


def test_lists_cost_the_same_number_of_statements_for_one_and_for_many(django_assert_max_num_queries):
    for count in (0, 20):
        person = with_profiles(count)
        person.api.get("/profiles?limit=1")
        with django_assert_max_num_queries(3):
            assert len(items(person.api.get("/profiles"))) == count + 1
