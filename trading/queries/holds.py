"""Which orders hold what of an account: the lines behind ``held``."""

from decimal import Decimal

from django.db.models import QuerySet, Sum

from settlement.models import LedgerAccount
from trading.models import Order


def list_holding_orders(account: LedgerAccount) -> "QuerySet[Order]":
    """The orders that hold something of the account's asset for its profile, the largest holds first."""
    if account.profile_id is None:
        return Order.objects.none()
    orders = Order.objects.filter(profile_id=account.profile_id, hold_asset_id=account.asset_id, held__gt=0)
    return orders.select_related("market").order_by("-held", "id")


def sum_held_by_orders(account: LedgerAccount) -> Decimal:
    """What they hold together."""
    return list_holding_orders(account).order_by().aggregate(sum=Sum("held", default=Decimal(0)))["sum"] or Decimal(0)
