"""What a profile has, asset by asset."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from core.domain.decimals import CONTEXT, at_scale
from settlement.models import LedgerAccount


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
    """The client accounts of a profile with their assets; an account stays when its balance is zero."""
    return LedgerAccount.objects.select_related("asset").filter(profile_id=profile_id, kind="CLIENT")


def balance_views(accounts: Iterable[LedgerAccount]) -> list[BalanceView]:
    """The views of accounts that ``list_client_accounts`` read."""
    return [_view(account) for account in accounts]


def _view(account: LedgerAccount) -> BalanceView:
    scale = account.asset.scale
    zero, held = at_scale(Decimal(0), scale), at_scale(account.held, scale)
    return BalanceView(
        id=account.id,
        asset=account.asset.code,
        balance=at_scale(account.balance, scale),
        held=held,
        available=at_scale(CONTEXT.subtract(account.balance, account.held), scale),
        # Open orders are all that can hold value in this house so far.
        held_by=HeldBy(orders=held, withdrawals=zero, obligations=zero),
        under_review=zero,
        to_receive=zero,
        to_deliver=zero,
    )
