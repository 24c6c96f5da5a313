"""Which orders hold what of an account: the lines behind ``held``."""

from decimal import Decimal

from django.db.models import QuerySet, Sum

from core.domain.decimals import CONTEXT
from settlement.models import LedgerAccount
from trading.models import Instruction, Order

# For settlement/holders.py. An order holds from its first event on, ACCEPTED or REJECTED, which happens when it was received;
# one that still waits to be matched has none. Events that happened since lie behind the last batch that was written before: the
# margin is for clocks of two hosts that disagree.
HOLDS_SINCE = """
SELECT o.profile_id, o.hold_asset_id, e.hold_change + CASE WHEN e.kind IN ('ACCEPTED', 'REJECTED') THEN o.hold_amount ELSE 0 END
FROM trading_market m
LEFT JOIN LATERAL (
    SELECT b.last_sequence FROM trading_marketbatch b
    WHERE b.market_id = m.id AND b.recorded_at < %(since)s::timestamptz - interval '1 minute'
    ORDER BY b.last_sequence DESC LIMIT 1
) AS before ON true
JOIN trading_orderevent e ON e.market_id = m.id AND e.sequence > coalesce(before.last_sequence, 0) AND e.event_at >= %(since)s
JOIN trading_order o ON o.id = e.order_id
UNION ALL
SELECT o.profile_id, o.hold_asset_id, o.hold_amount
FROM trading_instruction i JOIN trading_order o ON o.id = i.order_id
WHERE i.status = 'PENDING' AND i.kind = 'PLACE' AND o.received_at >= %(since)s
UNION ALL
SELECT o.profile_id, o.hold_asset_id, i.hold_change
FROM trading_instruction i JOIN trading_order o ON o.id = i.order_id
WHERE i.status = 'PENDING' AND i.hold_change > 0 AND i.instructed_at >= %(since)s
"""


def list_holding_orders(account: LedgerAccount) -> "QuerySet[Order]":
    """The orders that hold something of the account's asset for its profile, the largest holds first."""
    if account.profile_id is None:
        return Order.objects.none()
    orders = Order.objects.filter(profile_id=account.profile_id, hold_asset_id=account.asset_id, held__gt=0)
    return orders.select_related("market").order_by("-held", "id")


def sum_held_by_orders(account: LedgerAccount) -> Decimal:
    """What they hold together, and what amends on their way to the engine have taken for them."""
    if account.profile_id is None:
        return Decimal(0)
    amends = Instruction.objects.filter(
        kind=Instruction.Kind.AMEND,
        status=Instruction.Status.PENDING,
        order__profile_id=account.profile_id,
        order__hold_asset_id=account.asset_id,
    )
    held = list_holding_orders(account).order_by().aggregate(sum=Sum("held", default=Decimal(0)))["sum"]
    pledged = amends.aggregate(sum=Sum("hold_change", default=Decimal(0)))["sum"]
    return CONTEXT.add(held or Decimal(0), pledged or Decimal(0))
