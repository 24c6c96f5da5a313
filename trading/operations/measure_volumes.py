"""Count trades into volumes, and volumes of the last 30 business days into what tiers go by."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction

from core.domain.refusals import Refusal
from settlement.calendar import business_date_of
from settlement.queries.valuation import value_of
from trading.models import Market

log = structlog.get_logger()

VOLUME_DAYS = 30
ONE = Decimal(1)

COUNT = """
WITH counted AS (
    SELECT sequence, business_date, buy_profile_id, sell_profile_id, quote_amount FROM trading_trade
    WHERE market_id = %(market)s AND sequence > %(after)s ORDER BY sequence LIMIT %(most)s
), sides AS (
    SELECT buy_profile_id AS profile_id, business_date, quote_amount FROM counted
    UNION ALL SELECT sell_profile_id, business_date, quote_amount FROM counted
), kept AS (
    INSERT INTO trading_tradedvolume AS v (id, profile_id, market_id, business_date, value)
    SELECT gen_random_uuid(), profile_id, %(market)s, business_date, round(sum(quote_amount) * %(price)s, 2) FROM sides
    GROUP BY profile_id, business_date
    ON CONFLICT ON CONSTRAINT traded_volume_is_kept_once DO UPDATE SET value = v.value + EXCLUDED.value
)
SELECT max(sequence), count(*) FROM counted
"""
SUM = """
INSERT INTO trading_entityvolume AS e (entity_id, value, measured_at)
SELECT p.entity_id, sum(v.value), %(at)s
FROM trading_tradedvolume v JOIN accounts_profile p ON p.id = v.profile_id
WHERE v.business_date > %(since)s
GROUP BY p.entity_id
ON CONFLICT (entity_id) DO UPDATE SET value = EXCLUDED.value, measured_at = EXCLUDED.measured_at
"""
FADE = """
UPDATE trading_entityvolume e SET value = 0, measured_at = %(at)s
WHERE e.value > 0 AND e.measured_at < %(at)s
"""


def measure_volumes(*, at: datetime) -> int:
    """Count what has been traded since it was last counted, and what each entity comes to; answers how many trades were counted.

    A trade is valued at the price that its market's quote asset has when it is counted; without a price it waits to be counted.
    """
    counted = sum(_count_market(market, at) for market in Market.objects.select_related("quote").order_by("symbol"))
    _sum_up(business_date_of(at), at)
    return counted


def _count_market(market: Market, at: datetime) -> int:
    price = _price_of(market.quote_id, at)
    if price is None:
        log.warning("volume waits for a price", market=market.symbol)
        return 0
    counted = 0
    while True:
        fresh = _count_some(market.pk, price)
        counted += fresh
        if fresh < settings.VOLUME_TRADES_AT_ONCE:
            return counted


def _price_of(asset_id: UUID, at: datetime) -> Decimal | None:
    try:
        return value_of(asset_id, ONE, at).price
    except Refusal as refusal:
        if refusal.code != "PRICE_MISSING":
            raise
        return None


def _count_some(market_id: UUID, price: Decimal) -> int:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO trading_volumecount (market_id, sequence) VALUES (%s, 0) ON CONFLICT DO NOTHING", [market_id]
        )
        cursor.execute("SELECT sequence FROM trading_volumecount WHERE market_id = %s FOR UPDATE", [market_id])
        (after,) = cursor.fetchone()
        values = {"market": market_id, "after": after, "price": price, "most": settings.VOLUME_TRADES_AT_ONCE}
        cursor.execute(COUNT, values)
        last, count = cursor.fetchone()
        if count:
            cursor.execute("UPDATE trading_volumecount SET sequence = %s WHERE market_id = %s", [last, market_id])
        return int(count)


def _sum_up(today: date, at: datetime) -> None:
    since = today - timedelta(days=VOLUME_DAYS)
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(SUM, {"since": since, "at": at})
        # Who has not traded for so long comes to nothing.
        cursor.execute(FADE, {"at": at})
