"""POST /v1/firm/deposits/{id}/reverse"""

import json
from uuid import UUID

import pytest

from settlement.models import Deposit, LedgerAccount
from tests.four_eyes import approve
from tests.people import a_client, problem
from tests.settlement.api.firm import a_firm_program
from tests.settlement.arriving import arrive

pytestmark = pytest.mark.django_db
REASON = {"reason": "The sender's bank recalls it."}


def test_others_approve_what_is_taken_from_a_client():
    firm, person = a_firm_program(), a_client(scopes=("funding:read",))
    deposit = arrive("WIRE", person.profile_id)
    answer = firm.api.post(f"/firm/deposits/{deposit.pk}/reverse", REASON)
    assert answer.status_code == 202, answer.content
    told = json.loads(answer.content)
    assert (told["action"], told["status"]) == ("DEPOSIT_REVERSAL", "PENDING")
    assert Deposit.objects.get(pk=deposit.pk).status == "CREDITED"
    assert approve(UUID(told["id"])).status == "EXECUTED"
    seen = json.loads(person.api.get(f"/deposits/{deposit.pk}").content)
    assert seen["status"] == "REVERSED"
    assert seen["reversed_at"] is not None
    assert LedgerAccount.objects.get(profile_id=person.profile_id).balance == 0


def test_what_is_not_the_clients_is_not_taken_back():
    firm, person = a_firm_program(), a_client(scopes=("funding:write",))
    waiting = arrive("WIRE")
    problem(firm.api.post(f"/firm/deposits/{waiting.pk}/reverse", REASON), 409, "STATE_CHANGED")
    credited = arrive("WIRE", person.profile_id)
    problem(person.api.post(f"/firm/deposits/{credited.pk}/reverse", REASON), 403, "SCOPE_MISSING")
