"""Take an executed transfer back, by a mirror transfer that others approve."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor
from settlement.models import InternalTransfer
from settlement.operations.start_transfers import Started, TransferWish, start_transfers


def reverse_transfer(*, transfer_id: UUID, reason: str, actor: Actor, at: datetime) -> Started:
    """Ask for the mirror of an EXECUTED transfer under the policy INTERNAL_TRANSFER; joins the caller's transaction.

    Its reference is that of a transfer of the receiving profile: ``reversal-<id>``, with a number where an earlier wish came to
    nothing. Refuses no reason (REASON_MISSING), a transfer that is not EXECUTED or is itself a mirror (409 STATE_CHANGED), and
    what every transfer is refused for: a client who has less than it is to give back keeps it (INSUFFICIENT_AVAILABLE).
    """
    if not reason.strip():
        raise Refusal("REASON_MISSING", "A reversal says why.")
    with transaction.atomic():
        original = (
            InternalTransfer.objects.select_for_update(no_key=True, of=("self",))
            .select_related("asset")
            .filter(pk=transfer_id)
            .first()
        )
        if original is None:
            raise NotFound("internal transfer")
        if original.status != InternalTransfer.Status.EXECUTED or original.reverses_id is not None:
            words = f"A transfer that is {original.status} is not taken back."
            raise Refusal("STATE_CHANGED", words, meta={"status": original.status}, status=409)
        tries = InternalTransfer.objects.filter(reverses=original)
        if tries.filter(status=InternalTransfer.Status.AWAITING_APPROVAL).exists():
            raise Refusal("STATE_CHANGED", "It is being taken back already.", status=409)
        wish = TransferWish(
            from_profile_id=original.to_profile_id,
            to_profile_id=original.from_profile_id,
            asset=original.asset.code,
            amount=original.amount,
            client_reference=f"reversal-{original.pk.hex}-{tries.count() + 1}",
            reason=reason.strip(),
            reverses=original.pk,
        )
        return start_transfers(wishes=[wish], actor=actor, at=at)
