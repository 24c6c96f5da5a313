"""Correct what is known of somebody; what was checked of it is checked again."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.domain.identity_states import reopened_checks, required_checks
from accounts.domain.refreshing import NOTICE_DAYS
from accounts.models import Identity, IdentityVerification
from accounts.operations.advance_refresh import advance_refresh
from accounts.operations.keep_details import keep_details
from accounts.operations.lock_identity import lock_identity
from accounts.operations.note_identity import Deed, changed, note_identity
from accounts.queries.identities import newest_verifications
from core.operations.record_audit import Actor


def amend_identity(
    *, identity_id: UUID, details: Mapping[str, str], actor: Actor, at: datetime, version: int | None = None
) -> Identity:
    """Keep the details that differ from what is kept and reopen the checks that looked at them: their newest result
    becomes PENDING. The status stays. Where an APPROVED identity rests on such a check its refresh begins now, so that
    somebody who became another without being looked at again may do no more than sell after the notice.

    An empty text takes a detail away; what does not differ changes nothing. Refuses an identity that is not there or has
    changed since ``version`` (412 PRECONDITION_FAILED), and what ``keep_details`` refuses.
    """
    with transaction.atomic():
        identity = lock_identity(identity_id=identity_id, version=version)
        differing = keep_details(subject_id=identity.subject_id, details=details, at=at)
        if not differing:
            return identity
        identity.mark_changed(at=at)
        reopened = _reopen(identity, reopened_checks(differing))
        note_identity(
            identity=identity,
            deed=Deed(
                verb="amend",
                topic="details_changed",
                # Which details, never what they were or are.
                changes=[
                    changed("details", None, differing),
                    *(changed(f"checks.{check}", before, "PENDING") for check, before in reopened),
                ],
                payload={"details": differing, "reopened_checks": [check for check, _ in reopened]},
            ),
            actor=actor,
            at=at,
        )
        _look_again(identity, [check for check, _ in reopened], at=at)
    return identity


def _look_again(identity: Identity, reopened: Iterable[str], *, at: datetime) -> None:
    needed = set(required_checks(kind=identity.kind, risk_rating=identity.risk_rating))
    if identity.status != Identity.Status.APPROVED or not needed & set(reopened):
        return
    assert identity.refresh_due_date is not None, "an approved identity has its refresh date"
    if identity.refresh_status == Identity.RefreshStatus.NOT_DUE:
        identity.refresh_due_date = min(identity.refresh_due_date, at.date() + timedelta(days=NOTICE_DAYS))
        identity.reminded_days = None
    advance_refresh(identity=identity, at=at)


def _reopen(identity: Identity, checks: Iterable[str]) -> list[tuple[str, str]]:
    """Add a PENDING result to each of these checks that has another; answers them with what they were."""
    newest = newest_verifications(identity.id)
    reopened = [
        (check, newest[check].verdict)
        for check in checks
        if check in newest and newest[check].verdict != IdentityVerification.Verdict.PENDING
    ]
    for check, _ in reopened:
        IdentityVerification.objects.create(
            identity=identity,
            identity_version=identity.version,
            check_kind=check,
            method=IdentityVerification.Method.INTERNAL,
            verdict=IdentityVerification.Verdict.PENDING,
        )
    return reopened
