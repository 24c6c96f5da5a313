"""POST /v1/firm/identities/{id}/decision, /risk-rating, /verifications: programs start, people decide"""

from datetime import timedelta

import pytest

from accounts.domain.identity_states import required_checks
from accounts.models import Identity
from accounts.operations.rate_identity_risk import rate_identity_risk
from core import clock
from core.api.fields import instant_text
from core.ids import new_id
from core.models import AuditEntry
from tests.accounts.api.asking import a_program, body, key, name_maren, the_firm
from tests.identities import an_officer
from tests.keys import token_around
from tests.people import Api, problem

pytestmark = pytest.mark.django_db
BY_RULE = {"status": "APPROVED", "reason": "CHECKS_CLEAR"}


@pytest.fixture
def maren():
    return name_maren(a_program())


def of(identity, deed):
    return f"/firm/identities/{identity['id']}/{deed}"


def clear(check, **differing):
    return {
        "check": check, "method": "VENDOR", "verdict": "CLEAR", "verifier": "Vendor", "verifier_reference": "V-1",
        "fields_checked": [], "verified_at": instant_text(clock.now() - timedelta(minutes=1)), **differing,
    }  # fmt: skip


def a_low_risk(identity):
    rate_identity_risk(
        identity_id=identity["id"], rating="LOW", reason="Known for years.", actor=an_officer(), at=clock.now()
    )


def clear_all(firm, identity, *, but=()):
    for check in required_checks(kind="PERSON", risk_rating="LOW"):
        if check not in but:
            body(firm.post(of(identity, "verifications"), clear(check), **key(f"v-{check}")), 201)


def test_the_last_clear_check_of_a_low_risk_approves_without_a_person(maren):
    firm = the_firm()
    a_low_risk(maren)
    clear_all(firm, maren, but=("PEP",))
    assert Identity.objects.get(id=maren["id"]).status == "PENDING"

    told = body(firm.post(of(maren, "verifications"), clear("PEP"), **key("v-PEP")), 201)

    assert (told["method"], Identity.objects.get(id=maren["id"]).status) == ("VENDOR", "APPROVED")


def test_a_program_asks_for_what_the_rule_decides(maren):
    firm = the_firm()
    clear_all(firm, maren, but=("PEP",))
    problem(firm.post(of(maren, "decision"), BY_RULE), 403, "PERSON_NEEDED")
    a_low_risk(maren)
    refused = problem(firm.post(of(maren, "decision"), BY_RULE), 422, "CHECKS_NOT_CLEAR")
    assert refused["meta"] == {"checks": ["PEP"]}

    firm.post(of(maren, "verifications"), clear("PEP"), **key("v-PEP"))
    answer = firm.post(of(maren, "decision"), BY_RULE)

    assert (body(answer)["status"], answer["ETag"]) == ("APPROVED", f'"{body(answer)["version"]}"')
    kinds = AuditEntry.objects.filter(object_id=maren["id"], action="accounts.identity.decide")
    assert [entry.actor_kind for entry in kinds] == ["SYSTEM"]


@pytest.mark.parametrize(
    ("status", "reason"),
    [("APPROVED", "REVIEWED"), ("DENIED", "DUPLICATE"), ("DENIED", "SANCTIONS_MATCH")],
)
def test_a_program_decides_nothing_itself(maren, status, reason):
    asked = {"status": status, "reason": reason, "note": "The model said so."}

    problem(the_firm().post(of(maren, "decision"), asked), 403, "PERSON_NEEDED")

    assert Identity.objects.get(id=maren["id"]).status == "PENDING"


def test_a_decision_that_cannot_be_is_refused(maren):
    firm = the_firm()

    moved = problem(
        firm.post(of(maren, "decision"), {"status": "DISABLED", "reason": "DECEASED"}), 409, "STATE_CHANGED"
    )
    assert moved["meta"] == {"from": "PENDING", "to": "DISABLED"}
    problem(firm.post(of(maren, "decision"), {"status": "DENIED", "reason": "REVIEWED"}), 422, "REASON_NOT_ALLOWED")
    problem(firm.post(of(maren, "decision"), BY_RULE, HTTP_IF_MATCH='"9"'), 412, "PRECONDITION_FAILED")
    for wrong in (
        {"status": "LOST", "reason": "REVIEWED"},
        {"status": "DENIED", "reason": "MOOD"},
        {"status": "DENIED"},
    ):
        problem(firm.post(of(maren, "decision"), wrong), 400, "REQUEST_INVALID")


def test_a_program_raises_a_rating_and_lowers_none(maren):
    firm = the_firm()
    raised = firm.post(of(maren, "risk-rating"), {"rating": "HIGH", "reason": "Scored anew."})

    assert body(raised)["risk_rating"] == "HIGH"
    again = firm.post(of(maren, "risk-rating"), {"rating": "HIGH", "reason": "Scored anew."})
    assert body(again)["version"] == body(raised)["version"] == 2
    problem(firm.post(of(maren, "risk-rating"), {"rating": "LOW", "reason": "Scored."}), 403, "PERSON_NEEDED")
    for wrong in ({"rating": "NONE", "reason": "x"}, {"rating": "HIGH"}, {"rating": "HIGH", "reason": ""}):
        problem(firm.post(of(maren, "risk-rating"), wrong), 400, "REQUEST_INVALID")
    stale = firm.post(of(maren, "risk-rating"), {"rating": "HIGH", "reason": "x"}, HTTP_IF_MATCH='"1"')
    problem(stale, 412, "PRECONDITION_FAILED")


def test_a_check_of_the_house_says_how_it_was_made_and_is_told_once(maren):
    firm = the_firm()
    path = of(maren, "verifications")
    first = firm.post(path, clear("PEP", verified_at="2026-03-01T09:00:00.000000Z"), **key("v-1"))
    second = firm.post(path, clear("PEP", verified_at="2026-03-01T09:00:00.000000Z"), **key("v-1"))

    assert (second.content, second["Idempotent-Replayed"]) == (first.content, "true")
    problem(firm.post(path, clear("PEP", method="PASSTHROUGH"), **key("v-2")), 400, "REQUEST_INVALID")
    problem(firm.post(path, clear("PEP")), 400, "IDEMPOTENCY_KEY_MISSING")


def test_nobody_is_decided_who_is_not_there():
    firm, nobody = the_firm(), {"id": new_id()}

    problem(firm.post(of(nobody, "decision"), BY_RULE), 404, "NOT_FOUND")
    problem(firm.post(of(nobody, "risk-rating"), {"rating": "HIGH", "reason": "x"}), 404, "NOT_FOUND")
    problem(firm.post(of(nobody, "verifications"), clear("PEP"), **key("v")), 404, "NOT_FOUND")


def test_the_doors_are_the_firms_alone(maren):
    client = Api(token_around(a_program().credential.credential_id, "firm:identities", "identities:read"))
    for deed, asked in (
        ("decision", BY_RULE),
        ("risk-rating", {"rating": "HIGH", "reason": "x"}),
        ("verifications", clear("PEP")),
    ):
        problem(client.post(of(maren, deed), asked, **key("k")), 403, "SCOPE_MISSING")
        problem(the_firm("identities:read").post(of(maren, deed), asked, **key("k")), 403, "SCOPE_MISSING")
