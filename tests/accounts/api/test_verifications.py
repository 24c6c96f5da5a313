"""POST and GET /v1/identities/{id}/verifications"""

import pytest

from accounts.models import IdentityVerification
from core.ids import new_id
from tests.accounts.api.asking import a_program, body, key, name_maren
from tests.people import problem

pytestmark = pytest.mark.django_db
CLEAR = {
    "check": "ID_DOCUMENT", "verdict": "CLEAR", "verifier": "Vendor", "verifier_reference": "V-1",
    "fields_checked": ["full_name", "date_of_birth"], "verified_at": "2026-03-01T09:00:00.000000Z",
    "expires_date": "2036-03-01",
}  # fmt: skip


def test_what_a_client_tells_is_passed_through():
    person = a_program()
    made = name_maren(person)

    told = body(person.api.post(f"/identities/{made['id']}/verifications", CLEAR, **key("v-1")), 201)

    assert told | CLEAR == told
    assert (told["method"], told["identity_id"]) == ("PASSTHROUGH", made["id"])
    assert body(person.api.get(f"/identities/{made['id']}"))["status"] == "PENDING"


def test_a_repetition_tells_it_once():
    person = a_program()
    path = f"/identities/{name_maren(person)['id']}/verifications"
    first = person.api.post(path, CLEAR, **key("v-1"))

    second = person.api.post(path, CLEAR, **key("v-1"))

    assert (second.content, second["Idempotent-Replayed"]) == (first.content, "true")
    assert body(person.api.post(path, CLEAR, **key("v-2")), 201)["id"] == body(first, 201)["id"]
    problem(person.api.post(path, CLEAR | {"verdict": "FAILED"}, **key("v-1")), 422, "IDEMPOTENCY_KEY_REUSED")
    assert IdentityVerification.objects.count() == 1


@pytest.mark.parametrize(
    ("differing", "pointer"),
    [
        ({"check": "MOOD"}, "/check"),
        ({"verdict": "MAYBE"}, "/verdict"),
        ({"method": "INTERNAL"}, "/method"),
        ({"fields_checked": ["shoe_size"]}, "/fields_checked"),
        ({"fields_checked": ["email", "email"]}, "/fields_checked"),
        ({"fields_checked": "email"}, "/fields_checked"),
        ({"verified_at": "2026-03-01"}, "/verified_at"),
        ({"expires_date": "2036-02-30"}, "/expires_date"),
        ({"expires_date": "1.3.2036"}, "/expires_date"),
        ({"verifier": ""}, "/verifier"),
        ({"verifier": "maren@example.org"}, "/verifier"),
        ({"verifier": "Vendor 8402291234"}, "/verifier"),
        ({"verifier_reference": "Maren Lindqvist"}, "/verifier_reference"),
        ({"verifier_reference": "maren@example.org"}, "/verifier_reference"),
    ],
)
def test_what_cannot_be_is_refused_by_pointer(differing, pointer):
    person = a_program()
    path = f"/identities/{name_maren(person)['id']}/verifications"

    refused = problem(person.api.post(path, CLEAR | differing, **key("v")), 400, "REQUEST_INVALID")

    assert [error["pointer"] for error in refused["errors"]] == [pointer]


def test_a_decided_check_has_its_time_which_has_passed():
    person = a_program()
    path = f"/identities/{name_maren(person)['id']}/verifications"
    timeless = {name: value for name, value in CLEAR.items() if name != "verified_at"}

    problem(person.api.post(path, timeless, **key("v")), 422, "VERIFICATION_TIME_MISSING")
    ahead = CLEAR | {"verified_at": "2199-01-01T00:00:00.000000Z", "expires_date": "2199-02-01"}
    problem(person.api.post(path, ahead, **key("v")), 422, "VERIFICATION_TIME_INVALID")


def test_all_results_are_listed_newest_first():
    person = a_program()
    path = f"/identities/{name_maren(person)['id']}/verifications"
    for number, verdict in enumerate(("CONSIDER", "CLEAR")):
        person.api.post(path, CLEAR | {"verdict": verdict}, **key(f"v-{number}"))

    assert [item["verdict"] for item in body(person.api.get(path))["items"]] == ["CLEAR", "CONSIDER"]
    assert len(body(person.api.get(f"{path}?check=ID_DOCUMENT&verdict=CLEAR"))["items"]) == 1
    assert body(person.api.get(f"{path}?check=PEP"))["items"] == []


def test_anothers_identity_has_none():
    person = a_program()
    for identity_id in (name_maren(a_program())["id"], new_id()):
        problem(person.api.get(f"/identities/{identity_id}/verifications"), 404, "NOT_FOUND")
        problem(person.api.post(f"/identities/{identity_id}/verifications", CLEAR, **key("v")), 404, "NOT_FOUND")
