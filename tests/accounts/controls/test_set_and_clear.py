"""Setting controls and lifting them: who may, what outlives what, what is written down, and who is told."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from django.db import connection

from accounts.domain.permissions import Action, Verdict
from accounts.models import ApprovalRequest, IdentityControl, Profile
from accounts.operations.add_member import add_member
from accounts.operations.clear_control import clear_control
from accounts.operations.set_control import CLIENT, OPERATOR, SUPERSEDED, ControlWish, set_control
from accounts.operations.set_control import SYSTEM as RULE
from accounts.queries.permissions import get_verdict
from core import clock
from core.domain.refusals import NotFound, Refusal
from core.models import AuditEntry, OutboxMessage
from core.operations.record_audit import SYSTEM, Actor
from tests.desk import a_person
from tests.four_eyes import approve
from tests.identities import an_identity
from tests.identities import approve as approve_identity
from tests.people import Person, a_client

pytestmark = pytest.mark.django_db
PROGRAM = Actor("CREDENTIAL", UUID("019ab000-0000-7000-8000-00000000beef"))


def identity_of(person: Person) -> UUID:
    found: UUID = Profile.objects.values_list("members__identity_id", flat=True).get(pk=person.profile_id)
    return found


def set_on(
    identity_id: UUID, kind: str, *, by: str = OPERATOR, reason: str = "OTHER", overridable: bool = False
) -> UUID:
    actor = {CLIENT: PROGRAM, OPERATOR: Actor("PERSON", uuid4()), RULE: SYSTEM}[by]
    wish = ControlWish(kind, reason, "Because.", overridable)
    return set_control(identity_id=identity_id, wish=wish, set_by=by, actor=actor, at=clock.now())


def lift(identity_id: UUID, control_id: UUID, *, by: str = OPERATOR, actor: Actor | None = None) -> UUID | None:
    actor = actor or (PROGRAM if by == CLIENT else SYSTEM)
    return clear_control(
        control_id=control_id, identity_id=identity_id, cleared_for=by, note="Settled.", actor=actor, at=clock.now()
    ).approval_id


def verdict(person: Person, action: Action) -> Verdict:
    return get_verdict(profile_id=person.profile_id, action=action)


def test_a_control_forbids_at_once_and_its_end_allows_again():
    person = a_client()
    identity_id = identity_of(person)
    assert verdict(person, Action.BUY) == Verdict.ALLOWED
    control_id = set_on(identity_id, "SELL_ONLY")
    assert (verdict(person, Action.BUY), verdict(person, Action.SELL)) == (Verdict.DENIED, Verdict.ALLOWED)
    assert verdict(person, Action.WITHDRAW) == Verdict.REVIEW
    assert lift(identity_id, control_id) is None
    assert verdict(person, Action.BUY) == Verdict.ALLOWED
    control = IdentityControl.objects.get(pk=control_id)
    assert (control.is_active, control.cleared_note) == (False, "Settled.")


def test_controls_are_a_stack():
    person = a_client()
    identity_id = identity_of(person)
    first, second = set_on(identity_id, "SELL_ONLY"), set_on(identity_id, "DORMANT")
    lift(identity_id, first)
    assert verdict(person, Action.SELL) == Verdict.DENIED
    lift(identity_id, second)
    again = set_on(identity_id, "SELL_ONLY")
    assert again != first
    assert IdentityControl.objects.filter(identity_id=identity_id).count() == 3


@pytest.mark.parametrize(
    ("kind", "by", "reason", "overridable", "may"),
    [
        ("SELL_ONLY", CLIENT, "END_USER_REQUEST", False, True),
        ("CLOSED", CLIENT, "END_USER_REQUEST", False, True),
        ("DORMANT", CLIENT, "INACTIVITY", False, True),
        ("FROZEN", CLIENT, "RISK_FRAUD", False, False),
        ("SELL_ONLY", OPERATOR, "ADMINISTRATIVE", False, False),
        ("DORMANT", OPERATOR, "INACTIVITY", True, True),
        ("SELL_ONLY", RULE, "COMPLIANCE_KYC", False, False),
        ("DORMANT", RULE, "INACTIVITY", True, True),
        ("FROZEN", OPERATOR, "COMPLIANCE_INVESTIGATION", False, False),
        ("SELL_ONLY", OPERATOR, "LEGAL_ORDER", False, False),
    ],
)
def test_what_a_client_may_lift(kind, by, reason, overridable, may):
    identity_id = identity_of(a_client())
    control_id = set_on(identity_id, kind, by=by, reason=reason, overridable=overridable)
    if may:
        assert lift(identity_id, control_id, by=CLIENT) is None
    else:
        with pytest.raises(Refusal) as caught:
            lift(identity_id, control_id, by=CLIENT)
        assert (caught.value.code, caught.value.status) == ("CONTROL_NOT_OVERRIDABLE", 422)
    assert IdentityControl.objects.get(pk=control_id).is_active is not may


@pytest.mark.parametrize(("kind", "reason"), [("FROZEN", "RISK_FRAUD"), ("SELL_ONLY", "LEGAL_ORDER")])
def test_a_freeze_and_an_order_of_law_are_lifted_by_two(kind, reason):
    person = a_client()
    identity_id = identity_of(person)
    control_id = set_on(identity_id, kind, reason=reason)
    asker = a_person()
    approval_id = lift(identity_id, control_id, actor=Actor("PERSON", asker.pk))
    assert approval_id is not None
    assert verdict(person, Action.BUY) == Verdict.DENIED, "asking lifts nothing"
    assert ApprovalRequest.objects.get(pk=approval_id).entity_id is None, "the client does not hear of it"
    approve(approval_id)
    assert verdict(person, Action.BUY) == Verdict.ALLOWED
    entry = AuditEntry.objects.get(action="accounts.identity.clear_control")
    assert entry.approval_id == approval_id


def test_what_was_lifted_while_it_waited_for_approval_is_not_lifted_twice():
    identity_id = identity_of(a_client())
    control_id = set_on(identity_id, "FROZEN", reason="RISK_FRAUD")
    approval_id = lift(identity_id, control_id, actor=Actor("PERSON", a_person().pk))
    IdentityControl.objects.get(pk=control_id).mark_cleared(at=clock.now(), by=None, note="By hand.")
    approve(approval_id)
    request = ApprovalRequest.objects.get(pk=approval_id)
    assert (request.status, request.outcome_code) == ("FAILED", "STATE_CHANGED")


def test_the_firms_control_takes_the_place_of_one_that_the_client_could_lift():
    identity_id = identity_of(a_client())
    weak = set_on(identity_id, "SELL_ONLY", by=CLIENT, reason="END_USER_REQUEST")
    strong = set_on(identity_id, "SELL_ONLY", by=RULE, reason="COMPLIANCE_KYC")
    assert IdentityControl.objects.get(pk=weak).cleared_note == SUPERSEDED
    heard = OutboxMessage.objects.filter(topic="accounts.identity.controls_changed").order_by("id")
    assert [(message.payload["control_id"], message.payload["change"]) for message in heard] == [
        (str(weak), "SET"),
        (str(weak), "CLEARED"),
        (str(strong), "SET"),
    ]
    assert AuditEntry.objects.get(action="accounts.identity.clear_control").reason == SUPERSEDED
    with pytest.raises(Refusal, match="CONTROL_NOT_OVERRIDABLE"):
        lift(identity_id, strong, by=CLIENT)
    for by, reason in ((CLIENT, "OTHER"), (OPERATOR, "ADMINISTRATIVE")):
        with pytest.raises(Refusal) as caught:
            set_on(identity_id, "SELL_ONLY", by=by, reason=reason)
        assert (caught.value.code, caught.value.status, caught.value.meta) == (
            "ALREADY_EXISTS",
            409,
            {"existing": str(strong)},
        )


def test_lifting_again_does_nothing_and_anothers_control_is_not_there():
    identity_id, other = identity_of(a_client()), identity_of(a_client())
    control_id = set_on(identity_id, "SELL_ONLY")
    with pytest.raises(NotFound):
        lift(other, control_id)
    with pytest.raises(NotFound):
        set_on(uuid4(), "SELL_ONLY")
    lift(identity_id, control_id)
    lift(identity_id, control_id)
    assert AuditEntry.objects.filter(action="accounts.identity.clear_control").count() == 1


@pytest.mark.parametrize(
    ("kind", "by", "reason", "overridable"),
    [
        ("SELL_ONLY", CLIENT, "LEGAL_ORDER", False),
        ("SELL_ONLY", CLIENT, "COMPLIANCE_KYC", False),
        ("MUTED", OPERATOR, "OTHER", False),
        ("SELL_ONLY", OPERATOR, "MOOD", False),
        ("FROZEN", OPERATOR, "RISK_FRAUD", True),
        ("SELL_ONLY", OPERATOR, "LEGAL_ORDER", True),
    ],
)
def test_a_control_that_its_setter_does_not_give_is_refused(kind, by, reason, overridable):
    identity_id = identity_of(a_client())
    with pytest.raises(Refusal, match="CONTROL_NOT_ALLOWED"):
        set_on(identity_id, kind, by=by, reason=reason, overridable=overridable)
    assert not IdentityControl.objects.exists()


def test_it_is_written_down_and_the_client_hears_what_but_not_why():
    person = a_client()
    identity_id = identity_of(person)
    control_id = set_on(identity_id, "FROZEN", reason="COMPLIANCE_INVESTIGATION")
    entry = AuditEntry.objects.get(action="accounts.identity.set_control")
    assert (entry.object_id, entry.reason) == (str(identity_id), "Because.")
    assert {"field": "reason_code", "before": None, "after": "COMPLIANCE_INVESTIGATION"} in entry.changes
    message = OutboxMessage.objects.get(topic="accounts.identity.controls_changed")
    assert (message.channel, message.entity_id) == ("IDENTITIES", person.entity_id)
    assert message.payload["kind"] == "FROZEN"
    assert message.payload["control_id"] == str(control_id)
    assert message.payload["change"] == "SET"
    assert "INVESTIGATION" not in str(message.payload)


@pytest.mark.django_db(transaction=True)
def test_two_owners_are_changed_at_one_moment_and_both_count():
    """Each sees the other's control or is seen by it: whoever is second waits for the profile and reads afterwards."""
    person = a_client()
    holder, at = identity_of(person), clock.now()
    owner = approve_identity(an_identity(person.entity_id, at=at).pk, at=at).pk
    add_member(profile_id=person.profile_id, identity_id=owner, role="BENEFICIAL_OWNER", actor=SYSTEM, at=at)

    def work(number: int) -> None:
        identity_id, kind = (holder, "SELL_ONLY") if number % 2 else (owner, "DORMANT")
        try:
            for _ in range(10):
                lift(identity_id, set_on(identity_id, kind))
            set_on(identity_id, kind)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))

    profile = Profile.objects.get(pk=person.profile_id)
    assert {"BUY", "SELL", "EXECUTE", "TRANSFER_OUT", "WITHDRAW"} <= set(profile.denied_actions)
    assert "SETTLE" not in profile.denied_actions
