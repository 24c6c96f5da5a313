"""Ask that a deposit under review be released: a program may ask, a person decides."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from accounts.approvable import Description, Execution, Payload
from accounts.operations.carry_out import Outcome, Wish, carry_out
from core.domain.decimals import plain_text
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor
from settlement.models import Deposit
from settlement.operations.lock_deposit import lock_deposit, look_at_deposit
from settlement.operations.note_deposit import OBJECT_TYPE
from settlement.operations.release_deposit import release_deposit
from settlement.queries.deposits import get_deposit

DEPOSIT_RELEASE: Final = "DEPOSIT_RELEASE"


def ask_deposit_release(*, deposit_id: UUID, reason: str, actor: Actor, at: datetime) -> Outcome:
    """Ask under the policy DEPOSIT_RELEASE that the reason for which the deposit waits be lifted. Joins the caller's transaction.

    What is approved is that reason and no later one, as the screening and what was said of its sender stand now. Refuses one
    that is not there or not UNDER_REVIEW (409 STATE_CHANGED), one of which nobody knows whose it is (409
    DEPOSIT_UNATTRIBUTED), and no reason (REASON_MISSING).
    """
    if not reason.strip():
        raise Refusal("REASON_MISSING", "A release says why.")
    with transaction.atomic():
        deposit = look_at_deposit(deposit_id=deposit_id, expected=("UNDER_REVIEW",), verb="released")
        if deposit.profile is None:
            raise Refusal("DEPOSIT_UNATTRIBUTED", "Nobody has said yet whose it is.", status=409)
        wish = Wish(
            action=DEPOSIT_RELEASE,
            subject_type=OBJECT_TYPE,
            subject_id=deposit.pk,
            payload=release_payload(deposit, reason),
            reason=reason,
            entity_id=deposit.profile.entity_id,
        )
        outcome = carry_out(wish=wish, actor=actor, at=at)
        if outcome.is_pending:
            # Whoever decided the wish before may have been waited for.
            lock_deposit(deposit_id=deposit.pk, expected=("UNDER_REVIEW",), verb="released")
        return outcome


def release_payload(deposit: Deposit, reason: str) -> dict[str, Any]:
    """What others approve."""
    return {"deposit_id": str(deposit.pk), **_standing(deposit), "reason": reason}


def _standing(deposit: Deposit) -> dict[str, str]:
    """Over what is decided: another reason, verdict or sender is another question."""
    return {
        "review_reason": deposit.review_reason,
        "screening": deposit.screening,
        "information_sha256": deposit.information_sha256,
    }


def execute_release(execution: Execution) -> dict[str, str]:
    """Release it as the person who approved last. Refuses (409 STATE_CHANGED) one that waits for another reason by now,
    or of which the screening or its sender says something else.
    """
    payload = execution.payload
    deposit = lock_deposit(deposit_id=UUID(payload["deposit_id"]), expected=("UNDER_REVIEW",), verb="released")
    standing = _standing(deposit)
    changed = sorted(name for name, value in standing.items() if payload.get(name) != value)
    if changed:
        raise Refusal(
            "STATE_CHANGED",
            f"It is another question now: {', '.join(changed)}.",
            meta={"review_reason": deposit.review_reason, "expected": payload["review_reason"], "changed": changed},
            status=409,
        )
    if not execution.approvers:
        raise Refusal("APPROVAL_NEEDED", "A release that a program asks for takes a person.")
    person = Actor("PERSON", execution.approvers[-1])
    released = release_deposit(
        deposit_id=deposit.pk,
        reason=payload["reason"],
        actor=person,
        at=execution.at,
        approval_id=execution.approval_id,
    )
    return {"deposit_id": str(released.pk), "status": released.status}


def describe_release(payload: Payload) -> Description:
    """The deposit, whose it is, what it waits for, and what the screening said."""
    deposit = get_deposit(deposit_id=UUID(payload["deposit_id"]))
    told = f"{plain_text(deposit.amount)} {deposit.omnibus.asset.code}"
    client = deposit.profile
    screening = f"{payload.get('screening') or 'not asked'} {deposit.screening_words}".strip()
    return Description(
        title=f"Release deposit {deposit.outside_reference}: {told}",
        changes=[
            ("client", None, f"{client.entity.shown_name}, {client.reference}" if client else None),
            ("review reason", payload["review_reason"], None),
            ("screening", None, screening),
        ],
        effect="The reason to look is lifted; without a further one the client has it at once.",
    )
