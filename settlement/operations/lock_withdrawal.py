"""Hold a withdrawal, so that one act on it follows another."""

from uuid import UUID

from core.domain.refusals import NotFound, Refusal
from settlement.models import Withdrawal


def lock_withdrawal(*, withdrawal_id: UUID) -> Withdrawal:
    """The withdrawal with its profile, rail and destination, locked until the caller's transaction ends.

    Refuses one that is not there with ``NotFound``.
    """
    withdrawal = (
        Withdrawal.objects.select_for_update(no_key=True, of=("self",))
        .select_related("profile", "rail__asset", "rail__omnibus", "destination")
        .filter(pk=withdrawal_id)
        .first()
    )
    if withdrawal is None:
        raise NotFound("withdrawal")
    return withdrawal


def refuse_unknown_outcome(withdrawal: Withdrawal) -> None:
    """Refuse (409 OUTCOME_UNKNOWN) what would guess: the gateway may have paid."""
    if withdrawal.outcome_unknown:
        raise Refusal(
            "OUTCOME_UNKNOWN",
            "It was handed to the gateway, which has not said yet what became of it; it is being asked.",
            status=409,
        )
