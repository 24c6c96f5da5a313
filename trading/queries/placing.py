"""What the door reads before it takes an order: everything in one statement."""

from uuid import UUID

from django.db import connection

from core.domain.refusals import NotFound
from core.prepared import prepared_cursor
from trading.contracts import PlacingContext

CONTEXT = """
SELECT m.id, m.symbol, m.phase, m.base_id, b.code, b.scale, m.quote_id, q.code, q.scale, m.price_scale,
       m.tick_size * m.tick_step, m.lot_size * m.lot_step, m.min_amount, m.max_amount, m.min_notional, m.max_notional,
       m.execution_band, COALESCE(m.last_price, m.reference_price), t.id, t.maker_rate, t.taker_rate, s.fee_scale,
       p.status, p.denied_actions, p.self_trade_group, ba.id, qa.id, o.id, o.request_sha256
FROM accounts_profile p
JOIN trading_market m ON m.symbol = %(symbol)s
JOIN settlement_asset b ON b.id = m.base_id
JOIN settlement_asset q ON q.id = m.quote_id
LEFT JOIN trading_feeplan f ON f.profile_id = p.id AND f.market_id = m.id
JOIN trading_feetier first ON first.schedule_id = m.fee_schedule_id AND first.from_volume = 0
JOIN trading_feetier t ON t.id = COALESCE(f.tier_id, first.id)
JOIN trading_feeschedule s ON s.id = t.schedule_id
LEFT JOIN settlement_ledgeraccount ba
    ON ba.kind = 'CLIENT' AND ba.asset_id = m.base_id AND ba.profile_id = p.id AND ba.label = ''
LEFT JOIN settlement_ledgeraccount qa
    ON qa.kind = 'CLIENT' AND qa.asset_id = m.quote_id AND qa.profile_id = p.id AND qa.label = ''
LEFT JOIN trading_order o ON o.profile_id = p.id AND o.client_order_id = %(client_order_id)s
WHERE p.id = %(profile)s AND p.entity_id = %(entity)s
"""


def get_placing_context(*, profile_id: UUID, entity_id: UUID, symbol: str, client_order_id: str) -> PlacingContext:
    """The context of an order of ``profile_id`` in ``symbol``. Another entity's profile is not found, nor an unknown market."""
    with prepared_cursor() as cursor:
        cursor.execute(
            CONTEXT,
            {
                "symbol": symbol,
                "client_order_id": client_order_id,
                "profile": profile_id,
                "entity": entity_id,
            },
        )
        row = cursor.fetchone()
        if row is not None:
            return PlacingContext(*row)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM accounts_profile WHERE id = %s AND entity_id = %s", [profile_id, entity_id])
        raise NotFound("profile" if cursor.fetchone() is None else "market")
