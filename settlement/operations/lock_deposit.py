"""Hold a deposit, so that one decision on it follows another."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from core.domain.refusals import NotFound, Refusal
from settlement.models import Deposit


def lock_deposit(*, deposit_id: UUID, expected: Collection[str], verb: str) -> Deposit:
    """The deposit with its profile, rail and omnibus account, locked until the caller's transaction ends.

    A request is locked before what it is about, and a deposit before accounts. Whoever holds a deposit therefore asks for no
    approval of it, as ``carry_out`` waits for whoever decides the wish before: an asker looks (``look_at_deposit``), asks, and
    locks the deposit then.

    Refuses one that is not there, and one whose status is not among ``expected`` (409 STATE_CHANGED with the status it has).
    """
    return _checked(
        Deposit.objects.select_for_update(no_key=True, of=("self",)),
        deposit_id=deposit_id,
        expected=expected,
        verb=verb,
    )


def look_at_deposit(*, deposit_id: UUID, expected: Collection[str], verb: str) -> Deposit:
    """As ``lock_deposit``, and refuses the same, but holds nothing: for whoever asks others, and locks it once that is asked."""
    return _checked(Deposit.objects.all(), deposit_id=deposit_id, expected=expected, verb=verb)


def _checked(deposits: QuerySet[Deposit], *, deposit_id: UUID, expected: Collection[str], verb: str) -> Deposit:
    deposit = deposits.select_related("profile", "omnibus__asset", "rail").filter(pk=deposit_id).first()
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
