"""What a profile has, asset by asset."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery, Sum

from core.domain.decimals import CONTEXT, at_scale
from settlement.models import Deposit, LedgerAccount, Withdrawal


@dataclass(frozen=True, slots=True)
class HeldBy:
    """What reserves a part of a balance; the three add up to ``held``."""

    orders: Decimal
    withdrawals: Decimal
    obligations: Decimal


@dataclass(frozen=True, slots=True)
class BalanceView:
    """One asset of a profile, at the asset's scale; available = balance - held."""

    id: UUID
    asset: str
    balance: Decimal
    held: Decimal
    available: Decimal
    held_by: HeldBy
    under_review: Decimal
    to_receive: Decimal
    to_deliver: Decimal


def list_client_accounts(*, profile_id: UUID) -> "QuerySet[LedgerAccount]":
    """The client accounts of a profile with their assets, what waits in SUSPENSE for each and what withdrawals hold of it; an
    account stays when its balance is zero.
    """
    waiting = (
        Deposit.objects.filter(
            status=Deposit.Status.UNDER_REVIEW, profile_id=profile_id, omnibus__asset_id=OuterRef("asset_id")
        )
        .order_by()
        .values("omnibus__asset_id")
        .annotate(sum=Sum("amount"))
        .values("sum")
    )
    leaving = (
        Withdrawal.objects.filter(profile_id=profile_id, rail__asset_id=OuterRef("asset_id"), held__gt=0)
        .order_by()
        .values("rail__asset_id")
        .annotate(sum=Sum("held"))
        .values("sum")
    )
    accounts = LedgerAccount.objects.select_related("asset").filter(profile_id=profile_id, kind="CLIENT")
    return accounts.annotate(under_review=Subquery(waiting), held_by_withdrawals=Subquery(leaving))


def balance_views(accounts: Iterable[LedgerAccount]) -> list[BalanceView]:
    """The views of accounts that ``list_client_accounts`` read."""
    return [_view(account) for account in accounts]


def _view(account: LedgerAccount) -> BalanceView:
    scale = account.asset.scale
    zero, held = at_scale(Decimal(0), scale), at_scale(account.held, scale)
    leaving = at_scale(vars(account)["held_by_withdrawals"] or Decimal(0), scale)
    return BalanceView(
        id=account.id,
        asset=account.asset.code,
        balance=at_scale(account.balance, scale),
        held=held,
        available=at_scale(CONTEXT.subtract(account.balance, account.held), scale),
        # What withdrawals do not hold, open orders do: nothing else can in this house so far.
        held_by=HeldBy(orders=CONTEXT.subtract(held, leaving), withdrawals=leaving, obligations=zero),
        # Annotated by the query; null where nothing waits.
        under_review=at_scale(vars(account)["under_review"] or Decimal(0), scale),
        to_receive=zero,
        to_deliver=zero,
    )
