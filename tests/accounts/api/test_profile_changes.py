"""POST /v1/profiles, PATCH /v1/profiles/{id}, GET /v1/profiles/{id}/members"""

from decimal import Decimal

import pytest

from accounts.models import Profile
from core import clock
from core.ids import new_id
from core.operations.record_audit import SYSTEM
from settlement.models import Asset, LedgerAccount
from settlement.operations.credit_deposit import credit_deposit
from settlement.operations.open_firm_account import open_firm_account
from tests.accounts.api.asking import a_program, body, key, match, name_maren
from tests.identities import approve
from tests.people import a_client, problem

pytestmark = pytest.mark.django_db
SECOND = {"name": "Second", "reference": "second"}


def member(identity, role="HOLDER"):
    return {"identity_id": identity["id"], "role": role}


def test_a_further_profile_does_nothing_until_it_has_a_known_holder():
    person = a_program()
    maren = name_maren(person)

    bare = body(person.api.post("/profiles", SECOND, **key("p-1")), 201)
    held = body(
        person.api.post("/profiles", SECOND | {"reference": "third", "members": [member(maren)]}, **key("p-2")), 201
    )

    assert (bare["kind"], bare["status"], bare["version"], held["version"]) == ("NORMAL", "OPEN", 1, 2)
    assert "BUY" in bare["denied_actions"] and "BUY" in held["denied_actions"]
    approve(maren["id"], at=clock.now())
    assert body(person.api.get(f"/profiles/{held['id']}"))["denied_actions"] == []
    assert "BUY" in body(person.api.get(f"/profiles/{bare['id']}"))["denied_actions"]


def test_a_repetition_opens_one_profile():
    person = a_program()
    first = person.api.post("/profiles", SECOND, **key("p-1"))

    second = person.api.post("/profiles", SECOND, **key("p-1"))

    assert (second.status_code, second.content, second["Idempotent-Replayed"]) == (201, first.content, "true")
    problem(person.api.post("/profiles", SECOND | {"name": "Other"}, **key("p-1")), 422, "IDEMPOTENCY_KEY_REUSED")
    problem(person.api.post("/profiles", SECOND, **key("p-2")), 409, "ALREADY_EXISTS")
    problem(person.api.post("/profiles", SECOND), 400, "IDEMPOTENCY_KEY_MISSING")
    assert Profile.objects.filter(entity_id=person.entity_id).count() == 2


@pytest.mark.parametrize(
    ("differing", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"reference": "a b"}, "/reference"),
        ({"kind": "DEFAULT"}, "/kind"),
        ({"self_trade_group": str(new_id())}, "/self_trade_group"),
        ({"members": {}}, "/members"),
        ({"members": [{"role": "HOLDER"}]}, "/members"),
        ({"members": [{"identity_id": str(new_id()), "role": "FRIEND"}]}, "/members"),
        ({"members": [{"identity_id": str(new_id()), "role": "HOLDER", "since": "2026-01-01"}]}, "/members"),
    ],
)
def test_what_cannot_be_is_refused_by_pointer(differing, pointer):
    refused = problem(a_program().api.post("/profiles", SECOND | differing, **key("p")), 400, "REQUEST_INVALID")

    assert [error["pointer"] for error in refused["errors"]] == [pointer]


def test_nobody_of_another_entity_is_put_behind_a_profile():
    person, stranger = a_program(), a_program()
    foreign = SECOND | {"members": [member(name_maren(stranger))]}

    problem(person.api.post("/profiles", foreign, **key("p")), 404, "NOT_FOUND")

    assert Profile.objects.filter(entity_id=person.entity_id).count() == 1
    answer = person.api.get(f"/profiles/{person.profile_id}")
    change = {"members": foreign["members"]}
    problem(person.api.patch(f"/profiles/{person.profile_id}", change, **match(answer)), 404, "NOT_FOUND")


