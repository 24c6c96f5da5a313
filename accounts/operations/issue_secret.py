"""Show a credential's secret, which nobody can read again: the first one, or a new one beside the one in use."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.contracts import IssuedSecret
from accounts.domain.secrets import secret_sha256
from accounts.models import ApiCredential, ApprovalDecision, ApprovalRequest, StaffUser
from accounts.operations.create_credential import CREDENTIAL, CREDENTIAL_CREATE
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor, record_audit

SECRET_BYTES = 32
LONGEST_OVERLAP_SECONDS = 86_400


def issue_secret(
    *,
    credential_id: UUID,
    overlap_seconds: int = LONGEST_OVERLAP_SECONDS,
    replaces_oldest: bool = False,
    asker_scopes: Collection[str] = (),
    actor: Actor,
    at: datetime,
) -> IssuedSecret:
    """Give the credential a secret of 256 random bits; joins the caller's transaction.

    The secret it had opens for ``overlap_seconds`` more, at most a day, and with 0 no longer. Two are alive at most: while the
    one before still is, a third is refused (409 SECRET_OVERLAP, with its end), unless it ``replaces_oldest``, which then ends
    at once. Refuses a credential that is not there, is revoked or has ended (CREDENTIAL_NOT_ACTIVE), and a longer overlap
    (OVERLAP_TOO_LONG).

    Whoever has a secret acts as the client. So a person of the house is shown the first one alone (SECRET_IS_THE_CLIENTS), of
    a credential that another person approved (SECOND_PERSON_MISSING); and a program is shown its own, or one of a credential
    that may nothing beyond ``asker_scopes``, the program's own (403 SCOPE_MISSING).
    """
    if not 0 <= overlap_seconds <= LONGEST_OVERLAP_SECONDS:
        raise Refusal("OVERLAP_TOO_LONG", f"Two secrets are alive for at most {LONGEST_OVERLAP_SECONDS} seconds.")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    with transaction.atomic():
        credential = ApiCredential.objects.select_for_update(no_key=True).filter(id=credential_id).first()
        if credential is None:
            raise NotFound("credential")
        if not credential.is_usable(at=at):
            raise Refusal("CREDENTIAL_NOT_ACTIVE", "The credential is revoked or has ended.")
        is_first = credential.secret_hash is None
        _refuse_asker(credential, actor, asker_scopes)
        if credential.has_previous_secret(at=at) and not replaces_oldest:
            ends = credential.previous_secret_ends_at
            raise Refusal(
                "SECRET_OVERLAP",
                "Two secrets are alive: wait for the older one's end, or say that it is replaced.",
                meta={"previous_secret_ends_at": ends.isoformat() if ends else None},
                status=409,
            )
        credential.mark_secret(sha256=secret_sha256(secret), overlap=timedelta(seconds=overlap_seconds), at=at)
        record_audit(
            actor=actor,
            action="accounts.credential.issue_secret",
            object_type=CREDENTIAL,
            object_id=credential.id,
            at=at,
            changes=[
                {"field": "secret", "before": None if is_first else "in use", "after": "shown once"},
                {
                    "field": "previous_secret_ends_at",
                    "before": None,
                    "after": _said(credential.previous_secret_ends_at),
                },
            ],
            object_version=credential.version,
        )
    return IssuedSecret(credential.id, credential.client_id, secret, credential.previous_secret_ends_at)


def _refuse_asker(credential: ApiCredential, actor: Actor, asker_scopes: Collection[str]) -> None:
    if actor.kind == "PERSON":
        if credential.has_secret:
            raise Refusal(
                "SECRET_IS_THE_CLIENTS",
                "The house is shown the first secret alone. The client's program rotates it, or asks for another credential.",
            )
        if not _was_approved_by_another(credential, actor):
            raise Refusal(
                "SECOND_PERSON_MISSING", "Its first secret is shown to somebody who did not approve it alone."
            )
    elif actor.kind == "CREDENTIAL" and actor.id != credential.id:
        missing = sorted(set(credential.scopes) - set(asker_scopes))
        if missing:
            meta = {"scope": " ".join(missing)}
            raise Refusal("SCOPE_MISSING", "The credential may what your token may not.", meta=meta, status=403)


def _was_approved_by_another(credential: ApiCredential, actor: Actor) -> bool:
    if actor.id is None:
        return False
    human = StaffUser.objects.values_list("person_id", flat=True).get(pk=actor.id)
    return (
        ApprovalDecision.objects.filter(
            request__action=CREDENTIAL_CREATE,
            request__subject_type=CREDENTIAL,
            request__subject_id=str(credential.id),
            request__payload__kind="CREATE",
            request__status=ApprovalRequest.Status.EXECUTED,
            verdict=ApprovalDecision.Verdict.APPROVE,
        )
        .exclude(approver_person=human)
        .exists()
    )


def _said(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
