"""One wish of every action under policy: whoever registers an action adds its wish here, and all of these tests try it."""

from collections.abc import Callable
from uuid import UUID

from accounts.domain.credential_terms import CredentialTerms
from accounts.models import ApprovalPolicy, ProfileMember, StaffUser
from accounts.operations.carry_out import Outcome, Wish, carry_out
from accounts.operations.set_control import ControlWish, set_control
from core import clock
from core.ids import new_id
from core.operations.record_audit import Actor
from tests.desk import a_person
from tests.four_eyes import a_person_with
from tests.people import a_client
from tests.world import World


def _policy_change() -> Wish:
    a_person_with("market.approve")
    policy = ApprovalPolicy.objects.get(action="MARKET_RESUME")
    payload = {
        "action": "MARKET_RESUME",
        "replaces_version": str(policy.policy_version),
        "tiers": [{"from_value": "0", "approvals": "1", "permission": "market.approve"}],
        "expires_after_hours": "8",
        "needs_reauthentication": True,
        "daily_limit": None,
    }
    return Wish(
        action="POLICY_CHANGE", subject_type="accounts.approval_policy", subject_id="MARKET_RESUME", payload=payload
    )


def _role_grant() -> Wish:
    person = a_person("Nora New", role=())
    payload = {"kind": "GRANT", "staff_id": str(person.pk), "role": "VIEWER"}
    return Wish(action="ROLE_GRANT", subject_type="accounts.staff_user", subject_id=person.pk, payload=payload)


def _market_resume() -> Wish:
    world = World()
    world.change_phase("HALTED")
    world.change_phase("CANCEL_ONLY")
    world.match()
    payload = {"market_id": str(world.market_id), "market": "BTC-USD", "phase": "OPEN", "reason": "All is well"}
    return Wish(action="MARKET_RESUME", subject_type="trading.market", subject_id=world.market_id, payload=payload)


def _reference_price() -> Wish:
    world = World()
    payload = {
        "market_id": str(world.market_id), "market": "BTC-USD", "reason": "Opening", "ticks": "120000", "price": "60000",
    }  # fmt: skip
    return Wish(action="REFERENCE_PRICE", subject_type="trading.market", subject_id=world.market_id, payload=payload)


def _control_clear() -> Wish:
    person = a_client()
    identity_id = ProfileMember.objects.get(profile_id=person.profile_id, role="HOLDER").identity_id
    control_id = set_control(
        identity_id=identity_id,
        wish=ControlWish("FROZEN", "COMPLIANCE_INVESTIGATION"),
        set_by="OPERATOR",
        actor=Actor("PERSON", a_person().pk),
        at=clock.now(),
    )
    payload = {"control_id": str(control_id), "identity_id": str(identity_id), "note": "Settled."}
    return Wish(
        action="CONTROL_CLEAR", subject_type="accounts.identity_control", subject_id=control_id, payload=payload
    )


def _credential_create() -> Wish:
    person, credential_id = a_client(), new_id()
    terms = CredentialTerms(label="program", scopes=("orders:read",))
    payload = {"kind": "CREATE", "credential_id": str(credential_id), "entity_id": str(person.entity_id)}
    return Wish(
        action="CREDENTIAL_CREATE",
        subject_type="accounts.credential",
        subject_id=credential_id,
        payload=payload | terms.as_payload(),
        entity_id=person.entity_id,
    )


SAMPLES: dict[str, Callable[[], Wish]] = {
    "CONTROL_CLEAR": _control_clear,
    "CREDENTIAL_CREATE": _credential_create,
    "POLICY_CHANGE": _policy_change,
    "ROLE_GRANT": _role_grant,
    "MARKET_RESUME": _market_resume,
    "REFERENCE_PRICE": _reference_price,
}


def ask(code: str, requester: StaffUser | None = None) -> tuple[UUID, StaffUser]:
    """Somebody asks for the action's sample; answers the request's id and who asked."""
    wish = SAMPLES[code]()
    person = requester or a_person("Ada Asks", role=())
    outcome = carry(wish, person)
    assert outcome.approval_id is not None
    return outcome.approval_id, person


def carry(wish: Wish, person: StaffUser) -> Outcome:
    return carry_out(wish=wish, actor=Actor("PERSON", person.pk), at=clock.now())
