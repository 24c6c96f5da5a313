"""Policies as data: tiers, the day's sum, versions; frozen with the request; changed by four eyes alone."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts import approvable
from accounts.approvable import Description, Execution, register_action
from accounts.domain.approving import DEFAULT_TIERS, Tier, TiersInvalid, choose_tier, read_tiers, tiers_json
from accounts.models import ApprovalPolicy, ApprovalRequest, ApprovalTally
from accounts.operations.carry_out import Outcome, Wish, carry_out
from accounts.operations.change_policy import PolicyTerms, change_policy
from core import clock
from core.domain.refusals import Refusal
from core.ids import new_id
from core.operations.record_audit import SYSTEM, Actor
from tests.accounts.approvals.samples import ask
from tests.desk import a_person
from tests.four_eyes import a_person_with, approve, decide
from tests.people import a_client

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MARKET = (Tier(Decimal(0), 1, "market.approve"),)


@pytest.fixture
def paid(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A withdrawal as the approvals see it: what was paid out, in the order of it."""
    monkeypatch.setattr(approvable, "_actions", {**approvable._actions})
    approvable._actions.pop("WITHDRAWAL", None)
    amounts: list[str] = []

    def execute(execution: Execution) -> dict[str, str]:
        if execution.payload["amount"] == "13":
            ApprovalTally.objects.create(action="WRITTEN", day=execution.at.date(), value=13)
            raise Refusal("INSUFFICIENT_AVAILABLE", "There is not that much.")
        amounts.append(execution.payload["amount"])
        return {"amount": execution.payload["amount"]}

    def describe(payload: object) -> Description:
        return Description("Pay", [], "Money leaves.")

    register_action("WITHDRAWAL", execute=execute, describe=describe)
    return amounts


def withdraw(amount: str, *, at: datetime = MORNING, value: str | None = "same", entity: object = None) -> Outcome:
    wish = Wish(
        action="WITHDRAWAL",
        subject_type="settlement.withdrawal",
        subject_id=new_id(),
        payload={"amount": amount},
        value=None if value is None else Decimal(amount if value == "same" else value),
        entity_id=entity,  # type: ignore[arg-type]
    )
    return carry_out(wish=wish, actor=SYSTEM, at=at)


def required(outcome: Outcome) -> int:
    return 0 if outcome.approval_id is None else ApprovalRequest.objects.get(pk=outcome.approval_id).approvals_required


def test_the_house_begins_with_a_policy_for_every_action() -> None:
    found = dict(ApprovalPolicy.objects.values_list("action", "tiers"))
    assert found == {action: tiers_json(tiers) for action, tiers in DEFAULT_TIERS.items()}


def test_the_value_chooses_the_tier_to_the_last_digit(paid: list[str]) -> None:
    assert [required(withdraw(amount)) for amount in ("999.999999999999999999", "1000", "9999.99", "10000")] == [
        0, 1, 1, 2,
    ]  # fmt: skip
    assert paid == ["999.999999999999999999"]


def test_what_cannot_be_measured_takes_the_highest_tier(paid: list[str]) -> None:
    assert required(withdraw("5", value=None)) == 2
    assert not paid


def test_an_action_without_a_policy_is_closed(paid: list[str]) -> None:
    register_action("UNHEARD", execute=lambda _: {}, describe=lambda _: Description("", [], ""))
    wish = Wish(action="UNHEARD", subject_type="a", subject_id="b", payload={})
    with pytest.raises(Refusal, match="POLICY_MISSING"):
        carry_out(wish=wish, actor=SYSTEM, at=MORNING)


def test_many_small_ones_are_a_large_one(paid: list[str]) -> None:
    limited("2000")
    client, other = a_client().entity_id, a_client().entity_id
    assert [required(withdraw("900", entity=client)) for _ in range(3)] == [0, 0, 2]
    assert required(withdraw("900", entity=other)) == 0, "each entity has its own sum"
    assert required(withdraw("900")) == 0, "and so has the firm"
    assert required(withdraw("900", entity=client, at=MORNING + timedelta(days=1))) == 0, "a new day"
    assert paid == ["900"] * 5
    over = ApprovalRequest.objects.get(is_over_daily_limit=True)
    assert (over.approvals_required, over.tier_from_value) == (2, 10_000)


def limited(daily_limit: str) -> None:
    """The withdrawal's policy with a limit a day."""
    for _ in range(2):
        a_person_with("withdrawal.approve")
    tiers = read_tiers(ApprovalPolicy.objects.get(action="WITHDRAWAL").tiers)
    terms = PolicyTerms(tiers, 24, needs_reauthentication=True, daily_limit=Decimal(daily_limit))
    approve(change_policy(action="WITHDRAWAL", terms=terms, reason="Tests", actor=SYSTEM, at=MORNING).approval_id)


def test_a_refused_execution_fails_and_leaves_nothing_else(paid: list[str]) -> None:
    outcome = withdraw("13", value="5000")
    decided = approve(outcome.approval_id)
    assert (decided.status, decided.outcome_code) == ("FAILED", "INSUFFICIENT_AVAILABLE")
    request = ApprovalRequest.objects.get(pk=outcome.approval_id)
    assert (request.executed_at, request.outcome_detail) == (None, "There is not that much.")
    assert not ApprovalTally.objects.filter(action="WRITTEN").exists()
    with pytest.raises(Refusal, match="APPROVAL_ALREADY_DECIDED"):
        decide(request.pk, a_person_with(request.permission))


