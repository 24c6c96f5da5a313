"""Write down what a check of an identity came to."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.contracts import CheckResult
from accounts.domain.personal_fields import FIELDS
from accounts.models import IdentityVerification
from accounts.operations.approve_by_rule import approve_by_rule
from accounts.operations.lock_identity import lock_identity
from accounts.operations.note_identity import Deed, changed, note_identity
from accounts.queries.identities import newest_verifications
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor

UNDECIDED = ("PENDING", "ERROR")


def record_verification(*, identity_id: UUID, result: CheckResult, actor: Actor, at: datetime) -> UUID:
    """Add a result; from now on it is the one of its check that counts. Answers its id.

    The newest result again, in every word, is the one that is there. When it was the last that a PENDING identity of LOW
    risk waited for, the house approves it. Refuses an identity that is not there, a decided result without its time
    (VERIFICATION_TIME_MISSING), one from the future or good only for days before it (VERIFICATION_TIME_INVALID), and details
    that there are none of (FIELD_UNKNOWN). Who may say what by which method is for the doors.
    """
    _check(result, at)
    with transaction.atomic():
        identity = lock_identity(identity_id=identity_id)
        before = newest_verifications(identity.id).get(result.check)
        if before is not None and _result_of(before) == result:
            return before.id
        identity.mark_changed(at=at)
        row = IdentityVerification.objects.create(
            identity=identity,
            identity_version=identity.version,
            check_kind=result.check,
            method=result.method,
            verdict=result.verdict,
            verifier=result.verifier,
            verifier_reference=result.verifier_reference,
            fields_checked=list(result.fields_checked),
            verified_at=result.verified_at,
            expires_date=result.expires_date,
        )
        note_identity(
            identity=identity,
            deed=_deed(result, before.verdict if before else None, row.id),
            actor=actor,
            at=at,
        )
        approve_by_rule(identity=identity, at=at)
    return row.id


def _check(result: CheckResult, at: datetime) -> None:
    unknown = sorted(set(result.fields_checked) - FIELDS.keys())
    if unknown:
        raise Refusal("FIELD_UNKNOWN", "A check looks at details that there are.", meta={"fields": unknown})
    if result.verified_at is None:
        if result.verdict not in UNDECIDED:
            raise Refusal("VERIFICATION_TIME_MISSING", "A decided check has the time at which it was decided.")
        return
    if result.verified_at > at:
        raise Refusal("VERIFICATION_TIME_INVALID", "A check is decided before it is written down.")
    if result.expires_date is not None and result.expires_date < result.verified_at.date():
        raise Refusal("VERIFICATION_TIME_INVALID", "A result is good for a day at least.")


def _result_of(row: IdentityVerification) -> CheckResult:
    return CheckResult(
        check=row.check_kind,
        method=row.method,
        verdict=row.verdict,
        verifier=row.verifier,
        verifier_reference=row.verifier_reference,
        fields_checked=tuple(row.fields_checked),
        verified_at=row.verified_at,
        expires_date=row.expires_date,
    )


def _deed(result: CheckResult, before: str | None, verification_id: UUID) -> Deed:
    return Deed(
        verb="verify",
        topic="verification_recorded",
        changes=[
            changed(f"checks.{result.check}", before, result.verdict),
            changed("method", None, result.method),
            changed("verifier", None, result.verifier),
            changed("verifier_reference", None, result.verifier_reference),
        ],
        payload={
            "verification_id": str(verification_id),
            "check": result.check,
            "verdict": result.verdict,
            "method": result.method,
        },
    )
