"""Checks are recorded, documents shown, details corrected; what was found about the old says nothing about the new."""

import hashlib
from datetime import date, datetime, timedelta

import pytest

from accounts.contracts import CheckResult, IdentityTerms
from accounts.gateways import document_store
from accounts.models import Identity, IdentityDocument, IdentityVerification
from accounts.models.identity_document import MOST_BYTES
from accounts.operations.amend_identity import amend_identity
from accounts.operations.create_identity import create_identity
from accounts.operations.decide_document import DocumentVerdict, decide_document
from accounts.operations.record_verification import record_verification
from accounts.operations.store_document import ShownDocument, store_document
from accounts.operations.sweep_refreshes import sweep_refreshes
from accounts.queries.details import mask_details
from accounts.queries.identities import newest_verifications
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.models import AuditEntry, OutboxMessage
from core.operations.record_audit import SYSTEM, Actor
from tests.accounts.identities.recording import messages_of, verbs_of
from tests.identities import an_identity, an_officer, approve
from tests.people import Person

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj"
DETAILS = {
    "full_name": "Maren Lindqvist",
    "date_of_birth": "1984-02-29",
    "address": "Storgatan 1, Umea",
    "national_id": "840229-1234",
}


@pytest.fixture
def identity(person: Person, at: datetime) -> Identity:
    return an_identity(person.entity_id, at=at, kind="PERSON")


def result(at: datetime, **differing: object) -> CheckResult:
    values = {
        "check": "ADDRESS", "method": "VENDOR", "verdict": "CLEAR", "verifier": "Vendor", "verifier_reference": "V-1",
        "fields_checked": ("address",), "verified_at": at,
    }  # fmt: skip
    return CheckResult(**(values | differing))  # type: ignore[arg-type]


def record(identity: Identity, at: datetime, **differing: object) -> object:
    wanted = result(at, **differing)
    return record_verification(identity_id=identity.id, result=wanted, actor=an_officer(), at=at)


def show(identity: Identity, at: datetime, content: bytes = PDF, kind: str = "PASSPORT") -> IdentityDocument:
    document_id = store_document(
        identity_id=identity.id, document=ShownDocument(kind, content), actor=an_officer(), at=at
    )
    return IdentityDocument.objects.get(id=document_id)


def test_of_each_check_the_newest_counts_and_all_stay(identity: Identity, at: datetime) -> None:
    record(identity, at, verdict="CONSIDER")
    record(identity, at, check="PEP")
    record(identity, at, verdict="FAILED")
    last = record(identity, at - timedelta(days=30), verdict="CLEAR")

    newest = newest_verifications(identity.id)
    assert {check: row.verdict for check, row in newest.items()} == {"ADDRESS": "CLEAR", "PEP": "CLEAR"}
    assert newest["ADDRESS"].id == last
    assert IdentityVerification.objects.filter(identity=identity).count() == 4
    assert verbs_of(identity.id) == ["create", *["verify"] * 4]
    told = [message.payload["verdict"] for message in messages_of(identity.id, topic="verification_recorded")]
    assert told == ["CONSIDER", "CLEAR", "FAILED", "CLEAR"]


def test_the_same_result_again_is_the_one_that_is_there(identity: Identity, at: datetime) -> None:
    first = record(identity, at)

    assert [record(identity, at), record(identity, at)] == [first, first]
    assert record(identity, at, verifier_reference="V-2") != first
    assert Identity.objects.get(id=identity.id).version == 3


@pytest.mark.parametrize(
    ("differing", "code"),
    [
        ({"verified_at": None}, "VERIFICATION_TIME_MISSING"),
        ({"fields_checked": ("address", "shoe_size")}, "FIELD_UNKNOWN"),
        ({"expires_date": date(2026, 3, 1)}, "VERIFICATION_TIME_INVALID"),
    ],
)
def test_a_result_that_cannot_be_is_refused(
    identity: Identity, at: datetime, differing: dict[str, object], code: str
) -> None:
    with pytest.raises(Refusal) as caught:
        record(identity, at, **differing)

    assert caught.value.code == code
    assert not IdentityVerification.objects.exists()


def test_a_result_is_not_from_the_future_and_is_about_somebody(identity: Identity, at: datetime) -> None:
    ahead = result(at + timedelta(seconds=1))
    with pytest.raises(Refusal) as caught:
        record_verification(identity_id=identity.id, result=ahead, actor=an_officer(), at=at)
    assert caught.value.code == "VERIFICATION_TIME_INVALID"
    with pytest.raises(NotFound):
        record_verification(identity_id=new_id(), result=result(at), actor=an_officer(), at=at)


