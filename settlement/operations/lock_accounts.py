"""Hold the ledger accounts of a whole piece of work, in the one order that all take."""

from collections.abc import Iterable
from uuid import UUID

from settlement.models import LedgerAccount


def lock_accounts(account_ids: Iterable[UUID]) -> dict[UUID, LedgerAccount]:
    """The accounts by id, locked in the order of their ids until the caller's transaction ends: two batches never wait for
    each other in a circle.
    """
    accounts = LedgerAccount.objects.select_for_update(no_key=True, of=("self",)).select_related("asset", "profile")
    return {account.pk: account for account in accounts.filter(pk__in=set(account_ids)).order_by("pk")}
