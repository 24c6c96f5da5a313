"""The house decides about a client, and gives its reason."""

from datetime import datetime, timedelta

import pytest

from accounts.contracts import CheckResult, IdentityTerms
from accounts.domain.identity_reasons import DECISION_REASONS, reasons_of_move
from accounts.domain.identity_states import IDENTITY_MOVES, required_checks
from accounts.models import Identity
from accounts.operations.create_identity import create_identity
from accounts.operations.decide_identity import Decision, decide_identity
from accounts.operations.record_verification import record_verification
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.models import AuditEntry
from core.operations.record_audit import SYSTEM, Actor
from tests.accounts.identities.recording import messages_of, topics_of, verbs_of
from tests.identities import an_identity, an_officer, approve
from tests.people import Person, a_client

pytestmark = pytest.mark.django_db
PROGRAM = Actor(kind="CREDENTIAL", id=new_id())


def clear(check: str, at: datetime, **differing: object) -> CheckResult:
    values = {"check": check, "method": "VENDOR", "verdict": "CLEAR", "verifier": "Vendor", "verifier_reference": "V-1",
              "verified_at": at}  # fmt: skip
    return CheckResult(**(values | differing))  # type: ignore[arg-type]


def clear_all(identity: Identity, at: datetime, *, but: tuple[str, ...] = (), **differing: object) -> None:
    for check in required_checks(kind=identity.kind, risk_rating=identity.risk_rating):
        if check not in but:
            record_verification(
                identity_id=identity.id, result=clear(check, at, **differing), actor=an_officer(), at=at
            )


def refused(code: str, identity: Identity, decision: Decision, at: datetime, actor: Actor | None = None) -> Refusal:
    before = Identity.objects.get(id=identity.id)
    with pytest.raises(Refusal) as caught:
        decide_identity(identity_id=identity.id, decision=decision, actor=actor or an_officer(), at=at)
    assert caught.value.code == code
    assert Identity.objects.get(id=identity.id).version == before.version
    return caught.value


def test_a_new_identity_waits(person: Person, at: datetime) -> None:
    terms = IdentityTerms("cust-1", "PERSON", "DE")

    identity = Identity.objects.get(id=create_identity(entity_id=person.entity_id, terms=terms, actor=PROGRAM, at=at))

    assert (identity.status, identity.risk_rating, identity.version) == ("PENDING", "MEDIUM", 1)
    assert (identity.last_refresh_date, identity.refresh_due_date) == (None, None)
    assert (verbs_of(identity.id), topics_of(identity.id)) == (["create"], ["created"])


def test_a_reference_is_given_once_in_an_entity(person: Person, at: datetime) -> None:
    terms = IdentityTerms("cust-1", "PERSON", "DE")
    first = create_identity(entity_id=person.entity_id, terms=terms, actor=PROGRAM, at=at)

    with pytest.raises(Refusal) as caught:
        create_identity(entity_id=person.entity_id, terms=terms, actor=PROGRAM, at=at)

    assert (caught.value.code, caught.value.status, caught.value.meta) == (
        "ALREADY_EXISTS", 409, {"existing": str(first)},
    )  # fmt: skip
    create_identity(entity_id=a_client().entity_id, terms=terms, actor=PROGRAM, at=at)


def test_only_a_person_begins_with_a_low_risk(person: Person, at: datetime) -> None:
    terms = IdentityTerms("cust-1", "PERSON", "DE", risk_rating="LOW")

    with pytest.raises(Refusal) as caught:
        create_identity(entity_id=person.entity_id, terms=terms, actor=PROGRAM, at=at)

    assert caught.value.code == "PERSON_NEEDED"
    create_identity(entity_id=person.entity_id, terms=terms, actor=an_officer(), at=at)


