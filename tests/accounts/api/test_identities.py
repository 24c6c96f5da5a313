"""POST and GET /v1/identities"""

import json

import pytest

from accounts.models import Identity
from accounts.queries.details import mask_details
from core.ids import new_id
from core.models import AuditEntry, IdempotentRequest
from tests.accounts.api.asking import DETAILS, MAREN, a_program, body, key, name_maren
from tests.people import a_client, problem

pytestmark = pytest.mark.django_db
FIELDS = [
    "id", "entity_id", "reference", "kind", "status", "reason_code", "decided_at", "risk_rating", "country",
    "last_refresh_date", "refresh_due_date", "refresh_status", "version", "created_at", "updated_at",
]  # fmt: skip


def test_an_identity_is_named_and_waits_for_compliance():
    person = a_program()

    made = body(person.api.post("/identities", MAREN, **key("k-1")), 201)

    assert list(made) == FIELDS
    assert (made["reference"], made["status"], made["risk_rating"], made["version"]) == (
        "maren", "PENDING", "MEDIUM", 1,
    )  # fmt: skip
    assert made["entity_id"] == str(person.entity_id)
    identity = Identity.objects.get(id=made["id"])
    assert mask_details([identity.subject_id])[identity.subject_id]["full_name"] == "M. L."
    entry = AuditEntry.objects.get(object_id=made["id"])
    assert (entry.actor_kind, entry.actor_id) == ("CREDENTIAL", person.credential.credential_id)


def test_a_repetition_is_answered_with_the_same_bytes_and_names_nobody_twice():
    person = a_program()
    first = person.api.post("/identities", MAREN, **key("k-1"))
    second = person.api.post("/identities", MAREN, **key("k-1"))

    assert (second.status_code, second.content, second["Idempotent-Replayed"]) == (201, first.content, "true")
    assert Identity.objects.filter(entity_id=person.entity_id, reference="maren").count() == 1


def test_the_record_of_a_request_says_nothing_of_the_person_and_differences_are_told_without_values():
    person = a_program()
    person.api.post("/identities", MAREN, **key("k-1"))
    other = MAREN | {"country": "NO", "details": DETAILS | {"full_name": "Maren Berg"}}

    refused = problem(person.api.post("/identities", other, **key("k-1")), 422, "IDEMPOTENCY_KEY_REUSED")

    pointers = {difference["pointer"] for difference in refused["meta"]["differences"]}
    assert {"/country", "/details/full_name"} <= pointers
    row = IdempotentRequest.objects.get(key="k-1")
    kept = json.dumps(row.body) + bytes(row.answer or b"").decode()
    for value in (*DETAILS.values(), "Berg", "M. L."):
        assert value not in kept and value not in json.dumps(refused)


def test_a_reference_is_used_once():
    person = a_program()
    made = body(person.api.post("/identities", MAREN, **key("k-1")), 201)

    refused = problem(person.api.post("/identities", MAREN, **key("k-2")), 409, "ALREADY_EXISTS")

    assert refused["meta"] == {"existing": made["id"]}


def test_a_key_is_needed():
    problem(a_program().api.post("/identities", MAREN), 400, "IDEMPOTENCY_KEY_MISSING")


@pytest.mark.parametrize(
    ("differing", "pointer", "code"),
    [
        ({"reference": "a b"}, "/reference", "FIELD_INVALID"),
        ({"kind": "ROBOT"}, "/kind", "FIELD_INVALID"),
        ({"country": "se"}, "/country", "FIELD_INVALID"),
        ({"country": "ÅÄ"}, "/country", "FIELD_INVALID"),
        ({"country": 46}, "/country", "FIELD_INVALID"),
        ({"details": []}, "/details", "FIELD_INVALID"),
        ({"details": {"full_name": 7}}, "/details", "FIELD_INVALID"),
        ({"details": {"shoe_size": "38"}}, "/details/shoe_size", "UNKNOWN_FIELD"),
        ({"details": {"date_of_birth": "29.2.1984"}}, "/details/date_of_birth", "FIELD_INVALID"),
        ({"risk_rating": "LOW"}, "/risk_rating", "UNKNOWN_FIELD"),
        ({"status": "APPROVED"}, "/status", "UNKNOWN_FIELD"),
        ({"entity_id": str(new_id())}, "/entity_id", "UNKNOWN_FIELD"),
    ],
)
def test_what_cannot_be_is_refused_by_pointer(differing, pointer, code):
    refused = problem(a_program().api.post("/identities", MAREN | differing, **key("k")), 400, "REQUEST_INVALID")

    assert [(error["pointer"], error["code"]) for error in refused["errors"]] == [(pointer, code)]
    assert "29.2.1984" not in json.dumps(refused)


@pytest.mark.parametrize("name", ["reference", "kind", "country", "details"])
def test_every_field_is_needed(name):
    values = {field: value for field, value in MAREN.items() if field != name}

    refused = problem(a_program().api.post("/identities", values, **key("k")), 400, "REQUEST_INVALID")

    assert [(error["pointer"], error["code"]) for error in refused["errors"]] == [(f"/{name}", "FIELD_MISSING")]


def test_a_list_shows_ones_own_newest_first_and_no_details():
    person, stranger = a_program(), a_program()
    named = [name_maren(person)["id"] for _ in range(3)]
    name_maren(stranger)

    page = body(person.api.get("/identities?limit=2&kind=PERSON"))
    rest = body(person.api.get(f"/identities?limit=2&kind=PERSON&cursor={page['next_cursor']}"))

    assert [item["id"] for item in page["items"] + rest["items"]] == named[::-1]
    assert list(page["items"][0]) == FIELDS


def test_a_list_is_filtered():
    person = a_program()
    made = name_maren(person)

    for query in (f"reference={made['reference']}", "status=PENDING", f"id={made['id']}"):
        assert [item["id"] for item in body(person.api.get(f"/identities?{query}"))["items"]] == [made["id"]]
    assert body(person.api.get("/identities?refresh_status=DUE"))["items"] == []
    assert len(body(person.api.get("/identities?risk_rating=MEDIUM"))["items"]) == 2
    problem(person.api.get("/identities?status=LOST"), 400, "FILTER_INVALID")


def test_scopes_are_needed():
    plain = a_client().api

    problem(plain.get("/identities"), 403, "SCOPE_MISSING")
    problem(plain.post("/identities", MAREN, **key("k")), 403, "SCOPE_MISSING")
