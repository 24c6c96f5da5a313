"""POST /v1/firm/deposits/{id}/attribute"""

import json
from uuid import UUID

import pytest

from core.ids import new_id
from settlement.models import Deposit
from tests.four_eyes import approve
from tests.people import a_client, problem
from tests.settlement.api.firm import a_firm_program
from tests.settlement.arriving import HIT, arrive

pytestmark = pytest.mark.django_db


def test_the_firms_program_says_whose_it_is_and_people_decide():
    firm, person = a_firm_program(), a_client(scopes=("funding:read",))
    deposit = arrive("WIRE")
    said = {"profile_id": str(person.profile_id), "reason": "The payer's name is theirs."}
    answer = firm.api.post(f"/firm/deposits/{deposit.pk}/attribute", said)
    assert answer.status_code == 202, answer.content
    asked = json.loads(answer.content)
    assert (asked["action"], asked["status"]) == ("DEPOSIT_ATTRIBUTION", "PENDING")
    assert answer["Location"] == f"/v1/approvals/{asked['id']}"
    assert person.api.get(f"/deposits/{deposit.pk}").status_code == 404
    problem(firm.api.post(f"/firm/deposits/{deposit.pk}/attribute", said), 409, "APPROVAL_ALREADY_PENDING")
    assert approve(UUID(asked["id"])).status == "EXECUTED"
    assert person.api.get(f"/deposits/{deposit.pk}").status_code == 200
    again = firm.api.post(f"/firm/deposits/{deposit.pk}/attribute", said)
    told = json.loads(again.content)
    assert (again.status_code, told["status"], told["profile_id"]) == (200, "CREDITED", str(person.profile_id))


def test_it_does_not_lift_what_is_looked_for_next():
    firm, person = a_firm_program(), a_client()
    deposit = arrive("WIRE", screening=HIT)
    said = {"profile_id": str(person.profile_id), "reason": "By the name."}
    asked = json.loads(firm.api.post(f"/firm/deposits/{deposit.pk}/attribute", said).content)
    approve(UUID(asked["id"]))
    told = Deposit.objects.get(pk=deposit.pk)
    assert (told.status, told.review_reason, told.profile_id) == ("UNDER_REVIEW", "SCREENING", person.profile_id)


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