def test_an_approval_begins_the_first_round_of_refreshing(person: Person, at: datetime) -> None:
    identity = approve(an_identity(person.entity_id, at=at, risk_rating="HIGH").id, at=at)

    assert (identity.status, identity.reason_code, identity.decided_at) == ("APPROVED", "REVIEWED", at)
    assert (str(identity.last_refresh_date), str(identity.refresh_due_date)) == ("2026-03-02", "2027-03-02")
    told = messages_of(identity.id, topic="status_changed")[0]
    assert told.entity_id == person.entity_id
    assert told.payload == {
        "reference": identity.reference, "version": 2, "from": "PENDING", "status": "APPROVED",
        "reason_code": "REVIEWED",
    }  # fmt: skip
    entry = AuditEntry.objects.get(object_id=str(identity.id), action="accounts.identity.decide")
    assert (entry.object_version, entry.reason) == (2, "REVIEWED: Known to the tests.")


def test_every_move_of_the_table_and_no_other(person: Person, at: datetime) -> None:
    reached = {"PENDING": [], "APPROVED": ["APPROVED"], "DENIED": ["DENIED"], "DISABLED": ["APPROVED", "DISABLED"]}
    for before, road in reached.items():
        for after in IDENTITY_MOVES:
            identity = an_identity(person.entity_id, at=at)
            now = "PENDING"
            for step in road:
                reason = sorted(reasons_of_move(now, step) - {"CHECKS_CLEAR"})[0]
                decide_identity(
                    identity_id=identity.id, decision=Decision(step, reason, "Story."), actor=an_officer(), at=at
                )
                now = step
            reason = next(iter(sorted(reasons_of_move(before, after) - {"CHECKS_CLEAR"})), DECISION_REASONS[-1])
            decision = Decision(after, reason, "Story.")
            if after in IDENTITY_MOVES[before]:
                decide_identity(identity_id=identity.id, decision=decision, actor=an_officer(), at=at)
                assert Identity.objects.get(id=identity.id).status == after
            else:
                no = refused("STATE_CHANGED", identity, decision, at)
                assert (no.status, no.meta) == (409, {"from": before, "to": after})


def test_the_same_decision_again_is_no_decision(person: Person, at: datetime) -> None:
    identity = an_identity(person.entity_id, at=at)
    decision = Decision("DENIED", "COUNTRY_NOT_SERVED")

    for _ in range(3):
        decide_identity(identity_id=identity.id, decision=decision, actor=an_officer(), at=at)

    assert verbs_of(identity.id) == ["create", "decide"]
    assert Identity.objects.get(id=identity.id).version == 2


def test_a_reason_of_another_move_is_refused_and_a_judgement_has_a_note(person: Person, at: datetime) -> None:
    identity = an_identity(person.entity_id, at=at)

    no = refused("REASON_NOT_ALLOWED", identity, Decision("APPROVED", "SANCTIONS_MATCH"), at)
    assert no.meta == {"allowed": ["CHECKS_CLEAR", "ENHANCED_REVIEW_COMPLETED", "REVIEWED"]}
    refused("NOTE_MISSING", identity, Decision("APPROVED", "REVIEWED", "  "), at)


def test_what_changed_meanwhile_is_not_decided(person: Person, at: datetime) -> None:
    identity = an_identity(person.entity_id, at=at)
    decision = Decision("DENIED", "DUPLICATE")

    with pytest.raises(Refusal) as caught:
        decide_identity(identity_id=identity.id, decision=decision, actor=an_officer(), at=at, version=7)

    assert (caught.value.code, caught.value.status, caught.value.meta) == ("PRECONDITION_FAILED", 412, {"version": "1"})
    with pytest.raises(NotFound):
        decide_identity(identity_id=new_id(), decision=decision, actor=an_officer(), at=at)


