"""POST /v1/firm/deposits/{id}/attribute"""

import json

import pytest

from core.ids import new_id
from tests.people import a_client, problem
from tests.settlement.api.firm import a_firm_program
from tests.settlement.arriving import HIT, arrive

pytestmark = pytest.mark.django_db


def test_the_firms_program_says_whose_it_is_and_it_is_theirs():
    firm, person = a_firm_program(), a_client(scopes=("funding:read",))
    deposit = arrive("WIRE")
    said = {"profile_id": str(person.profile_id), "reason": "The payer's name is theirs."}
    answer = firm.api.post(f"/firm/deposits/{deposit.pk}/attribute", said)
    assert answer.status_code == 200, answer.content
    told = json.loads(answer.content)
    assert (told["status"], told["profile_id"]) == ("CREDITED", str(person.profile_id))
    assert person.api.get(f"/deposits/{deposit.pk}").status_code == 200
    assert firm.api.post(f"/firm/deposits/{deposit.pk}/attribute", said).status_code == 200, "told again"


def test_it_does_not_lift_what_is_looked_for_next():
    firm, person = a_firm_program(), a_client()
    deposit = arrive("WIRE", screening=HIT)
    said = {"profile_id": str(person.profile_id), "reason": "By the name."}
    told = json.loads(firm.api.post(f"/firm/deposits/{deposit.pk}/attribute", said).content)
    assert (told["status"], told["review_reason"]) == ("UNDER_REVIEW", "SCREENING")


def test_what_is_somebodys_stays_theirs():
    firm, person, other = a_firm_program(), a_client(), a_client()
    deposit = arrive("WIRE", person.profile_id)
    said = {"profile_id": str(other.profile_id), "reason": "By the name."}
    problem(firm.api.post(f"/firm/deposits/{deposit.pk}/attribute", said), 409, "DEPOSIT_ATTRIBUTED")
    problem(firm.api.post(f"/firm/deposits/{new_id()}/attribute", said), 404, "NOT_FOUND")
    unknown = said | {"profile_id": str(new_id())}
    problem(firm.api.post(f"/firm/deposits/{arrive('WIRE').pk}/attribute", unknown), 404, "NOT_FOUND")
    problem(firm.api.post(f"/firm/deposits/{deposit.pk}/attribute", {"reason": "x"}), 400, "REQUEST_INVALID")


def test_no_client_says_so():
    person = a_client(scopes=("funding:write",))
    said = {"profile_id": str(person.profile_id), "reason": "It is mine."}
    problem(person.api.post(f"/firm/deposits/{arrive('WIRE').pk}/attribute", said), 403, "SCOPE_MISSING")
