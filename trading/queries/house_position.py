"""What the house has of each asset to quote with, and how much of it is spoken for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from core.domain.refusals import Refusal
from settlement.models import Asset, LedgerAccount
from settlement.queries.valuation import value_of
from trading.queries.quoting import cap_of, promised


@dataclass(frozen=True, slots=True)
class HousePosition:
    """One asset of the house: what it has, what open quotes would bring and take, what it may have at most and is worth.

    ``value``, what it has and what may come, and ``cap`` are in the reporting asset; ``value`` is None where nothing tells a
    price, ``cap`` where nothing bounds it. ``used`` is the share of the cap in hundredths, at most 100.
    """

    asset: Asset
    balance: Decimal
    comes: Decimal
    leaves: Decimal
    value: Decimal | None
    cap: Decimal | None

    @property
    def used(self) -> int:
        if self.cap is None or self.value is None:
            return 0
        return 100 if self.value >= self.cap else int(self.value * 100 / self.cap)


def house_accounts(asset_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Asset -> the house's open account in it, for those assets in which it has one."""
    accounts = LedgerAccount.objects.filter(kind="HOUSE", label="", status="OPEN", asset_id__in=asset_ids)
    return dict(accounts.values_list("asset_id", "id"))


def list_house_positions(at: datetime) -> Sequence[HousePosition]:
    """Every asset in which the house has an account, by code."""
    accounts = LedgerAccount.objects.filter(kind="HOUSE", label="").select_related("asset").order_by("asset__code")
    return [_position(account, at) for account in accounts]


def _position(account: LedgerAccount, at: datetime) -> HousePosition:
    told = promised(account.asset_id, at)
    try:
        value: Decimal | None = value_of(account.asset_id, account.balance + told.comes, at).value
    except Refusal:
        value = None
    return HousePosition(account.asset, account.balance, told.comes, told.leaves, value, cap_of(account.asset, at))
