"""GET and PATCH /v1/identities/{id}"""

import pytest

from accounts.models import Identity
from core.ids import new_id
from tests.accounts.api.asking import a_program, body, key, match, name_maren
from tests.people import problem

pytestmark = pytest.mark.django_db
CLEAR = {
    "check": "ID_DOCUMENT", "verdict": "CLEAR", "verifier": "Vendor", "verifier_reference": "V-1",
    "fields_checked": ["full_name"], "verified_at": "2026-03-01T09:00:00.000000Z",
}  # fmt: skip


def test_ones_own_identity_is_shown_with_its_checks_and_its_details_masked():
    person = a_program()
    made = name_maren(person)

    answer = person.api.get(f"/identities/{made['id']}")

    shown = body(answer)
    assert answer["ETag"] == '"1"'
    assert shown["details"] == {"full_name": "M. L.", "date_of_birth": "1984-••-••", "national_id": "•••1234"}
    assert {check["check"]: check["verdict"] for check in shown["checks"] if check["is_required"]} == {
        "ID_DOCUMENT": None, "ADDRESS": None, "SANCTIONS": None, "PEP": None, "ADVERSE_MEDIA": None,
    }  # fmt: skip
    for value in (b"Lindqvist", b"02-29", b"840229"):
        assert value not in answer.content


def test_a_correction_reopens_checks_and_moves_the_version():
    person = a_program()
    path = f"/identities/{name_maren(person)['id']}"
    person.api.post(f"{path}/verifications", CLEAR, **key("v-1"))
    before = person.api.get(path)

    after = person.api.patch(path, {"details": {"full_name": "Maren Berg"}}, **match(before))

    shown = body(after)
    assert (shown["details"]["full_name"], shown["version"], after["ETag"]) == ("M. B.", 3, '"3"')
    assert {check["check"]: check["verdict"] for check in shown["checks"]}["ID_DOCUMENT"] == "PENDING"


def test_a_correction_names_the_state_it_was_made_for():
    person = a_program()
    path = f"/identities/{name_maren(person)['id']}"
    change = {"details": {"full_name": "Maren Berg"}}
    first = person.api.get(path)

    problem(person.api.patch(path, change), 428, "PRECONDITION_REQUIRED")
    for tag in ("*", "1", '"one"', 'W/"1"', '"1", "2"'):
        problem(person.api.patch(path, change, HTTP_IF_MATCH=tag), 412, "PRECONDITION_FAILED")
    body(person.api.patch(path, change, **match(first)))
    stale = problem(person.api.patch(path, {"details": {"full_name": "M"}}, **match(first)), 412, "PRECONDITION_FAILED")

    assert stale["meta"] == {"version": "2"}


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ({}, "/details"),
        ({"details": {"full_name": 1}}, "/details"),
        ({"details": {"email": "nobody"}}, "/details/email"),
        ({"details": {}, "status": "APPROVED"}, "/status"),
        ({"details": {}, "risk_rating": "LOW"}, "/risk_rating"),
    ],
)
def test_what_cannot_be_is_refused(value, pointer):
    person = a_program()
    path = f"/identities/{name_maren(person)['id']}"

    refused = problem(person.api.patch(path, value, HTTP_IF_MATCH='"1"'), 400, "REQUEST_INVALID")

    assert [error["pointer"] for error in refused["errors"]] == [pointer]
    assert Identity.objects.get(id=path.rpartition("/")[2]).version == 1


def test_anothers_identity_is_answered_as_a_missing_one():
    person = a_program()
    sister, stranger = a_program(organisation_id=person.organisation_id), a_program()
    ids = [name_maren(sister)["id"], name_maren(stranger)["id"], new_id()]

    gets = [problem(person.api.get(f"/identities/{identity_id}"), 404, "NOT_FOUND") for identity_id in ids]
    change = {"details": {"full_name": "X"}}
    patches = [
        problem(person.api.patch(f"/identities/{identity_id}", change, HTTP_IF_MATCH='"1"'), 404, "NOT_FOUND")
        for identity_id in ids
    ]

    assert len({answer["detail"] for answer in gets + patches}) == 1


def test_an_emptied_detail_is_gone():
    person = a_program()
    path = f"/identities/{name_maren(person)['id']}"

    shown = body(person.api.patch(path, {"details": {"national_id": ""}}, HTTP_IF_MATCH='"1"'))

    assert sorted(shown["details"]) == ["date_of_birth", "full_name"]
