"""The rules of approvals live in the database: each is hit by going around Python."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import ApprovalDecision, ApprovalPolicy, ApprovalRequest, StaffUser
from core import clock
from tests.accounts.approvals.samples import ask
from tests.four_eyes import a_person_with, decide
from tests.guards.going_around import clone, refusing_fact

pytestmark = pytest.mark.django_db
REQUEST, DECISION, POLICY = "accounts_approvalrequest", "accounts_approvaldecision", "accounts_approvalpolicy"
NAN = "'NaN'"
ONE = '[{"from_value": "0", "approvals": "1", "permission": "a.b"}]'


class Scene:
    """One executed request with its decision, and one that waits."""

    def __init__(self) -> None:
        done_id, self.asker = ask("ROLE_GRANT")
        self.approver = a_person_with("role.approve")
        decide(done_id, self.approver)
        self.done = ApprovalRequest.objects.get(pk=done_id)
        self.waiting = ApprovalRequest.objects.get(pk=ask("POLICY_CHANGE", self.asker)[0])
        self.other = a_person_with(self.waiting.permission, "Otto Other")

    def update(self, change: str, request: ApprovalRequest | None = None) -> str:
        return f"UPDATE {REQUEST} SET {change} WHERE id = '{(request or self.waiting).pk}'"

    def decision(self, **changes: str) -> str:
        """A decision of Otto on the request that waits, which would be taken but for the changes."""
        values = {
            "request_id": f"'{self.waiting.pk}'",
            "approver_id": f"'{self.other.pk}'",
            "approver_person": f"'{self.other.person_id}'",
            "requester_id": f"'{self.waiting.requested_by_id}'",
            "requester_person": f"'{self.waiting.requester_person}'",
            "payload_sha256": f"'{self.waiting.payload_sha256}'",
            "verdict": "'APPROVE'",
            "note": "''",
            "decided_at": f"'{self.waiting.requested_at.isoformat()}'",
        }
        return clone(DECISION, **(values | changes))

    def approved(self, approvers: str, required: str = "") -> str:
        return self.update(f"status = 'APPROVED', ended_at = now(), approvers = {approvers}")


@pytest.fixture
def scene() -> Scene:
    return Scene()


AROUND: list[tuple[str, Callable[[Scene], str]]] = [
    # --- requests
    ("subject_has_one_pending_request", lambda s: clone(REQUEST, where=f"id = '{s.waiting.pk}'")),
    ("approval_is_asked_first", lambda s: clone(REQUEST, where=f"id = '{s.done.pk}'")),
    ("approval_moves_forward", lambda s: s.update("status = 'EXECUTED', ended_at = now(), executed_at = now()")),
    ("approval_moves_forward", lambda s: s.update("status = 'PENDING', ended_at = NULL", s.done)),
    ("approval_moves_forward", lambda s: s.update("outcome_detail = 'later'", s.done)),
    ("approval_request_is_frozen", lambda s: s.update("payload = '{}'")),
    ("approval_request_is_frozen", lambda s: s.update("payload_sha256 = repeat('0', 64)")),
    ("approval_request_is_frozen", lambda s: s.update("approvals_required = 9")),
    ("approval_request_is_frozen", lambda s: s.update("permission = 'desk.read'")),
    ("approval_request_is_frozen", lambda s: s.update("expires_at = expires_at + interval '1 day'")),
    ("approval_request_is_frozen", lambda s: s.update("requester_person = gen_random_uuid()")),
    ("approval_request_is_kept", lambda s: f"DELETE FROM {REQUEST} WHERE id = '{s.waiting.pk}'"),
    ("executed_request_was_approved", lambda s: s.approved("'{}'")),
    ("executed_request_was_approved", lambda s: s.approved(f"ARRAY['{s.other.pk}'::uuid]")),
    ("approval_payload_is_hashed", lambda s: fresh(s, payload_sha256="'none'")),
    ("approval_value_is_finite", lambda s: fresh(s, value=NAN)),
    ("approval_value_is_finite", lambda s: fresh(s, value="-1")),
    ("approval_needs_somebody", lambda s: fresh(s, approvals_required="0")),
    ("approval_needs_somebody", lambda s: fresh(s, permission="''")),
    ("approval_requester_is_named", lambda s: fresh(s, requested_by_id="NULL")),
    ("approval_requester_is_named", lambda s: fresh(s, requester_person="NULL")),
    ("approval_requester_is_named", lambda s: fresh(s, requested_by_kind="'GHOST'")),
    ("approval_expires_later", lambda s: fresh(s, expires_at="requested_at")),
    ("ended_approval_has_time", lambda s: fresh(s, ended_at="now()")),
    ("executed_approval_has_time", lambda s: fresh(s, executed_at="now()")),
    ("failed_approval_has_code", lambda s: fresh(s, outcome_code="'NO'")),
    # --- decisions
    ("approver_is_not_requester", lambda s: s.decision(
        approver_id=f"'{s.asker.pk}'", approver_person=f"'{s.asker.person_id}'")),
    ("approver_is_not_requester", lambda s: as_second_account(s)),
    ("approver_decides_once", lambda s: again(s)),
    ("person_decides_once", lambda s: again(s, by_second_account=True)),
    ("decision_saw_the_same_payload", lambda s: s.decision(payload_sha256="repeat('0', 64)")),
    ("decision_names_the_requester", lambda s: s.decision(requester_id="NULL")),
    ("decision_names_the_requester", lambda s: s.decision(requester_person="NULL")),
    ("decision_names_the_person", lambda s: s.decision(approver_person="gen_random_uuid()")),
    ("approver_is_not_subject", lambda s: of_own_role(s)),
    ("approver_is_not_subject", lambda s: of_own_role(s, by_second_account=True)),
    ("decision_came_in_time", lambda s: s.decision(decided_at=f"'{s.waiting.expires_at.isoformat()}'")),
    ("decision_came_in_time", lambda s: late(s)),
    ("decision_verdict_is_known", lambda s: s.decision(verdict="'MAYBE'", note="'x'")),
    ("rejection_has_a_note", lambda s: s.decision(verdict="'REJECT'")),
    ("decision_is_append_only", lambda s: f"UPDATE {DECISION} SET note = 'x'"),
    ("decision_is_append_only", lambda s: f"DELETE FROM {DECISION}"),
    # --- policies
    ("policy_is_append_only", lambda s: f"UPDATE {POLICY} SET tiers = '{ONE}'"),
    ("policy_is_append_only", lambda s: f"DELETE FROM {POLICY}"),
    ("policy_follows_its_predecessor", lambda s: policy(version=3)),
    ("policy_follows_its_predecessor", lambda s: policy(version=1)),
    ("policy_change_was_approved", lambda s: policy(version=2)),
    ("policy_change_was_approved", lambda s: policy(version=2, approval=f"'{s.waiting.pk}'")),
    ("policy_change_was_approved", lambda s: approved_policy(s, tiers=ONE)),
    ("policy_change_was_approved", lambda s: approved_policy(s, hours=720)),
    ("policy_change_was_approved", lambda s: approved_policy(s, needs_factor="false")),
    ("policy_change_was_approved", lambda s: approved_policy(s, limit="50")),
    ("policy_change_was_approved", lambda s: approved_policy(s, is_after_another=True)),
    ("policy_change_is_used_once", lambda s: used_twice(s)),
    ("policy_change_names_its_approval", lambda s: policy(version=2, approval="NULL")),
    ("policy_change_names_its_approval", lambda s: policy(version=1, action="NEW")),
    ("policy_action_is_plain", lambda s: policy(action="new", approval="NULL")),
    ("policy_tiers_are_sound", lambda s: policy(action="NEW", approval="NULL", tiers="[]")),
    ("policy_tiers_are_sound", lambda s: policy(action="NEW", approval="NULL", tiers=ONE.replace('"0"', '"1"'))),
    ("policy_tiers_are_sound", lambda s: policy(action="NEW", approval="NULL", tiers=ONE.replace('"1"', "1"))),
    ("policy_tiers_are_sound", lambda s: policy(action="NEW", approval="NULL", tiers=ONE.replace("a.b", ""))),
    ("guards_are_changed_by_two", lambda s: policy(
        action="ROLE_GRANT", version=2, tiers='[{"from_value": "0", "approvals": "0", "permission": ""}]')),
    ("policy_expiry_is_bounded", lambda s: policy(action="NEW", approval="NULL", hours=0)),
    ("policy_expiry_is_bounded", lambda s: policy(action="NEW", approval="NULL", hours=721)),
    ("policy_limit_is_finite", lambda s: policy(action="NEW", approval="NULL", limit=NAN)),
    ("approval_tally_is_kept_once", lambda s: tally(s, "1", "(SELECT id FROM accounts_entity LIMIT 1)")),
    ("approval_tally_is_kept_once", lambda s: tally(s, "1", "NULL")),
    ("approval_tally_is_finite", lambda s: tally(s, NAN, "NULL", is_first=True)),
]  # fmt: skip

TRIED = {"ApprovalPolicy", "ApprovalRequest", "ApprovalDecision", "ApprovalTally"}
# Others refuse first: two versions of one number meet only when two insert at the same moment, and a status that nobody knows
# is neither the first one nor one that a request moves to.
IMPLIED = {"one_policy_in_force_per_action", "approval_status_is_known"}


def fresh(scene: Scene, **changes: str) -> str:
    """The waiting request again, for another subject."""
    return clone(REQUEST, where=f"id = '{scene.waiting.pk}'", subject_id="'OTHER'", **changes)


def as_second_account(scene: Scene) -> str:
    StaffUser.objects.filter(pk=scene.other.pk).update(person_id=scene.asker.person_id)
    return scene.decision(approver_person=f"'{scene.asker.person_id}'")


def again(scene: Scene, *, by_second_account: bool = False) -> str:
    with connection.cursor() as cursor:
        cursor.execute(scene.decision())
    if not by_second_account:
        return scene.decision()
    second = a_person_with(scene.waiting.permission)
    StaffUser.objects.filter(pk=second.pk).update(person_id=scene.other.person_id)
    return scene.decision(approver_id=f"'{second.pk}'")


def late(scene: Scene) -> str:
    ApprovalRequest.objects.filter(pk=scene.waiting.pk).update(status="EXPIRED", ended_at=clock.now())
    return scene.decision()


def of_own_role(scene: Scene, *, by_second_account: bool = False) -> str:
    """A decision that would be taken, but for whose role it is about."""
    request = ApprovalRequest.objects.get(pk=ask("ROLE_GRANT", scene.asker)[0])
    subject = StaffUser.objects.get(pk=request.subject_id)
    if by_second_account:
        StaffUser.objects.filter(pk=scene.other.pk).update(person_id=subject.person_id)
    approver = scene.other if by_second_account else subject
    return scene.decision(
        request_id=f"'{request.pk}'",
        approver_id=f"'{approver.pk}'",
        approver_person=f"'{subject.person_id}'",
        payload_sha256=f"'{request.payload_sha256}'",
        decided_at=f"'{request.requested_at.isoformat()}'",
    )


def policy(
    *, action: str = "MARKET_RESUME", version: int = 1, approval: str = "gen_random_uuid()", tiers: str = ONE,
    hours: int = 24, limit: str = "NULL", needs_factor: str = "true",
) -> str:  # fmt: skip
    return (
        f"INSERT INTO {POLICY} (id, action, policy_version, tiers, expires_after_hours, needs_reauthentication, daily_limit,"
        f" in_force_from, approval_id) VALUES (gen_random_uuid(), '{action}', {version}, '{tiers}', {hours}, {needs_factor},"
        f" {limit}, now(), {approval})"
    )


def approved_policy(scene: Scene, *, is_after_another: bool = False, **changes: Any) -> str:
    """The version that the waiting request asks for, once it is executed: it would be taken, but for the changes."""
    request = scene.waiting
    with connection.cursor() as cursor:
        cursor.execute(scene.decision())
        cursor.execute(scene.approved(f"ARRAY['{scene.other.pk}'::uuid]"))
        cursor.execute(scene.update("status = 'EXECUTED', executed_at = now(), result = '{}'"))
    if is_after_another:
        decide(ask("POLICY_CHANGE", scene.asker)[0], scene.other)
    terms = {"tiers": ONE.replace("a.b", "market.approve"), "hours": 8, "version": 2 + is_after_another}
    return policy(**terms | {"approval": f"'{request.pk}'"} | changes)


def used_twice(scene: Scene) -> str:
    statement = approved_policy(scene)
    with connection.cursor() as cursor:
        cursor.execute(statement)
    return statement.replace("'MARKET_RESUME', 2", "'MARKET_RESUME', 3")


def tally(scene: Scene, value: str, entity: str, *, is_first: bool = False) -> str:
    statement = (
        "INSERT INTO accounts_approvaltally (id, entity_id, action, day, value)"
        f" VALUES (gen_random_uuid(), {entity}, 'X', '2026-03-02', {value})"
    )
    if not is_first:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    return statement


@pytest.mark.parametrize(
    ("fact", "statement"), AROUND, ids=[f"{fact}-{number}" for number, (fact, _) in enumerate(AROUND)]
)
def test_the_fact_refuses(scene: Scene, fact: str, statement: Callable[[Scene], str]) -> None:
    assert refusing_fact(statement(scene)) == fact


def test_every_fact_of_approvals_is_tried() -> None:
    models: list[Any] = [model for model in apps.get_app_config("accounts").get_models() if model.__name__ in TRIED]
    declared = {constraint.name for model in models for constraint in model._meta.constraints}
    assert len(models) == len(TRIED)
    assert declared - {fact for fact, _ in AROUND} == IMPLIED


def test_what_the_tests_change_would_be_taken_unchanged(scene: Scene) -> None:
    """The refusals above are about the change, not about the statement."""
    with connection.cursor() as cursor:
        cursor.execute(scene.decision())
        cursor.execute(fresh(scene))
        cursor.execute(scene.approved(f"ARRAY['{scene.other.pk}'::uuid]"))
    assert ApprovalRequest.objects.get(pk=scene.waiting.pk).status == "APPROVED"


def test_an_approved_policy_would_be_taken_unchanged(scene: Scene) -> None:
    statement = approved_policy(scene)
    with connection.cursor() as cursor:
        cursor.execute(statement)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert ApprovalPolicy.objects.get(action="MARKET_RESUME", policy_version=2).approval_id == scene.waiting.pk


@pytest.mark.parametrize(
    "loss", ["UPDATE accounts_rolegrant SET ended_at = granted_at", "UPDATE accounts_staffuser SET status = 'LEFT'"]
)
def test_the_database_counts_only_who_has_the_right(scene: Scene, loss: str) -> None:
    decision = scene.decision()
    with connection.cursor() as cursor:
        cursor.execute(decision)
        cursor.execute(loss)
    assert refusing_fact(scene.approved(f"ARRAY['{scene.other.pk}'::uuid]")) == "executed_request_was_approved"


def test_one_human_counts_once_whatever_is_written(scene: Scene) -> None:
    """Even decisions that were written by two accounts before both were known to be one human."""
    second = a_person_with(scene.waiting.permission)
    with connection.cursor() as cursor:
        cursor.execute(scene.decision())
        cursor.execute(
            scene.decision(approver_id=f"'{second.pk}'", approver_person=f"'{second.person_id}'", verdict="'REJECT'",
                note="'no'")
        )  # fmt: skip
    assert ApprovalDecision.objects.filter(request=scene.waiting).count() == 2
    assert refusing_fact(scene.approved(f"ARRAY['{scene.other.pk}'::uuid]")) == "executed_request_was_approved"


def test_the_application_may_not_delete_any_of_it(scene: Scene) -> None:
    assert ApprovalPolicy.objects.exists()
    for table in (REQUEST, DECISION, POLICY, "accounts_approvaltally"):
        assert refusing_fact(f"DELETE FROM {table}", role="cth_app").startswith("42501")
    assert scene.waiting.expires_at - scene.waiting.requested_at == timedelta(hours=24)
