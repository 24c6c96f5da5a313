"""The demo's keys: asked for by one administrator, approved by another, as everybody's."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts.contracts import IssuedSecret
from accounts.domain.credential_terms import CredentialTerms
from accounts.models import ApprovalRequest, StaffUser
from accounts.operations.create_credential import create_credential
from accounts.operations.decide_approval import decide_approval
from accounts.operations.issue_secret import issue_secret
from accounts.queries.staff_rights import list_holders
from core.operations.record_audit import Actor

# What an agreement with a market maker may allow: the house's pace, four times.
MAKER_PACES: Final[Mapping[str, str]] = {"orders": "200/400", "cancels": "400/800", "reads": "200/400"}


def give_key(
    *,
    entity_id: UUID,
    scopes: Sequence[str],
    rate_limits: Mapping[str, str] | None = None,
    at: datetime,
) -> IssuedSecret:
    """A credential of the entity with its first secret. Raises ``RuntimeError`` where there are not two who may decide it."""
    asker, other = _administrators()
    actor = Actor("PERSON", asker.pk)
    terms = CredentialTerms(label="Demo", scopes=tuple(scopes), rate_limits=rate_limits)
    outcome = create_credential(entity_id=entity_id, terms=terms, reason="Demo", actor=actor, at=at)
    result = outcome.result
    if outcome.approval_id is not None:
        result = _approve(outcome.approval_id, other, at)
    assert result is not None
    with transaction.atomic():
        return issue_secret(credential_id=UUID(result["credential_id"]), actor=actor, at=at)


def _administrators() -> tuple[StaffUser, StaffUser]:
    """Two people who may create credentials and decide on them."""
    able = list(list_holders("credential.approve").order_by("email")[:2])
    if len(able) < 2:
        raise RuntimeError("the demo has not two people who may approve a credential")
    return able[0], able[1]


def _approve(approval_id: UUID, person: StaffUser, at: datetime) -> dict[str, str]:
    sha256 = ApprovalRequest.objects.values_list("payload_sha256", flat=True).get(pk=approval_id)
    decided = decide_approval(
        approval_id=approval_id,
        verdict="APPROVE",
        payload_sha256=sha256,
        note="Demo",
        actor=Actor("PERSON", person.pk),
        at=at,
        factor_at=at,
    )
    if decided.status != ApprovalRequest.Status.EXECUTED:
        raise RuntimeError(f"the demo's credential is {decided.status} ({decided.outcome_code})")
    return decided.result
