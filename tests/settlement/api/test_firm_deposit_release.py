"""POST /v1/firm/deposits/{id}/release"""

import json
from decimal import Decimal
from uuid import UUID

import pytest

from accounts.models import ApprovalRequest
from core.clock import now
from core.models import AuditEntry
from core.operations.record_audit import Actor
from settlement.models import Deposit
from settlement.operations.release_deposit import release_deposit
from tests.desk import a_person
from tests.four_eyes import approve
from tests.people import Person, a_client, problem
from tests.settlement.api.firm import a_firm_program
from tests.settlement.arriving import HIT, arrive

pytestmark = pytest.mark.django_db
REASON = {"reason": "Looked at by the model."}


def ask(firm: Person, deposit: Deposit):
    return firm.api.post(f"/firm/deposits/{deposit.pk}/release", REASON)


def test_a_program_asks_and_a_person_of_compliance_lets_it_through():
    firm, person = a_firm_program(), a_client()
    deposit = arrive("BITCOIN", person.profile_id, screening=HIT)
    answer = ask(firm, deposit)
    assert answer.status_code == 202, answer.content
    told = json.loads(answer.content)
    assert (told["action"], told["status"], told["approvals"]) == (
        "DEPOSIT_RELEASE", "PENDING", {"given": 0, "required": 1},
    )  # fmt: skip
    assert Deposit.objects.get(pk=deposit.pk).status == "UNDER_REVIEW"

    assert approve(UUID(told["id"])).status == "EXECUTED"
    deposit.refresh_from_db()
    assert deposit.status == "CREDITED"
    entry = AuditEntry.objects.get(action="settlement.deposit.release")
    assert (entry.actor_kind, entry.actor_id, str(entry.approval_id)) == ("PERSON", deposit.credited_by, told["id"])


def test_what_is_approved_is_this_reason_and_no_later_one():
    firm, person = a_firm_program(), a_client()
    deposit = arrive("BITCOIN", person.profile_id, screening=HIT)
    told = json.loads(ask(firm, deposit).content)
    Deposit.objects.filter(pk=deposit.pk).update(review_reason="PERMISSION")
    decided = approve(UUID(told["id"]))
    assert (decided.status, decided.outcome_code) == ("FAILED", "STATE_CHANGED")
    assert Deposit.objects.get(pk=deposit.pk).status == "UNDER_REVIEW"


def test_asked_twice_is_one_request_and_done_meanwhile_it_fails():
    firm, person = a_firm_program(), a_client()
    deposit = arrive("WIRE", person.profile_id, amount=Decimal(5))
    assert deposit.review_reason == "BELOW_MINIMUM"
    told = json.loads(ask(firm, deposit).content)
    problem(ask(firm, deposit), 409, "APPROVAL_ALREADY_PENDING")
    officer = Actor("PERSON", a_person(role="COMPLIANCE").pk)
    release_deposit(deposit_id=deposit.pk, reason="Looked at.", actor=officer, at=now())
    assert approve(UUID(told["id"])).status == "FAILED"
    problem(ask(firm, deposit), 409, "STATE_CHANGED")


def test_nobodys_is_attributed_first():
    problem(ask(a_firm_program(), arrive("WIRE")), 409, "DEPOSIT_UNATTRIBUTED")


def test_no_client_asks_for_it():
    person = a_client(scopes=("funding:write",))
    deposit = arrive("WIRE", person.profile_id, amount=Decimal(5))
    problem(ask(person, deposit), 403, "SCOPE_MISSING")
    assert not ApprovalRequest.objects.filter(action="DEPOSIT_RELEASE").exists()
