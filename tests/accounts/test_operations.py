"""Taking clients on, giving them keys and taking the keys back."""

import pytest

from accounts.contracts import EntityTerms
from accounts.models import Entity, Organisation, Profile, StaffUser
from accounts.operations.create_entity import create_entity
from accounts.operations.create_organisation import create_organisation
from accounts.operations.create_profile import create_profile
from accounts.operations.revoke_credential import revoke_credential
from core import clock
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.models import AuditEntry
from tests.people import a_client

pytestmark = pytest.mark.django_db


def test_the_first_profile_is_the_default_one_and_all_of_an_entity_form_one_self_trade_group():
    person = a_client()
    second = create_profile(entity_id=person.entity_id, name="Two", reference="two", at=clock.now())
    profiles = {profile.id: profile for profile in Profile.objects.filter(entity_id=person.entity_id)}
    assert profiles[person.profile_id].kind == "DEFAULT"
    assert profiles[second].kind == "NORMAL"
    assert {profile.self_trade_group for profile in profiles.values()} == {person.entity_id}


def test_a_reference_in_use_is_refused_with_what_has_it():
    person = a_client()
    entity = Entity.objects.get(id=person.entity_id)
    with pytest.raises(Refusal) as caught:
        create_entity(
            organisation_id=person.organisation_id,
            terms=EntityTerms("", "PERSON", entity.reference, "CH"),
            at=clock.now(),
        )
    assert (caught.value.code, caught.value.status) == ("ALREADY_EXISTS", 409)
    assert caught.value.meta == {"existing": str(entity.id)}
    with pytest.raises(Refusal) as caught:
        create_profile(entity_id=entity.id, name="Again", reference="main", at=clock.now())
    assert caught.value.meta == {"existing": str(person.profile_id)}


def test_a_second_firm_is_refused():
    create_organisation(name="The house", kind="FIRM", at=clock.now())
    with pytest.raises(Refusal, match="ALREADY_EXISTS"):
        create_organisation(name="Another", kind="FIRM", at=clock.now())


def test_nothing_is_opened_under_what_is_missing_or_closed():
    at, person = clock.now(), a_client()
    terms = EntityTerms("", "PERSON", "new", "CH")
    with pytest.raises(NotFound):
        create_entity(organisation_id=new_id(), terms=terms, at=at)
    with pytest.raises(NotFound):
        create_profile(entity_id=new_id(), name="A", reference="a", at=at)
    Organisation.objects.filter(id=person.organisation_id).update(status="CLOSED")
    Entity.objects.filter(id=person.entity_id).update(status="CLOSED")
    with pytest.raises(Refusal, match="ORGANISATION_CLOSED"):
        create_entity(organisation_id=person.organisation_id, terms=terms, at=at)
    with pytest.raises(Refusal, match="ENTITY_CLOSED"):
        create_profile(entity_id=person.entity_id, name="A", reference="a", at=at)


def test_each_act_is_in_the_audit_once():
    person = a_client(is_known=False)
    revoke_credential(credential_id=person.credential.credential_id, at=clock.now())
    actions = sorted(AuditEntry.objects.values_list("action", flat=True))
    assert actions == [
        "accounts.approval.approve",
        "accounts.approval.ask",
        "accounts.credential.create",
        "accounts.credential.issue_secret",
        "accounts.credential.revoke",
        "accounts.entity.create",
        "accounts.organisation.create",
        "accounts.profile.create",
    ]


def test_only_active_staff_can_sign_in(client):
    person = StaffUser.objects.create_user("ada@example.com", "a long enough password", name="Ada")
    assert not client.login(username="ada@example.com", password="a long enough password")
    person.mark_active(at=clock.now())
    assert client.login(username="ADA@example.com", password="a long enough password")
    person.status = StaffUser.Status.SUSPENDED
    person.save()
    assert not client.login(username="ada@example.com", password="a long enough password")
    nobody = StaffUser.objects.create_user("eve@example.com", None, name="Eve")
    assert not client.login(username="eve@example.com", password="")
    assert not nobody.is_staff
