"""Roles by four eyes: who is to get a role, or to lose one, does not decide on it; nor is a person counted twice."""

import html

import pytest
from django.urls import reverse

from accounts.models import ApprovalRequest, RoleGrant, StaffUser
from accounts.operations.grant_role import end_role, grant_role
from accounts.queries.approvals import count_decidable, list_who_may_decide
from core import clock
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor
from tests.desk import a_person, signed_in
from tests.four_eyes import decide

pytestmark = pytest.mark.django_db


@pytest.fixture
def three() -> list[StaffUser]:
    return [a_person(name, role="ADMINISTRATOR") for name in ("Ada Admin", "Abel Admin", "Agnes Admin")]


def asked_for(asker: StaffUser, subject: StaffUser, role: str = "COMPLIANCE") -> ApprovalRequest:
    """``asker`` wants the role for ``subject``, or wants an administrator's ended."""
    ask = end_role if role == "ADMINISTRATOR" else grant_role
    outcome = ask(
        staff_id=subject.pk, role=role, reason="Summer", actor=Actor("PERSON", asker.pk), at=clock.now()
    )  # fmt: skip
    return ApprovalRequest.objects.get(pk=outcome.approval_id)


@pytest.mark.parametrize("role", ["TREASURER", "ADMINISTRATOR"])
@pytest.mark.parametrize("verdict", ["APPROVE", "REJECT"])
def test_whose_role_it_is_does_not_decide_on_it(three: list[StaffUser], role: str, verdict: str) -> None:
    asker, subject, other = three
    request = asked_for(asker, subject, role)
    with pytest.raises(Refusal) as caught:
        decide(request.pk, subject, verdict, note="Mine")
    assert (caught.value.code, caught.value.status) == ("APPROVER_IS_SUBJECT", 422)
    request.refresh_from_db()
    assert (request.status, request.decisions.count()) == ("PENDING", 0)
    assert decide(request.pk, other).status == "EXECUTED"


def test_nor_by_a_second_account(three: list[StaffUser]) -> None:
    asker, second, _ = three
    subject = a_person("Abel Again", role=(), person_id=second.person_id)
    request = asked_for(asker, subject, "VIEWER")
    with pytest.raises(Refusal, match="APPROVER_IS_SUBJECT"):
        decide(request.pk, second)


def test_it_waits_for_others_and_says_so(three: list[StaffUser]) -> None:
    asker, subject, other = three
    request = asked_for(asker, subject, "TREASURER")
    at = clock.now()
    assert [count_decidable(person, at=at) for person in three] == [0, 0, 1]
    assert list(list_who_may_decide(request)) == [other]
    browser = signed_in(subject)
    shown = html.unescape(browser.get(reverse("ops:approval", args=[request.pk])).content.decode())
    assert "It is about yourself: somebody else decides it." in shown
    assert 'name="verdict"' not in shown
    listed = html.unescape(browser.get(reverse("ops:approvals"), {"tab": "pending"}).content.decode())
    assert "it is about yourself" in listed


def test_administrators_stay_enough_to_ask_and_to_decide(three: list[StaffUser]) -> None:
    asker, subject, other = three
    request = asked_for(asker, subject, "ADMINISTRATOR")
    decide(request.pk, other)
    with pytest.raises(Refusal, match="TOO_FEW_APPROVERS"):
        asked_for(asker, other, "ADMINISTRATOR")
    assert RoleGrant.objects.filter(role__name="ADMINISTRATOR", ended_at__isnull=True).count() == 2
