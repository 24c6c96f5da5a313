"""GET /v1/entities/own and POST /v1/firm/entities"""

import json

import pytest

from accounts.models import Entity, Identity, Organisation, Profile, ProfileMember
from accounts.queries.details import mask_details
from core.ids import new_id
from core.models import IdempotentRequest
from tests.accounts.api.asking import DETAILS, a_program, body, key, the_firm
from tests.keys import token_around
from tests.people import Api, problem

pytestmark = pytest.mark.django_db
MAREN = {"organisation_name": "Lindqvist", "reference": "maren", "kind": "PERSON", "country": "SE", "details": DETAILS}
BAKERY = {
    "organisation_name": "Bakery", "reference": "bakery", "kind": "INSTITUTION", "country": "CH",
    "legal_name": "Bakery Ltd", "lei": "5493001KJTIIGC8Y1R12", "details": {"tax_id": "CHE-123.456.789"},
}  # fmt: skip


def test_one_sees_ones_own_entity():
    person = a_program()

    answer = person.api.get("/entities/own")

    shown = body(answer)
    assert (shown["id"], shown["kind"], shown["status"]) == (str(person.entity_id), "INSTITUTION", "ACTIVE")
    assert shown["legal_name"].startswith("Client ")
    assert answer["ETag"] == '"1"'


def test_an_account_is_opened_with_all_that_belongs_to_it():
    opened = body(the_firm().post("/firm/entities", MAREN, **key("o-1")), 201)

    entity = Entity.objects.get(id=opened["entity_id"])
    assert (entity.kind, entity.legal_name, str(entity.own_identity_id)) == ("PERSON", "", opened["identity_id"])
    assert Organisation.objects.get(id=opened["organisation_id"]).kind == "CLIENT"
    profile = Profile.objects.get(id=opened["profile_id"])
    assert (profile.kind, profile.reference, "BUY" in profile.denied_actions) == ("DEFAULT", "main", True)
    member = ProfileMember.objects.get(profile=profile)
    assert (member.role, str(member.identity_id)) == ("HOLDER", opened["identity_id"])
    identity = Identity.objects.get(id=opened["identity_id"])
    assert (identity.status, identity.risk_rating, identity.entity_id) == ("PENDING", "MEDIUM", entity.id)
    assert mask_details([identity.subject_id])[identity.subject_id]["full_name"] == "M. L."


def test_a_repetition_opens_one_account_and_keeps_nothing_of_the_person():
    firm = the_firm()
    first = firm.post("/firm/entities", MAREN, **key("o-1"))

    second = firm.post("/firm/entities", MAREN, **key("o-1"))

    assert (second.content, second["Idempotent-Replayed"]) == (first.content, "true")
    assert Entity.objects.filter(reference="maren").count() == 1
    row = IdempotentRequest.objects.get(key="o-1")
    for value in DETAILS.values():
        assert value not in json.dumps(row.body) + bytes(row.answer or b"").decode()


def test_an_institution_joins_an_organisation_that_is_there():
    person = a_program()
    asked = {name: value for name, value in BAKERY.items() if name != "organisation_name"}
    asked |= {"organisation_id": str(person.organisation_id), "profile_reference": "till", "risk_rating": "HIGH"}

    opened = body(the_firm().post("/firm/entities", asked, **key("o-1")), 201)

    assert opened["organisation_id"] == str(person.organisation_id)
    entity = Entity.objects.get(id=opened["entity_id"])
    assert (entity.legal_name, entity.lei) == ("Bakery Ltd", "5493001KJTIIGC8Y1R12")
    assert Profile.objects.get(entity=entity).reference == "till"
    assert Identity.objects.get(entity=entity).risk_rating == "HIGH"
    problem(the_firm().post("/firm/entities", asked, **key("o-2")), 409, "ALREADY_EXISTS")


@pytest.mark.parametrize(
    ("differing", "pointer"),
    [
        ({"organisation_id": str(new_id())}, "/organisation_id"),
        ({"organisation_name": ""}, "/organisation_name"),
        ({"lei": "5493001KJTIIGC8Y1R13"}, "/lei"),
        ({"lei": "5493001kjtiigc8y1r12"}, "/lei"),
        ({"lei": "5493"}, "/lei"),
        ({"risk_rating": "LOW"}, "/risk_rating"),
        ({"details": {"full_name": "x" * 201}}, "/details/full_name"),
        ({"own_identity_id": str(new_id())}, "/own_identity_id"),
    ],
)
def test_what_cannot_be_is_refused_by_pointer(differing, pointer):
    refused = problem(the_firm().post("/firm/entities", BAKERY | differing, **key("o")), 400, "REQUEST_INVALID")

    assert [error["pointer"] for error in refused["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("asked", "code", "status"),
    [
        (MAREN | {"legal_name": "Maren Lindqvist"}, "NAME_IS_PERSONAL", 422),
        ({name: value for name, value in BAKERY.items() if name != "legal_name"}, "NAME_MISSING", 422),
        (
            {name: value for name, value in MAREN.items() if name != "organisation_name"}
            | {"organisation_id": str(new_id())},
            "NOT_FOUND",
            404,
        ),
    ],
)
def test_a_refused_opening_leaves_nothing_behind(asked, code, status):
    firm = the_firm()
    before = [model.objects.count() for model in (Organisation, Entity, Identity, Profile, IdempotentRequest)]

    problem(firm.post("/firm/entities", asked, **key("o")), status, code)

    assert [model.objects.count() for model in (Organisation, Entity, Identity, Profile, IdempotentRequest)] == before


def test_the_door_is_the_firms_alone():
    problem(a_program().api.post("/firm/entities", MAREN, **key("o")), 403, "SCOPE_MISSING")
    client = Api(token_around(a_program().credential.credential_id, "firm:identities", "identities:read"))
    problem(client.post("/firm/entities", MAREN, **key("o")), 403, "SCOPE_MISSING")
    problem(the_firm().post("/firm/entities", MAREN), 400, "IDEMPOTENCY_KEY_MISSING")
    assert not Entity.objects.filter(reference="maren").exists()