@pytest.mark.parametrize("kind", ["CREDENTIAL", "ALGORITHM", "SYSTEM"])
def test_nobody_but_a_person_decides(person: Person, at: datetime, kind: str) -> None:
    actor = SYSTEM if kind == "SYSTEM" else Actor(kind=kind, id=new_id())
    identity = an_identity(person.entity_id, at=at)
    clear_all(identity, at)

    for decision in (
        Decision("APPROVED", "REVIEWED", "Sure."),
        Decision("APPROVED", "CHECKS_CLEAR"),
        Decision("DENIED", "DUPLICATE"),
    ):
        assert refused("PERSON_NEEDED", identity, decision, at, actor).status == 403


@pytest.mark.parametrize("kind", ["PERSON", "INSTITUTION"])
def test_the_house_approves_low_risk_with_its_last_clear_check(person: Person, at: datetime, kind: str) -> None:
    identity = an_identity(person.entity_id, at=at, kind=kind, risk_rating="LOW")
    last = required_checks(kind=kind, risk_rating="LOW")[-1]
    clear_all(identity, at, but=(last,))
    assert Identity.objects.get(id=identity.id).status == "PENDING"

    record_verification(identity_id=identity.id, result=clear(last, at), actor=PROGRAM, at=at)

    identity.refresh_from_db()
    assert (identity.status, identity.reason_code) == ("APPROVED", "CHECKS_CLEAR")
    assert str(identity.refresh_due_date) == "2029-03-02"
    entry = AuditEntry.objects.get(object_id=str(identity.id), action="accounts.identity.decide")
    assert (entry.actor_kind, entry.actor_id) == ("SYSTEM", None)


@pytest.mark.parametrize("risk_rating", ["MEDIUM", "HIGH"])
def test_more_risk_waits_for_a_person_who_may_rest_on_clear_checks(
    person: Person, at: datetime, risk_rating: str
) -> None:
    identity = an_identity(person.entity_id, at=at, risk_rating=risk_rating)
    clear_all(identity, at)
    assert Identity.objects.get(id=identity.id).status == "PENDING"

    decide_identity(identity_id=identity.id, decision=Decision("APPROVED", "CHECKS_CLEAR"), actor=an_officer(), at=at)

    assert Identity.objects.get(id=identity.id).status == "APPROVED"


@pytest.mark.parametrize("differing", [{"verdict": "CONSIDER"}, {"verdict": "FAILED"}, {"verdict": "ERROR"}])
def test_a_check_that_is_not_clear_keeps_the_house_and_its_reason_back(
    person: Person, at: datetime, differing: dict[str, object]
) -> None:
    identity = an_identity(person.entity_id, at=at, kind="PERSON", risk_rating="LOW")
    record_verification(identity_id=identity.id, result=clear("PEP", at, **differing), actor=an_officer(), at=at)
    clear_all(identity, at, but=("PEP",))

    assert Identity.objects.get(id=identity.id).status == "PENDING"
    no = refused("CHECKS_NOT_CLEAR", identity, Decision("APPROVED", "CHECKS_CLEAR"), at)
    assert no.meta == {"checks": ["PEP"]}


def test_what_a_client_passed_through_counts_for_a_person_only(person: Person, at: datetime) -> None:
    identity = an_identity(person.entity_id, at=at, kind="PERSON", risk_rating="LOW")
    clear_all(identity, at, method="PASSTHROUGH")
    assert Identity.objects.get(id=identity.id).status == "PENDING"

    decide_identity(identity_id=identity.id, decision=Decision("APPROVED", "CHECKS_CLEAR"), actor=an_officer(), at=at)

    assert Identity.objects.get(id=identity.id).status == "APPROVED"


def test_a_result_that_is_good_no_more_is_not_clear(person: Person, at: datetime) -> None:
    identity = an_identity(person.entity_id, at=at, risk_rating="MEDIUM")
    clear_all(identity, at, expires_date=at.date())
    decision = Decision("APPROVED", "CHECKS_CLEAR")

    no = refused("CHECKS_NOT_CLEAR", identity, decision, at + timedelta(days=1))
    assert len(no.meta["checks"]) == 6

    decide_identity(identity_id=identity.id, decision=decision, actor=an_officer(), at=at)
