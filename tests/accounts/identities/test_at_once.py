"""Several at once: one order of events, and nothing twice."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from accounts.contracts import CheckResult, IdentityTerms
from accounts.domain.identity_states import required_checks
from accounts.models import Identity, IdentityDocument, IdentityVerification, ProfileMember
from accounts.operations.add_member import add_member
from accounts.operations.create_identity import create_identity
from accounts.operations.decide_identity import Decision, decide_identity
from accounts.operations.end_member import end_member
from accounts.operations.record_verification import record_verification
from accounts.operations.store_document import ShownDocument, store_document
from accounts.operations.sweep_refreshes import sweep_refreshes
from core.domain.refusals import Refusal
from tests.accounts.identities.recording import messages_of, verbs_of
from tests.identities import an_identity, an_officer, hold
from tests.people import Person, a_client

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
CROWD = 6


@pytest.fixture
def person() -> Person:
    return a_client(is_known=False)


def together(*deeds: Callable[[], Any]) -> list[str]:
    """Do all of these at once; answers what each came to, sorted: done, or the code of its refusal."""
    start, came = threading.Barrier(len(deeds)), []

    def do(deed: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            deed()
            came.append("done")
        except Refusal as refusal:
            came.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(came)


def test_one_reference_is_given_once(person: Person) -> None:
    terms = IdentityTerms("maren", "PERSON", "SE")

    came = together(
        *[lambda: create_identity(entity_id=person.entity_id, terms=terms, actor=an_officer(), at=AT)] * CROWD
    )

    assert came == ["ALREADY_EXISTS"] * (CROWD - 1) + ["done"]
    assert Identity.objects.filter(reference="maren").count() == 1


def test_of_two_decisions_one_is_made(person: Person) -> None:
    identity = an_identity(person.entity_id, at=AT)

    def decide(*words: str) -> Callable[[], Any]:
        decision = Decision(*words)
        return lambda: decide_identity(identity_id=identity.id, decision=decision, actor=an_officer(), at=AT)

    came = together(decide("APPROVED", "REVIEWED", "Fine."), decide("DENIED", "DUPLICATE"))

    assert came == ["STATE_CHANGED", "done"]
    assert verbs_of(identity.id) == ["create", "decide"]


def test_all_checks_at_once_approve_once(person: Person) -> None:
    identity = an_identity(person.entity_id, at=AT, kind="PERSON", risk_rating="LOW")

    def tell(check: str) -> Callable[[], Any]:
        result = CheckResult(check, "VENDOR", "CLEAR", "Vendor", "V-1", (), AT)
        return lambda: record_verification(identity_id=identity.id, result=result, actor=an_officer(), at=AT)

    checks = required_checks(kind="PERSON", risk_rating="LOW")
    assert together(*map(tell, checks)) == ["done"] * len(checks)

    assert Identity.objects.get(id=identity.id).status == "APPROVED"
    assert verbs_of(identity.id) == ["create", *["verify"] * len(checks), "decide"]
    versions = IdentityVerification.objects.values_list("identity_version", flat=True)
    assert sorted(versions) == list(range(2, 2 + len(checks)))


def test_the_same_document_is_stored_once(person: Person) -> None:
    identity = an_identity(person.entity_id, at=AT)
    shown = ShownDocument("PASSPORT", b"%PDF-1.7")

    came = together(
        *[lambda: store_document(identity_id=identity.id, document=shown, actor=an_officer(), at=AT)] * CROWD
    )

    assert came == ["ALREADY_EXISTS"] * (CROWD - 1) + ["done"]
    assert IdentityDocument.objects.count() == 1


def test_two_sweeps_at_once_tell_each_thing_once() -> None:
    identities = [
        hold(a_client(is_known=False).profile_id, at=datetime(2024, 2, 29, tzinfo=UTC), risk_rating="HIGH")
        for _ in range(3)
    ]

    assert together(*[lambda: sweep_refreshes(at=datetime(2025, 1, 29, tzinfo=UTC))] * 4) == ["done"] * 4

    for identity in identities:
        assert verbs_of(identity.id)[2:] == ["start_refresh", "remind_refresh"]
        assert len(messages_of(identity.id, topic="refresh_reminded")) == 1


def test_two_holders_do_not_leave_at_once(person: Person) -> None:
    for _ in range(2):
        add_member(
            profile_id=person.profile_id, identity_id=an_identity(person.entity_id, at=AT).id, role="HOLDER",
            actor=an_officer(), at=AT,
        )  # fmt: skip
    members = list(ProfileMember.objects.filter(profile_id=person.profile_id))

    came = together(*[lambda one=member: end_member(member_id=one.id, actor=an_officer(), at=AT) for member in members])

    assert came == ["PROFILE_NEEDS_HOLDER", "done"]
