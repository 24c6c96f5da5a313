"""The scales that a market's prices and sizes are told at."""

from django.db import connection

SCALES = "SELECT price_scale, amount_scale FROM trading_market WHERE id = %s"


def read_scales(market_id: str) -> tuple[int, int]:
    """Price scale and amount scale of a market that is there."""
    with connection.cursor() as cursor:
        cursor.execute(SCALES, [market_id])
        price_scale, amount_scale = cursor.fetchone()
    return price_scale, amount_scale
