"""How many orders rest in a market: what a change of its phase touches."""

from uuid import UUID

from trading.models import Order


def count_resting_orders(market_id: UUID) -> int:
    """The orders of the market that are open."""
    return Order.objects.filter(market_id=market_id, status=Order.Status.OPEN).count()
