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
from settlement.operations.lock_deposit import lock_deposit
from settlement.operations.note_deposit import OBJECT_TYPE
from settlement.operations.release_deposit import release_deposit
from settlement.queries.deposits import get_deposit

DEPOSIT_RELEASE: Final = "DEPOSIT_RELEASE"


def ask_deposit_release(*, deposit_id: UUID, reason: str, actor: Actor, at: datetime) -> Outcome:
    """Ask under the policy DEPOSIT_RELEASE that the reason for which the deposit waits be lifted. Joins the caller's transaction.

    What is approved is that reason and no later one. Refuses one that is not there or not UNDER_REVIEW (409 STATE_CHANGED), one
    of which nobody knows whose it is (409 DEPOSIT_UNATTRIBUTED), and no reason (REASON_MISSING).
    """
    if not reason.strip():
        raise Refusal("REASON_MISSING", "A release says why.")
    with transaction.atomic():
        deposit = lock_deposit(deposit_id=deposit_id, expected=("UNDER_REVIEW",), verb="released")
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
        return carry_out(wish=wish, actor=actor, at=at)


def release_payload(deposit: Deposit, reason: str) -> dict[str, Any]:
    """What others approve."""
    return {"deposit_id": str(deposit.pk), "review_reason": deposit.review_reason, "reason": reason}


def execute_release(execution: Execution) -> dict[str, str]:
    """Release it as the person who approved last. Refuses one that waits for another reason by now (409 STATE_CHANGED)."""
    payload = execution.payload
    deposit = lock_deposit(deposit_id=UUID(payload["deposit_id"]), expected=("UNDER_REVIEW",), verb="released")
    if deposit.review_reason != payload["review_reason"]:
        raise Refusal(
            "STATE_CHANGED",
            f"It waits for {deposit.review_reason} now.",
            meta={"review_reason": deposit.review_reason, "expected": payload["review_reason"]},
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
    """The deposit, and what it waits for."""
    deposit = get_deposit(deposit_id=UUID(payload["deposit_id"]))
    told = f"{plain_text(deposit.amount)} {deposit.omnibus.asset.code}"
    return Description(
        title=f"Release deposit {deposit.outside_reference}: {told}",
        changes=[("review reason", payload["review_reason"], None)],
        effect="The reason to look is lifted; without a further one the client has it at once.",
    )
