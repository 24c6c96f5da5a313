"""Hold a deposit, so that one decision on it follows another."""

from collections.abc import Collection
from uuid import UUID

from core.domain.refusals import NotFound, Refusal
from settlement.models import Deposit


def lock_deposit(*, deposit_id: UUID, expected: Collection[str], verb: str) -> Deposit:
    """The deposit with its profile, rail and omnibus account, locked until the caller's transaction ends.

    Refuses one that is not there, and one whose status is not among ``expected`` (409 STATE_CHANGED with the status it has).
    """
    deposit = (
        Deposit.objects.select_for_update(no_key=True, of=("self",))
        .select_related("profile", "omnibus__asset", "rail")
        .filter(pk=deposit_id)
        .first()
    )
    if deposit is None:
        raise NotFound("deposit")
    if deposit.status not in expected:
        raise Refusal(
            "STATE_CHANGED",
            f"A deposit that is {deposit.status} is not {verb}.",
            meta={"status": deposit.status, "expected": sorted(expected)},
            status=409,
        )
    return deposit