def test_members_are_replaced_and_their_history_is_shown():
    person = a_program()
    path = f"/profiles/{person.profile_id}"
    first = body(person.api.get(f"{path}/members"))["items"]
    maren = name_maren(person)

    changed = person.api.patch(
        path, {"members": [member(maren), member(maren, "AUTHORISED_TRADER")]}, **match(person.api.get(path))
    )

    assert (body(changed)["version"], changed["ETag"]) == (3, '"3"')
    members = body(person.api.get(f"{path}/members"))["items"]
    today = clock.now().date().isoformat()
    assert [(item["identity_id"], item["role"], item["until"]) for item in members] == [
        (maren["id"], "HOLDER", None),
        (maren["id"], "AUTHORISED_TRADER", None),
        (first[0]["identity_id"], "HOLDER", today),
    ]
    assert len(body(person.api.get(f"{path}/members?role=HOLDER"))["items"]) == 2


def test_a_profile_keeps_a_holder():
    person = a_program()
    path = f"/profiles/{person.profile_id}"

    problem(person.api.patch(path, {"members": []}, **match(person.api.get(path))), 422, "PROFILE_NEEDS_HOLDER")


def test_a_change_names_the_state_it_was_made_for():
    person = a_program()
    path = f"/profiles/{person.profile_id}"
    first = person.api.get(path)

    problem(person.api.patch(path, {"name": "Other"}), 428, "PRECONDITION_REQUIRED")
    assert body(person.api.patch(path, {"name": "Other"}, **match(first)))["name"] == "Other"
    problem(person.api.patch(path, {"name": "Third"}, **match(first)), 412, "PRECONDITION_FAILED")
    problem(person.api.patch(path, {"members": []}, **match(first)), 412, "PRECONDITION_FAILED")
    for nothing in ({"status": "OPEN"}, {}, {"name": None}, []):
        problem(person.api.patch(path, nothing, **match(first)), 400, "REQUEST_INVALID")


def test_an_empty_profile_is_closed_and_one_that_holds_something_is_not():
    person = a_program()
    usd = Asset.objects.create(code="USD", name="US dollar", kind="FIAT", scale=6, payment_scale=2)
    omnibus = open_firm_account(
        kind="OMNIBUS", asset_id=usd.pk, asset_code="USD", label="MAIN", name="Omnibus", at=clock.now()
    )
    credit_deposit(
        profile_id=person.profile_id, omnibus_id=omnibus, amount=Decimal("5.00"), outside_reference="W-1",
        value_date=clock.now().date(), actor=SYSTEM, at=clock.now(),
    )  # fmt: skip
    path = f"/profiles/{person.profile_id}"
    close = {"status": "CLOSED"}

    problem(person.api.patch(path, close, **match(person.api.get(path))), 422, "PROFILE_NOT_EMPTY")
    assert LedgerAccount.objects.get(profile_id=person.profile_id).balance == 5

    empty = body(person.api.post("/profiles", SECOND, **key("p-1")), 201)
    closed = body(person.api.patch(f"/profiles/{empty['id']}", close, HTTP_IF_MATCH='"1"'))
    assert (closed["status"], closed["version"]) == ("CLOSED", 2)
    again = person.api.patch(f"/profiles/{empty['id']}", {"name": "Again"}, HTTP_IF_MATCH='"2"')
    problem(again, 422, "PROFILE_CLOSED")


def test_anothers_profile_is_answered_as_a_missing_one():
    person = a_program()
    sister, stranger = a_program(organisation_id=person.organisation_id), a_program()
    for profile_id in (sister.profile_id, stranger.profile_id, new_id()):
        problem(person.api.get(f"/profiles/{profile_id}/members"), 404, "NOT_FOUND")
        change = person.api.patch(f"/profiles/{profile_id}", {"name": "X"}, HTTP_IF_MATCH='"2"')
        problem(change, 404, "NOT_FOUND")


def test_reading_does_not_write():
    person = a_client()
    path = f"/profiles/{person.profile_id}"

    problem(person.api.post("/profiles", SECOND, **key("p")), 403, "SCOPE_MISSING")
    problem(person.api.patch(path, {"name": "X"}, HTTP_IF_MATCH='"2"'), 403, "SCOPE_MISSING")
