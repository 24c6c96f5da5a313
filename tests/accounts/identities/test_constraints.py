"""The rules of identities live in the database: each is hit by going around Python."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import IdentityDocument, IdentityVerification, Profile, ProfileMember
from core.ids import new_id
from tests.guards.going_around import clone, refusing_fact
from tests.identities import an_identity, hold
from tests.people import a_client

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
IDENTITY, MEMBER = "accounts_identity", "accounts_profilemember"
CHECK, PAPER = "accounts_identityverification", "accounts_identitydocument"
STRANGER = "(SELECT i.id FROM accounts_identity i WHERE i.entity_id <> accounts_profilemember.entity_id LIMIT 1)"
MODELS = ("Identity", "ProfileMember", "IdentityVerification", "IdentityDocument")


@pytest.fixture(autouse=True)
def people(db: None) -> None:
    """Two clients with an approved holder each, one more identity that waits, a document and a check."""
    for _ in range(2):
        person = a_client(is_known=False)
        identity = hold(person.profile_id, at=AT)
        an_identity(person.entity_id, at=AT)
        IdentityDocument.objects.create(
            identity=identity, kind="PASSPORT", sha256="a" * 64, mime="PDF", size_bytes=10, storage_key="k"
        )
        IdentityVerification.objects.create(
            identity=identity, identity_version=3, check_kind="ADDRESS", method="VENDOR", verifier="Vendor",
            verdict="CLEAR", verified_at=AT,
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def update(table: str, change: str, where: str = "true") -> Callable[[], str]:
    return lambda: f"UPDATE {table} SET {change} WHERE {where}"


def again(table: str, where: str = "true", **changes: str) -> Callable[[], str]:
    return lambda: clone(table, where=where, **changes)


def identity(change: str, where: str = "status = 'APPROVED'") -> Callable[[], str]:
    return update(IDENTITY, change, where)


def check(**changes: str) -> Callable[[], str]:
    return again(CHECK, **{"identity_version": "99"} | changes)


def paper(**changes: str) -> Callable[[], str]:
    return again(PAPER, **{"sha256": "repeat('b', 64)"} | changes)


AROUND = [
    ("identity_reference_is_unique_in_entity", again(IDENTITY, subject_id="gen_random_uuid()")),
    ("identity_has_its_own_subject", again(IDENTITY, reference="'other'")),
    ("identity_reference_is_plain", again(IDENTITY, reference="'a b'", subject_id="gen_random_uuid()")),
    ("identity_country_is_two_letters", identity("country = 'ch'")),
    ("identity_kind_is_known", again(IDENTITY, reference="'x'", kind="'ROBOT'", subject_id="gen_random_uuid()")),
    ("identity_status_is_known", identity("status = 'LOST'")),
    ("identity_risk_is_known", identity("risk_rating = 'NONE'")),
    ("identity_refresh_is_known", identity("refresh_status = 'SOON'")),
    ("approved_identity_has_refresh_date", identity("refresh_due_date = NULL, last_refresh_date = NULL")),
    ("approved_identity_has_refresh_date", identity("refresh_due_date = NULL, status = 'DISABLED'")),
    ("approved_identity_has_refresh_date",
        identity("status = 'APPROVED', decided_at = now(), reason_code = 'REVIEWED'", "status = 'PENDING'")),
    ("due_refresh_has_date", identity("refresh_status = 'DUE'", "status = 'PENDING'")),
    ("refresh_is_due_after_the_last", identity("refresh_due_date = last_refresh_date")),
    ("refresh_reminder_is_known", identity("reminded_days = 2")),
    ("refresh_reminder_is_known", identity("reminded_days = 7", "status = 'PENDING'")),
    ("decided_identity_has_reason", identity("reason_code = ''")),
    ("decided_identity_has_reason", identity("decided_at = NULL")),
    ("identity_is_kept", lambda: f"DELETE FROM {IDENTITY}"),
    ("identity_is_kept_key", identity("reference = 'other'")),
    ("identity_is_kept_key", identity("subject_id = gen_random_uuid()")),
    ("identity_is_kept_whole", lambda: f"TRUNCATE {IDENTITY} CASCADE"),
    ("own_identity_is_of_the_entity", update(
        "accounts_entity",
        "own_identity_id = (SELECT i.id FROM accounts_identity i WHERE i.entity_id <> accounts_entity.id LIMIT 1)")),
    ("member_holds_a_role_once", again(MEMBER)),
    ("membership_ends_after_it_began", update(MEMBER, "until = since - 1")),
    ("member_role_is_known", again(MEMBER, role="'FRIEND'")),
    ("member_identity_is_in_its_entity", again(MEMBER, identity_id=STRANGER)),
    ("member_profile_is_in_its_entity", again(
        MEMBER, identity_id=STRANGER,
        entity_id="(SELECT x.id FROM accounts_entity x WHERE x.id <> accounts_profilemember.entity_id LIMIT 1)")),
    ("member_is_kept", lambda: f"DELETE FROM {MEMBER}"),
    ("member_is_kept_key", update(MEMBER, "role = 'TRUSTEE'")),
    ("member_is_kept_whole", lambda: f"TRUNCATE {MEMBER}"),
    ("verification_has_its_place", check(identity_version="identity_version")),
    ("decided_verification_has_time", check(verified_at="NULL")),
    ("verification_check_is_known", check(check_kind="'MOOD'")),
    ("verification_method_is_known", check(method="'ORACLE'")),
    ("verification_verdict_is_known", check(verdict="'MAYBE'")),
    ("verification_names_its_verifier", check(verifier="''")),
    ("verification_is_append_only", update(CHECK, "verdict = 'FAILED'")),
    ("verification_is_append_only", lambda: f"DELETE FROM {CHECK}"),
    ("verification_is_append_only_whole", lambda: f"TRUNCATE {CHECK}"),
    ("document_is_stored_once", paper(sha256="sha256")),
    ("document_is_hashed", paper(sha256="'short'")),
    ("document_size_is_bounded", paper(size_bytes="0")),
    ("document_size_is_bounded", paper(size_bytes="10485761")),
    ("document_is_somewhere", paper(storage_key="''")),
    ("document_kind_is_known", paper(kind="'POSTCARD'")),
    ("document_mime_is_known", paper(mime="'GIF'")),
    ("document_verdict_is_known", paper(verdict="'NICE'", decided_at="now()", reason_code="'GENUINE'")),
    ("decided_document_has_reason", update(PAPER, "verdict = 'ACCEPTED', decided_at = now()")),
    ("document_is_kept", lambda: f"DELETE FROM {PAPER}"),
    ("document_is_kept_key", update(PAPER, "storage_key = 'elsewhere'")),
    ("document_is_kept_whole", lambda: f"TRUNCATE {PAPER}"),
]  # fmt: skip

# The targets of composed keys begin with a primary key, which refuses first.
IMPLIED = {"identity_has_one_entity"}


@pytest.mark.parametrize(
    ("fact", "statement"), AROUND, ids=[f"{fact}-{number}" for number, (fact, _) in enumerate(AROUND)]
)
def test_the_fact_refuses(fact: str, statement: Callable[[], str]) -> None:
    assert refusing_fact(statement()) == fact


def test_a_membership_ends_once() -> None:
    ProfileMember.objects.update(until="2026-03-03")

    assert refusing_fact(f"UPDATE {MEMBER} SET until = NULL") == "membership_ends_once"
    assert refusing_fact(f"UPDATE {MEMBER} SET until = '2026-03-04'") == "membership_ends_once"


def test_a_profile_does_not_change_its_entity_under_its_members() -> None:
    other = "(SELECT x.id FROM accounts_entity x WHERE x.id <> accounts_profile.entity_id LIMIT 1)"
    changes = f"entity_id = {other}, reference = 'moved', kind = 'NORMAL'"

    assert refusing_fact(f"UPDATE accounts_profile SET {changes}") == "member_profile_is_in_its_entity"


def test_every_named_fact_is_tried() -> None:
    declared: set[Any] = set()
    for name in MODELS:
        declared |= {constraint.name for constraint in apps.get_model("accounts", name)._meta.constraints}

    assert declared - {fact for fact, _ in AROUND} == IMPLIED


def test_an_identity_may_be_behind_many_profiles_of_its_entity() -> None:
    holder = ProfileMember.objects.select_related("profile").first()
    assert holder is not None
    other = Profile.objects.create(
        entity_id=holder.entity_id, name="Second", reference="second", self_trade_group=new_id(), updated_at=AT
    )
    ProfileMember.objects.create(
        profile=other, identity_id=holder.identity_id, entity_id=holder.entity_id, role="HOLDER", since="2026-03-02"
    )