@pytest.mark.parametrize("verdict", ["PENDING", "ERROR"])
def test_what_is_undecided_needs_no_time(identity: Identity, at: datetime, verdict: str) -> None:
    record(identity, at, verdict=verdict, verified_at=None)

    assert newest_verifications(identity.id)["ADDRESS"].verdict == verdict


@pytest.mark.parametrize(
    ("content", "mime"), [(PDF, "PDF"), (b"\xff\xd8\xff\xe0rest", "JPEG"), (b"\x89PNG\r\n\x1a\nrest", "PNG")]
)
def test_a_document_is_what_its_first_bytes_say_and_lies_encrypted(
    identity: Identity, at: datetime, content: bytes, mime: str
) -> None:
    row = show(identity, at, content)

    assert (row.mime, row.size_bytes, row.verdict) == (mime, len(content), "PENDING")
    assert row.sha256 == hashlib.sha256(content).hexdigest()
    assert b"".join(document_store.get(identity.subject_id, row.storage_key)) == content
    assert (verbs_of(identity.id)[-1], Identity.objects.get(id=identity.id).version) == ("store_document", 2)


@pytest.mark.parametrize(
    ("content", "code", "status"),
    [
        (b"", "DOCUMENT_EMPTY", 422),
        (b"GIF89a", "MEDIA_TYPE_NOT_SUPPORTED", 415),
        (b"<html>%PDF-", "MEDIA_TYPE_NOT_SUPPORTED", 415),
        (PDF + b"x" * MOST_BYTES, "DOCUMENT_TOO_LARGE", 413),
    ],
)
def test_what_is_no_document_is_refused(
    identity: Identity, at: datetime, content: bytes, code: str, status: int
) -> None:
    with pytest.raises(Refusal) as caught:
        show(identity, at, content)

    assert (caught.value.code, caught.value.status) == (code, status)
    assert not IdentityDocument.objects.exists()


def test_the_same_bytes_are_shown_once_by_one_identity(identity: Identity, person: Person, at: datetime) -> None:
    first = show(identity, at)

    with pytest.raises(Refusal) as caught:
        show(identity, at, kind="ID_CARD")

    assert (caught.value.code, caught.value.meta) == ("ALREADY_EXISTS", {"existing": str(first.id)})
    show(an_identity(person.entity_id, at=at), at)


def decide(document: IdentityDocument, at: datetime, *words: object, actor: Actor | None = None) -> IdentityDocument:
    verdict = DocumentVerdict(*words)  # type: ignore[arg-type]
    return decide_document(document_id=document.id, verdict=verdict, actor=actor or an_officer(), at=at)


def test_compliance_accepts_and_may_refuse_later_but_not_the_other_way(identity: Identity, at: datetime) -> None:
    document = show(identity, at)

    accepted = decide(document, at, "ACCEPTED", "GENUINE", date(2030, 1, 1))
    assert (accepted.verdict, accepted.expires_date, accepted.decided_at) == ("ACCEPTED", date(2030, 1, 1), at)
    decide(document, at, "ACCEPTED", "GENUINE")
    assert decide(document, at, "REFUSED", "ALTERED").verdict == "REFUSED"
    with pytest.raises(Refusal) as caught:
        decide(document, at, "ACCEPTED", "GENUINE")

    assert (caught.value.code, caught.value.meta) == ("STATE_CHANGED", {"from": "REFUSED", "to": "ACCEPTED"})
    assert verbs_of(identity.id).count("decide_document") == 2


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("ACCEPTED", "ALTERED"), "REASON_NOT_ALLOWED"),
        (("REFUSED", "GENUINE"), "REASON_NOT_ALLOWED"),
        (("ACCEPTED", "GENUINE", date(2026, 3, 1)), "DOCUMENT_EXPIRED"),
    ],
)
def test_a_verdict_gives_its_own_reason(identity: Identity, at: datetime, words: tuple[object, ...], code: str) -> None:
    with pytest.raises(Refusal) as caught:
        decide(show(identity, at), at, *words)

    assert caught.value.code == code


