"""How many orders rest in a market: what a change of its phase touches."""

from uuid import UUID

from trading.models import Order
from trading.models.order import LIVE_STATUSES


def count_resting_orders(market_id: UUID) -> int:
    """The orders of the market that rest or wait."""
    return Order.objects.filter(market_id=market_id, status__in=LIVE_STATUSES).count()
