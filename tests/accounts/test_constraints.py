"""The rules of accounts live in the database: each is hit by going around Python."""

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import (
    AccessToken,
    ApiCredential,
    Entity,
    Organisation,
    Profile,
    RoleGrant,
    SpentCode,
    StaffInvitation,
    StaffUser,
)
from core import clock
from core.ids import new_id
from tests.desk import a_person, signed_in
from tests.people import a_client

pytestmark = pytest.mark.django_db


def refused(fact: str, statement: str, *values: object) -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    assert caught.value.__cause__.diag.constraint_name == fact


def test_there_is_one_firm():
    Organisation.objects.create(name="The house", kind="FIRM")
    refused(
        "there_is_one_firm",
        "INSERT INTO accounts_organisation (id, name, kind, status, version) VALUES (%s, 'B', 'FIRM', 'ACTIVE', 1)",
        new_id(),
    )


@pytest.mark.parametrize(
    ("fact", "change"),
    [
        ("entity_reference_is_plain", "reference = 'a b'"),
        ("entity_country_is_two_letters", "country = 'ch'"),
        ("entity_lei_has_its_form", "lei = 'SHORT'"),
        ("entity_kind_is_known", "kind = 'ROBOT'"),
        ("person_entity_has_no_name_in_clear", "kind = 'PERSON'"),
        ("institution_has_its_legal_name", "legal_name = ''"),
        ("entity_status_is_known", "status = 'GONE'"),
    ],
)
def test_an_entity_keeps_its_form(fact, change):
    person = a_client()
    refused(fact, f"UPDATE accounts_entity SET {change} WHERE id = %s", person.entity_id)


def test_an_entity_reference_is_used_once_in_its_organisation_and_freely_elsewhere():
    first, other = a_client(), a_client()
    second = Entity.objects.create(
        organisation_id=first.organisation_id, legal_name="", kind="PERSON", reference="b", country="CH"
    )
    reference = Entity.objects.get(id=first.entity_id).reference
    refused(
        "entity_reference_is_unique_in_organisation",
        "UPDATE accounts_entity SET reference = %s WHERE id = %s",
        reference,
        second.id,
    )
    Entity.objects.filter(id=other.entity_id).update(reference=reference)


def test_an_entity_has_one_default_profile_and_references_once():
    person = a_client()
    second = Profile.objects.create(
        entity_id=person.entity_id, name="Second", reference="second", self_trade_group=person.entity_id
    )
    refused(
        "entity_has_one_default_profile",
        "UPDATE accounts_profile SET kind = 'DEFAULT' WHERE id = %s",
        second.id,
    )
    refused(
        "profile_reference_is_unique_in_entity",
        "UPDATE accounts_profile SET reference = 'main' WHERE id = %s",
        second.id,
    )


def test_a_credential_has_scopes_a_hash_and_a_client_id_of_its_own():
    first, second = a_client(), a_client()
    mine = first.credential.credential_id
    refused("credential_has_scopes", "UPDATE accounts_apicredential SET scopes = '{}' WHERE id = %s", mine)
    refused(
        "credential_secret_is_hashed",
        "UPDATE accounts_apicredential SET secret_hash = 'open sesame' WHERE id = %s",
        mine,
    )
    refused(
        "client_id_is_unique",
        "UPDATE accounts_apicredential SET client_id = %s WHERE id = %s",
        second.credential.client_id,
        mine,
    )


def test_a_revoked_credential_stays_revoked():
    mine = a_client().credential.credential_id
    ApiCredential.objects.get(id=mine).mark_revoked(at=clock.now())
    refused(
        "revoked_credential_stays_revoked",
        "UPDATE accounts_apicredential SET status = 'ACTIVE' WHERE id = %s",
        mine,
    )


def test_a_token_is_hashed_and_unique():
    person, other = a_client(), a_client()
    token = AccessToken.objects.get(credential_id=person.credential.credential_id)
    theirs = AccessToken.objects.get(credential_id=other.credential.credential_id)
    refused("token_is_hashed", "UPDATE accounts_accesstoken SET token_sha256 = 'x' WHERE id = %s", token.id)
    refused(
        "token_hash_is_unique",
        "UPDATE accounts_accesstoken SET token_sha256 = %s WHERE id = %s",
        theirs.token_sha256,
        token.id,
    )
    refused("token_has_scopes", "UPDATE accounts_accesstoken SET scopes = '{}' WHERE id = %s", token.id)