def test_no_program_decides_on_a_document(identity: Identity, at: datetime) -> None:
    document = show(identity, at)

    for actor in (SYSTEM, Actor(kind="CREDENTIAL", id=new_id())):
        with pytest.raises(Refusal) as caught:
            decide(document, at, "ACCEPTED", "GENUINE", actor=actor)
        assert caught.value.code == "PERSON_NEEDED"


def test_corrected_details_reopen_the_checks_that_looked_at_them(person: Person, at: datetime) -> None:
    terms = IdentityTerms("maren", "PERSON", "SE", details=DETAILS)
    identity = Identity.objects.get(
        id=create_identity(entity_id=person.entity_id, terms=terms, actor=an_officer(), at=at)
    )
    for check in ("ADDRESS", "PEP", "SANCTIONS"):
        record(identity, at, check=check)

    amended = amend_identity(
        identity_id=identity.id, details={"address": "Storgatan 2, Umea"}, actor=an_officer(), at=at, version=4
    )

    verdicts = {check: row.verdict for check, row in newest_verifications(identity.id).items()}
    assert verdicts == {"ADDRESS": "PENDING", "PEP": "CLEAR", "SANCTIONS": "CLEAR"}
    assert (amended.version, amended.status) == (5, "PENDING")
    told = messages_of(identity.id, topic="details_changed")[0].payload
    assert (told["details"], told["reopened_checks"]) == (["address"], ["ADDRESS"])

    amend_identity(identity_id=identity.id, details={"full_name": "Maren Berg"}, actor=an_officer(), at=at)
    verdicts = {check: row.verdict for check, row in newest_verifications(identity.id).items()}
    assert verdicts == {"ADDRESS": "PENDING", "PEP": "PENDING", "SANCTIONS": "PENDING"}


def test_somebody_approved_who_becomes_another_is_looked_at_again_within_the_notice(
    person: Person, at: datetime
) -> None:
    terms = IdentityTerms("maren", "PERSON", "SE", details=DETAILS)
    identity_id = create_identity(entity_id=person.entity_id, terms=terms, actor=an_officer(), at=at)
    identity = approve(identity_id, at=at)
    record(identity, at)
    later = at + timedelta(days=100)

    amend_identity(identity_id=identity_id, details={"phone": "+46 70 123 45 67"}, actor=an_officer(), at=later)
    assert Identity.objects.get(id=identity_id).refresh_status == "NOT_DUE"
    amended = amend_identity(identity_id=identity_id, details={"address": "Elsewhere 1"}, actor=an_officer(), at=later)

    assert (amended.refresh_status, amended.refresh_due_date) == ("DUE", (later + timedelta(days=30)).date())
    assert verbs_of(identity_id)[-3:] == ["amend", "start_refresh", "remind_refresh"]
    assert sweep_refreshes(at=later + timedelta(days=31)) == {"EXPIRED": 1}


def test_a_correction_that_changes_nothing_is_none_and_a_stale_one_is_refused(person: Person, at: datetime) -> None:
    terms = IdentityTerms("maren", "PERSON", "SE", details=DETAILS)
    identity_id = create_identity(entity_id=person.entity_id, terms=terms, actor=an_officer(), at=at)

    same = amend_identity(identity_id=identity_id, details=DETAILS, actor=an_officer(), at=at)
    assert (same.version, verbs_of(identity_id)) == (1, ["create"])
    with pytest.raises(Refusal) as caught:
        amend_identity(identity_id=identity_id, details={"address": "x"}, actor=an_officer(), at=at, version=9)
    assert caught.value.status == 412


def test_who_somebody_is_stands_in_the_vault_and_nowhere_else(person: Person, at: datetime) -> None:
    terms = IdentityTerms("maren", "PERSON", "SE", details=DETAILS)
    identity_id = create_identity(entity_id=person.entity_id, terms=terms, actor=an_officer(), at=at)
    amend_identity(identity_id=identity_id, details={"full_name": "Maren Berg"}, actor=an_officer(), at=at)
    subject_id = Identity.objects.get(id=identity_id).subject_id

    assert mask_details([subject_id])[subject_id]["full_name"] == "M. B."
    assert "Lindqvist" not in repr(terms)
    written = [
        *AuditEntry.objects.values_list("changes", flat=True),
        *OutboxMessage.objects.values_list("payload", flat=True),
        *AuditEntry.objects.values_list("reason", flat=True),
    ]
    for value in (*DETAILS.values(), "Berg"):
        assert value not in repr(written)