def test_the_policy_of_the_moment_of_asking_stays(paid: list[str]) -> None:
    outcome = withdraw("5000")
    before = ApprovalRequest.objects.get(pk=outcome.approval_id)
    limited("1")
    after = ApprovalRequest.objects.get(pk=outcome.approval_id)
    assert (after.policy_id, after.approvals_required) == (before.policy_id, 1)
    assert approve(outcome.approval_id).status == "EXECUTED"
    assert ApprovalRequest.objects.get(pk=withdraw("5000").approval_id).policy.policy_version == 2


def change(action: str = "MARKET_RESUME", tiers: tuple[Tier, ...] = MARKET, **terms: object) -> Outcome:
    values = {"expires_after_hours": 24, "needs_reauthentication": True} | terms
    return change_policy(
        action=action,
        terms=PolicyTerms(tiers, **values),  # type: ignore[arg-type]
        reason="Tests",
        actor=Actor("PERSON", a_person("Ada Asks", role=()).pk),
        at=clock.now(),
    )


def test_a_policy_changes_by_approval_and_names_it() -> None:
    for _ in range(2):
        a_person_with("market.approve")
    outcome = change(tiers=(Tier(Decimal(0), 2, "market.approve"),), expires_after_hours=2)
    assert required(ask_resume()) == 1
    approve(outcome.approval_id)
    policy = ApprovalPolicy.objects.get(action="MARKET_RESUME", policy_version=2)
    assert (policy.approval_id, policy.expires_after_hours) == (outcome.approval_id, 2)
    request = ApprovalRequest.objects.get(pk=outcome.approval_id)
    assert request.changes == [
        ["from 0", "1 with market.approve", "2 with market.approve"],
        ["expires after", "24 h", "2 h"],
    ]


def ask_resume() -> Outcome:
    approval_id, _ = ask("MARKET_RESUME")
    return Outcome(approval_id, None)


def test_a_policy_that_moved_meanwhile_is_not_changed_back() -> None:
    a_person_with("market.approve")
    first = change(expires_after_hours=2)
    waiting = ApprovalRequest.objects.get(pk=first.approval_id)
    approve(first.approval_id)
    again = carry_out(
        wish=Wish(
            action="POLICY_CHANGE",
            subject_type=waiting.subject_type,
            subject_id=waiting.subject_id,
            payload=waiting.payload,
        ),
        actor=SYSTEM,
        at=clock.now(),
    )
    assert approve(again.approval_id).outcome_code == "POLICY_MOVED"


@pytest.mark.parametrize(
    ("code", "terms"),
    [
        ("ACTION_UNKNOWN", {"action": "DANCE"}),
        ("TOO_FEW_APPROVERS", {"tiers": (Tier(Decimal(0), 3, "market.approve"),)}),
        ("TOO_FEW_APPROVERS", {"tiers": (Tier(Decimal(0), 1, "nobody.has"),)}),
        ("EXPIRY_OUT_OF_BOUNDS", {"expires_after_hours": 721}),
        ("TIERS_INVALID", {"tiers": (Tier(Decimal(5), 1, "market.approve"),)}),
        ("TIERS_INVALID", {"tiers": ()}),
        ("APPROVAL_IS_NEEDED", {"action": "POLICY_CHANGE", "tiers": (Tier(Decimal(0), 0, ""),)}),
        ("APPROVAL_IS_NEEDED", {"action": "ROLE_GRANT", "tiers": (Tier(Decimal(0), 0, ""),)}),
    ],
)
def test_a_policy_that_would_not_work_is_not_even_asked_for(code: str, terms: dict[str, object]) -> None:
    a_person_with("market.approve")
    with pytest.raises(Refusal) as caught:
        change(**terms)  # type: ignore[arg-type]
    assert caught.value.code == code


@pytest.mark.parametrize(
    "tiers",
    [
        [],
        "0",
        [{"from_value": "0", "approvals": "1"}],
        [{"from_value": "0", "approvals": 1, "permission": "a.b"}],
        [{"from_value": "1", "approvals": "1", "permission": "a.b"}],
        [{"from_value": "0", "approvals": "1", "permission": ""}],
        [{"from_value": "0", "approvals": "10", "permission": "a.b"}],
        [{"from_value": "0", "approvals": "-1", "permission": "a.b"}],
        [{"from_value": "NaN", "approvals": "1", "permission": "a.b"}],
        [{"from_value": "0", "approvals": "2", "permission": "a.b"}, {"from_value": "0", "approvals": "2", "permission": "a.b"}],
        [{"from_value": "0", "approvals": "2", "permission": "a.b"}, {"from_value": "9", "approvals": "1", "permission": "a.b"}],
    ],
)  # fmt: skip
def test_unsound_tiers_are_refused(tiers: object) -> None:
    with pytest.raises(TiersInvalid):
        read_tiers(tiers)


def test_tiers_are_chosen_by_value() -> None:
    tiers = read_tiers(tiers_json(DEFAULT_TIERS["WITHDRAWAL"]))
    assert [choose_tier(tiers, Decimal(value)).approvals for value in (0, 999, 1_000, 10_000, 10**18)] == [
        0,
        0,
        1,
        2,
        2,
    ]
    assert choose_tier(tiers, None).approvals == 2
    assert choose_tier(tiers, Decimal(1), is_over_limit=True).approvals == 2
