"""What the door reads before it takes an amend: the order under its lock, its market, and who may, in one statement."""

from uuid import UUID

from django.db import connection

from core.domain.refusals import NotFound
from trading.contracts import AmendingContext

CONTEXT = """
SELECT o.id, o.version, o.status, o.side, o.type, o.time_in_force, o.base_amount, o.remaining_base, o.limit_price,
       o.protection_price, o.display_amount, o.maker_rate, o.taker_rate, o.fee_scale, p.id, p.status, p.denied_actions, m.id,
       m.symbol, m.phase, q.scale, m.tick_size * m.tick_step, m.lot_size * m.lot_step,
       m.min_amount, m.max_amount, m.min_notional, m.max_notional,
       m.execution_band, h.id, h.code, h.scale, a.id
FROM trading_order o
JOIN accounts_profile p ON p.id = o.profile_id
JOIN trading_market m ON m.id = o.market_id
JOIN settlement_asset q ON q.id = m.quote_id
JOIN settlement_asset h ON h.id = o.hold_asset_id
JOIN settlement_ledgeraccount a
    ON a.kind = 'CLIENT' AND a.asset_id = o.hold_asset_id AND a.profile_id = o.profile_id AND a.label = ''
WHERE o.id = %s
FOR NO KEY UPDATE OF o
"""


def lock_order_to_amend(order_id: UUID) -> AmendingContext:
    """The order, locked for this transaction, as it is to be amended. Refuses one that is not there with ``NotFound``."""
    with connection.cursor() as cursor:
        cursor.execute(CONTEXT, [order_id])
        row = cursor.fetchone()
    if row is None:
        raise NotFound("order")
    return AmendingContext(*row)
