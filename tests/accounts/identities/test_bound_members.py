"""A freeze is not shaken off by taking away the owner whom it is about."""

from datetime import datetime

import pytest

from accounts.contracts import Membership
from accounts.models import Identity, IdentityControl, Profile, ProfileMember
from accounts.operations.change_profile import ProfileChange, change_profile
from accounts.operations.clear_control import clear_control
from accounts.operations.decide_identity import Decision, decide_identity
from accounts.operations.end_member import end_member
from accounts.operations.set_control import ControlWish, set_control
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor
from tests.desk import a_person
from tests.four_eyes import approve
from tests.identities import an_identity, an_officer, hold
from tests.identities import approve as approve_identity
from tests.people import Person, a_client

pytestmark = pytest.mark.django_db

FREEZE = ControlWish("FROZEN", "COMPLIANCE_INVESTIGATION", "Being looked at.")
SELL_ONLY = ControlWish("SELL_ONLY", "COMPLIANCE_EDD", "Being looked at.")


@pytest.fixture
def person() -> Person:
    return a_client(is_known=False)


def program(person: Person) -> Actor:
    return Actor("CREDENTIAL", person.credential.credential_id)


def known(person: Person, at: datetime) -> Identity:
    """Somebody else of the entity, approved."""
    return approve_identity(an_identity(person.entity_id, at=at).id, at=at)


def replace_holder(person: Person, new_id: object, actor: Actor, at: datetime) -> None:
    members = (Membership(new_id, "HOLDER"),)  # type: ignore[arg-type]
    change_profile(profile_id=person.profile_id, change=ProfileChange(members=members), actor=actor, at=at)


def refused(person: Person, new_id: object, actor: Actor, at: datetime) -> dict[str, object]:
    before = Profile.objects.get(id=person.profile_id)
    with pytest.raises(Refusal) as caught:
        replace_holder(person, new_id, actor, at)
    assert (caught.value.code, caught.value.status) == ("MEMBER_IS_BOUND", 422)
    after = Profile.objects.get(id=person.profile_id)
    assert (after.denied_actions, after.version) == (before.denied_actions, before.version)
    return caught.value.meta


def test_a_frozen_holder_is_replaced_by_nobody(person: Person, at: datetime) -> None:
    old, new = hold(person.profile_id, at=at), known(person, at)
    officer = Actor("PERSON", a_person().pk)
    control_id = set_control(identity_id=old.id, wish=FREEZE, set_by="OPERATOR", actor=officer, at=at)
    assert "WITHDRAW" in Profile.objects.get(id=person.profile_id).denied_actions

    assert refused(person, new.id, program(person), at) == {"identity_id": str(old.id)}
    refused(person, new.id, officer, at)
    member = ProfileMember.objects.get(profile_id=person.profile_id)
    add = ProfileChange(members=(Membership(old.id, "HOLDER"), Membership(new.id, "HOLDER")))
    change_profile(profile_id=person.profile_id, change=add, actor=program(person), at=at)
    with pytest.raises(Refusal):
        end_member(member_id=member.id, actor=officer, at=at)
    assert "WITHDRAW" in Profile.objects.get(id=person.profile_id).denied_actions

    outcome = clear_control(
        control_id=control_id, identity_id=old.id, cleared_for="OPERATOR", note="Dispelled.", actor=officer, at=at
    )
    approve(outcome.approval_id)
    end_member(member_id=member.id, actor=officer, at=at)
    assert Profile.objects.get(id=person.profile_id).denied_actions == []


def test_what_one_person_lifts_one_person_takes_away_and_no_program(person: Person, at: datetime) -> None:
    old, new = hold(person.profile_id, at=at), known(person, at)
    set_control(identity_id=old.id, wish=SELL_ONLY, set_by="OPERATOR", actor=an_officer(), at=at)

    refused(person, new.id, program(person), at)
    replace_holder(person, new.id, an_officer(), at)
    assert Profile.objects.get(id=person.profile_id).denied_actions == []


def test_nor_does_a_program_take_away_an_owner_who_was_disabled(person: Person, at: datetime) -> None:
    old, new = hold(person.profile_id, at=at), known(person, at)
    decision = Decision("DISABLED", "INTERNAL_POLICY", "No longer.")
    decide_identity(identity_id=old.id, decision=decision, actor=an_officer(), at=at)

    refused(person, new.id, program(person), at)


def test_who_only_advises_binds_nothing_and_may_go(person: Person, at: datetime) -> None:
    holder, adviser = hold(person.profile_id, at=at), an_identity(person.entity_id, at=at)
    members = (Membership(holder.id, "HOLDER"), Membership(adviser.id, "ADVISER"))
    change_profile(profile_id=person.profile_id, change=ProfileChange(members=members), actor=program(person), at=at)
    set_control(identity_id=adviser.id, wish=FREEZE, set_by="OPERATOR", actor=an_officer(), at=at)

    replace_holder(person, holder.id, program(person), at)
    assert not ProfileMember.objects.filter(identity=adviser, until__isnull=True).exists()
    assert IdentityControl.objects.filter(identity=adviser, cleared_at__isnull=True).exists()
