"""POST /v1/firm/deposits/{id}/return"""

import json

import pytest

from core.ids import new_id
from tests.people import a_client, problem
from tests.settlement.api.firm import a_firm_program
from tests.settlement.arriving import arrive

pytestmark = pytest.mark.django_db
REASON = {"reason": "Nobody claims it."}


def test_what_is_under_review_goes_back():
    firm = a_firm_program()
    deposit = arrive("WIRE")
    answer = firm.api.post(f"/firm/deposits/{deposit.pk}/return", REASON)
    assert answer.status_code == 200, answer.content
    told = json.loads(answer.content)
    assert (told["status"], told["profile_id"], told["review_reason"]) == ("RETURNING", None, "UNATTRIBUTED")
    assert answer["ETag"] == f'"{told["version"]}"'
    again = firm.api.post(f"/firm/deposits/{deposit.pk}/return", REASON)
    assert json.loads(again.content)["version"] == told["version"], "told again, nothing happens"


def test_what_is_the_clients_does_not():
    firm, person = a_firm_program(), a_client(scopes=("funding:write",))
    deposit = arrive("WIRE", person.profile_id)
    problem(firm.api.post(f"/firm/deposits/{deposit.pk}/return", REASON), 409, "STATE_CHANGED")
    problem(firm.api.post(f"/firm/deposits/{deposit.pk}/return", {"reason": ""}), 400, "REQUEST_INVALID")
    problem(firm.api.post(f"/firm/deposits/{new_id()}/return", REASON), 404, "NOT_FOUND")
    problem(person.api.post(f"/firm/deposits/{deposit.pk}/return", REASON), 403, "SCOPE_MISSING")