def test_staff_sign_in_by_one_lower_case_address():
    person = StaffUser.objects.create_user("Ada@Example.com", "a long enough password", name="Ada")
    assert person.email == "ada@example.com"
    refused(
        "staff_email_is_lower_case",
        "UPDATE accounts_staffuser SET email = 'Ada@b.c' WHERE id = %s",
        person.id,
    )
    refused("staff_status_is_known", "UPDATE accounts_staffuser SET status = 'GOD' WHERE id = %s", person.id)
    refused(
        "active_staff_has_second_factor", "UPDATE accounts_staffuser SET status = 'ACTIVE' WHERE id = %s", person.id
    )


def test_no_role_starts_and_decides_the_same_money():
    refused(
        "role_keeps_duties_apart",
        "UPDATE accounts_role SET permissions = permissions || ARRAY['deposit.approve']::varchar[] WHERE name = %s",
        "OPERATIONS",
    )
    refused("role_permits_something", "UPDATE accounts_role SET permissions = '{}'")
    refused("role_name_is_plain", "UPDATE accounts_role SET name = 'the boss' WHERE name = 'DESK'")
    refused("role_name_is_unique", "UPDATE accounts_role SET name = 'DESK' WHERE name = 'VIEWER'")


def test_a_grant_is_active_once_and_kept():
    person = a_person(role="DESK")
    grant = person.grants.get()
    refused(
        "grant_is_active_once",
        "INSERT INTO accounts_rolegrant (id, staff_id, role_id, granted_at)"
        " SELECT gen_random_uuid(), staff_id, role_id, granted_at FROM accounts_rolegrant WHERE id = %s",
        grant.id,
    )
    refused(
        "grant_ends_after_it_began",
        "UPDATE accounts_rolegrant SET ended_at = granted_at - interval '1 second' WHERE id = %s",
        grant.id,
    )
    refused("role_grant_is_kept", "DELETE FROM accounts_rolegrant WHERE id = %s", grant.id)
    refused("role_grant_is_kept_key", "UPDATE accounts_rolegrant SET granted_at = now() WHERE id = %s", grant.id)
    RoleGrant.objects.filter(id=grant.id).update(ended_at=grant.granted_at)
    refused("ended_grant_stays_ended", "UPDATE accounts_rolegrant SET ended_at = NULL WHERE id = %s", grant.id)


def test_who_left_stays_out_whoever_says_so():
    person = a_person(status="LEFT")
    for status in ("ACTIVE", "INVITED", "SUSPENDED"):
        refused("who_left_stays_out", "UPDATE accounts_staffuser SET status = %s WHERE id = %s", status, person.id)


def test_a_one_time_code_is_used_once():
    person = a_person()
    SpentCode.objects.create(staff=person, step=1)
    refused(
        "one_time_code_is_used_once",
        "INSERT INTO accounts_spentcode (id, staff_id, step) VALUES (%s, %s, 1)",
        new_id(),
        person.id,
    )


def test_an_invitation_is_hashed_open_once_and_used_in_time():
    person, at = a_person(status="INVITED"), clock.now()
    first = StaffInvitation.objects.create(staff=person, token_sha256="a" * 64, expires_at=at)
    again = (
        "INSERT INTO accounts_staffinvitation (id, staff_id, token_sha256, expires_at, replaced_at)"
        " VALUES (%s, %s, %s, now(), %s)"
    )
    refused("invitation_token_is_unique", again, new_id(), person.id, "a" * 64, at)
    refused("invitation_token_is_hashed", again, new_id(), person.id, "in the clear", at)
    refused("staff_has_one_open_invitation", again, new_id(), person.id, "b" * 64, None)
    use = "UPDATE accounts_staffinvitation SET used_at = expires_at, replaced_at = NULL WHERE id = %s"
    refused("invitation_is_used_in_time", use, first.id)
    both = (
        "UPDATE accounts_staffinvitation SET used_at = expires_at - interval '1 s', replaced_at = now() WHERE id = %s"
    )
    refused("invitation_is_used_in_time", both, first.id)


def test_a_session_lies_under_a_hash_and_has_begun_when_it_is_somebodys():
    signed_in(a_person())
    refused("session_key_is_hashed", "UPDATE accounts_staffsession SET session_key = 'the key itself'")
    refused("session_of_a_person_has_begun", "UPDATE accounts_staffsession SET signed_in_at = NULL")
