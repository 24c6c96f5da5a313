"""Every action under policy, tried in every way that four eyes must not let through. A new action is among them by itself."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.approvable import get_action, known_actions
from accounts.domain.approving import Tier
from accounts.models import ApprovalPolicy, ApprovalRequest, RoleGrant, StaffUser
from accounts.operations.cancel_approval import cancel_approval
from accounts.operations.carry_out import carry_out
from accounts.operations.change_policy import PolicyTerms, change_policy
from accounts.operations.decide_approval import decide_approval
from accounts.operations.expire_approvals import expire_approvals
from core import clock
from core.domain.refusals import Refusal
from core.models import AuditEntry
from core.operations.record_audit import SYSTEM, Actor
from tests.accounts.approvals.samples import SAMPLES, ask, carry
from tests.desk import a_person
from tests.four_eyes import a_person_with, approve, decide

pytestmark = pytest.mark.django_db
ACTIONS = known_actions()


def test_every_action_has_a_sample_a_policy_and_words() -> None:
    assert set(SAMPLES) == set(ACTIONS)
    assert set(ACTIONS) <= set(ApprovalPolicy.objects.values_list("action", flat=True))


@pytest.fixture(params=ACTIONS)
def asked(request: pytest.FixtureRequest) -> tuple[ApprovalRequest, StaffUser]:
    """A request of each action in turn, and who asked for it."""
    approval_id, person = ask(request.param)
    return ApprovalRequest.objects.get(pk=approval_id), person


def needing_two(code: str) -> None:
    """From now on the action takes two approvals: by the road that there is."""
    permission = ApprovalPolicy.objects.filter(action=code).latest("policy_version").tiers[0]["permission"]
    for _ in range(3):
        a_person_with(permission)
    terms = PolicyTerms((Tier(Decimal(0), 2, permission),), expires_after_hours=24, needs_reauthentication=True)
    approve(change_policy(action=code, terms=terms, reason="Two", actor=SYSTEM, at=clock.now()).approval_id)


def refuse(code: str, request: ApprovalRequest, person: StaffUser, **how: object) -> None:
    """The decision is refused with ``code``, nothing came of it, and the attempt stands on the record."""
    entries = AuditEntry.objects.count()
    with pytest.raises(Refusal) as caught:
        decide(request.pk, person, **how)  # type: ignore[arg-type]
    assert caught.value.code == code
    request.refresh_from_db()
    assert (request.status, request.executed_at, request.approvers) == ("PENDING", None, [])
    assert not request.decisions.exists()
    assert AuditEntry.objects.count() == entries + 1
    entry = AuditEntry.objects.filter(action="accounts.approval.refuse").latest("id")
    assert (entry.object_id, entry.approval_id, entry.actor_id) == (str(request.pk), request.pk, person.pk)
    assert {each["field"]: each["after"] for each in entry.changes} == {
        "code": code,
        "verdict": how.get("verdict", "APPROVE"),
    }


def test_another_persons_approval_executes_it(asked: tuple[ApprovalRequest, StaffUser]) -> None:
    request, _ = asked
    approver = a_person_with(request.permission)
    decided = decide(request.pk, approver)
    assert (decided.status, decided.given, decided.required) == ("EXECUTED", 1, 1)
    request.refresh_from_db()
    assert request.result
    assert request.approvers == [approver.pk]
    acts = AuditEntry.objects.filter(approval_id=request.pk).values_list("action", flat=True)
    assert {"accounts.approval.ask", "accounts.approval.approve"} < set(acts), "and the act itself names the approval"


def test_nobody_approves_what_they_asked_for(asked: tuple[ApprovalRequest, StaffUser]) -> None:
    request, person = asked
    RoleGrant.objects.create(
        staff=person, role=a_person_with(request.permission).grants.get().role, granted_at=clock.now()
    )
    refuse("APPROVER_IS_REQUESTER", request, person)


def test_nor_by_a_second_account(asked: tuple[ApprovalRequest, StaffUser]) -> None:
    request, person = asked
    second = a_person_with(request.permission)
    StaffUser.objects.filter(pk=second.pk).update(person_id=person.person_id)
    refuse("APPROVER_IS_REQUESTER", request, second)


def test_a_changed_payload_is_not_approved(asked: tuple[ApprovalRequest, StaffUser]) -> None:
    request, _ = asked
    refuse("PAYLOAD_CHANGED", request, a_person_with(request.permission), payload_sha256="0" * 64)


def test_what_has_expired_is_not_approved(asked: tuple[ApprovalRequest, StaffUser]) -> None:
    request, _ = asked
    approver = a_person_with(request.permission)
    refuse("APPROVAL_EXPIRED", request, approver, at=request.expires_at)
    assert expire_approvals(at=request.expires_at) == 1
    with pytest.raises(Refusal, match="APPROVAL_EXPIRED"):
        decide(request.pk, approver)
    request.refresh_from_db()
    assert (request.status, request.executed_at) == ("EXPIRED", None)


def test_an_approval_said_again_does_nothing_again(asked: tuple[ApprovalRequest, StaffUser]) -> None:
    request, _ = asked
    approver = a_person_with(request.permission)
    decide(request.pk, approver)
    acts = AuditEntry.objects.count()
    for person in (approver, a_person_with(request.permission)):
        with pytest.raises(Refusal, match="APPROVAL_ALREADY_DECIDED"):
            decide(request.pk, person)
    assert AuditEntry.objects.exclude(action="accounts.approval.refuse").count() == acts


def test_who_lost_the_right_meanwhile_does_not_approve(asked: tuple[ApprovalRequest, StaffUser]) -> None:
    request, _ = asked
    approver = a_person_with(request.permission)
    approver.grants.update(ended_at=clock.now())
    refuse("PERMISSION_MISSING", request, StaffUser.objects.get(pk=approver.pk))


def test_who_was_suspended_meanwhile_does_not_approve(asked: tuple[ApprovalRequest, StaffUser]) -> None:
    request, _ = asked
    approver = a_person_with(request.permission)
    StaffUser.objects.filter(pk=approver.pk).update(status="SUSPENDED")
    refuse("PERMISSION_MISSING", request, approver)


@pytest.mark.parametrize("code", ACTIONS)
@pytest.mark.parametrize("loss", ["role", "status"])
def test_an_earlier_approval_does_not_count_once_its_right_is_lost(code: str, loss: str) -> None:
    needing_two(code)
    approval_id, _ = ask(code)
    request = ApprovalRequest.objects.get(pk=approval_id)
    first, second, third = (a_person_with(request.permission) for _ in range(3))
    assert decide(approval_id, first).status == "PENDING"
    if loss == "role":
        first.grants.update(ended_at=clock.now())
    else:
        StaffUser.objects.filter(pk=first.pk).update(status="LEFT")

    decided = decide(approval_id, second)
    assert (decided.status, decided.given, decided.lapsed) == ("PENDING", 1, (first.pk,))

    assert decide(approval_id, third).status == "EXECUTED"
    request.refresh_from_db()
    assert set(request.approvers) == {second.pk, third.pk}


@pytest.mark.parametrize("code", ACTIONS)
def test_one_human_with_two_accounts_is_one_approval(code: str) -> None:
    needing_two(code)
    approval_id, _ = ask(code)
    request = ApprovalRequest.objects.get(pk=approval_id)
    first, again = (a_person_with(request.permission) for _ in range(2))
    StaffUser.objects.filter(pk=again.pk).update(person_id=first.person_id)
    decide(approval_id, first)
    with pytest.raises(Refusal, match="APPROVAL_ALREADY_DECIDED"):
        decide(approval_id, again)


def test_a_second_factor_is_needed_and_no_older_than_five_minutes(asked: tuple[ApprovalRequest, StaffUser]) -> None:
    request, _ = asked
    approver = a_person_with(request.permission)
    refuse("SECOND_FACTOR_NEEDED", request, approver, is_fresh=False)
    at = request.requested_at + timedelta(minutes=10)
    for age, is_taken in ((301, False), (-1, False), (300, True)):
        say = {
            "approval_id": request.pk, "verdict": "APPROVE", "payload_sha256": request.payload_sha256, "note": "",
            "actor": Actor("PERSON", approver.pk), "at": at, "factor_at": at - timedelta(seconds=age),
        }  # fmt: skip
        if is_taken:
            assert decide_approval(**say).status == "EXECUTED"
        else:
            with pytest.raises(Refusal, match="SECOND_FACTOR_NEEDED"):
                decide_approval(**say)


@pytest.mark.parametrize("kind", ["CREDENTIAL", "ALGORITHM", "SYSTEM"])
def test_only_a_person_decides(asked: tuple[ApprovalRequest, StaffUser], kind: str) -> None:
    request, person = asked
    with pytest.raises(Refusal, match="DECIDER_IS_NO_PERSON"):
        decide_approval(
            approval_id=request.pk,
            verdict="APPROVE",
            payload_sha256=request.payload_sha256,
            note="",
            actor=Actor(kind, None if kind == "SYSTEM" else person.pk),
            at=request.requested_at,
            factor_at=request.requested_at,
        )


def test_one_rejection_ends_it_and_says_why(asked: tuple[ApprovalRequest, StaffUser]) -> None:
    request, _ = asked
    approver = a_person_with(request.permission)
    refuse("NOTE_MISSING", request, approver, verdict="REJECT", note="  ")
    assert decide(request.pk, approver, "REJECT", note="Not today").status == "REJECTED"
    with pytest.raises(Refusal, match="APPROVAL_ALREADY_DECIDED"):
        decide(request.pk, a_person_with(request.permission))
    request.refresh_from_db()
    assert (request.status, request.executed_at) == ("REJECTED", None)


def test_only_who_asked_takes_it_back(asked: tuple[ApprovalRequest, StaffUser]) -> None:
    request, person = asked
    with pytest.raises(Refusal, match="APPROVAL_IS_OF_ANOTHER"):
        cancel_approval(approval_id=request.pk, actor=Actor("PERSON", a_person().pk), at=clock.now())
    cancel_approval(approval_id=request.pk, actor=Actor("PERSON", person.pk), at=clock.now())
    request.refresh_from_db()
    assert request.status == "CANCELLED"
    for attempt in (
        lambda: cancel_approval(approval_id=request.pk, actor=Actor("PERSON", person.pk), at=clock.now()),
        lambda: decide(request.pk, a_person_with(request.permission)),
    ):
        with pytest.raises(Refusal, match="APPROVAL_ALREADY_DECIDED"):
            attempt()


@pytest.mark.parametrize("code", ACTIONS)
def test_the_same_asked_twice_is_one_request(code: str) -> None:
    wish = SAMPLES[code]()
    first = carry(wish, a_person())
    with pytest.raises(Refusal) as caught:
        carry(wish, a_person())
    assert (caught.value.code, caught.value.status) == ("APPROVAL_ALREADY_PENDING", 409)
    assert caught.value.meta == {"approval_id": str(first.approval_id)}


@pytest.mark.parametrize("code", ACTIONS)
def test_what_expired_unswept_does_not_stand_in_the_way(code: str) -> None:
    wish = SAMPLES[code]()
    first = carry(wish, a_person())
    later = clock.now() + timedelta(hours=25)
    second = carry_out(wish=wish, actor=Actor("PERSON", a_person().pk), at=later)
    assert second.approval_id != first.approval_id
    assert ApprovalRequest.objects.get(pk=first.approval_id).status == "EXPIRED"
    assert AuditEntry.objects.filter(action="accounts.approval.expire", approval_id=first.approval_id).count() == 1


@pytest.mark.parametrize("code", ACTIONS)
def test_the_words_do_not_change_the_payload(code: str) -> None:
    wish = SAMPLES[code]()
    description = get_action(code).describe(wish.payload)
    assert description.title
    assert description.effect
    assert description.changes
