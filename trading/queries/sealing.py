"""How a market's batch reads in its seal: its bounds, and the digests of what it wrote."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from core.domain.chain import instant_text
from core.sealing import Record

# Each row as its columns joined by |, rows by line feeds, in order; instants as microseconds, so that no setting of the session
# can change a byte.
DIGEST = """
SELECT b.id, b.market_id::text, b.first_position::text, b.last_position::text, b.first_sequence::text, b.last_sequence::text,
    b.recorded_at,
    (SELECT encode(sha256(convert_to(coalesce(string_agg(concat_ws('|', i.id, i.kind, coalesce(i.order_id::text, ''),
        i.payload::text, (extract(epoch FROM i.instructed_at) * 1000000)::bigint, i.actor_id, i.initiator, i.status, i.refusal,
        i.position), E'\\n' ORDER BY i.position), ''), 'UTF8')), 'hex')
     FROM trading_instruction i
     WHERE i.market_id = b.market_id AND i.position BETWEEN b.first_position AND b.last_position),
    (SELECT encode(sha256(convert_to(coalesce(string_agg(concat_ws('|', e.id, e.sequence, e.instruction_id, e.kind,
        coalesce(e.order_id::text, ''), coalesce(e.trade_id::text, ''), e.initiator, e.actor_id,
        (extract(epoch FROM e.event_at) * 1000000)::bigint, coalesce(e.before_status, ''), coalesce(e.after_status, ''),
        coalesce(e.price::text, ''), coalesce(e.amount::text, ''), coalesce(e.cum_base::text, ''),
        coalesce(e.leaves_base::text, ''), coalesce(e.last_price::text, ''), coalesce(e.last_base::text, ''),
        coalesce(e.fee::text, ''), e.hold_change, e.phase, coalesce(e.reason, ''), coalesce(e.detail::text, '')),
        E'\\n' ORDER BY e.sequence), ''), 'UTF8')), 'hex')
     FROM trading_orderevent e
     WHERE e.market_id = b.market_id AND e.sequence BETWEEN b.first_sequence AND b.last_sequence),
    (SELECT encode(sha256(convert_to(coalesce(string_agg(concat_ws('|', t.id, t.sequence, t.buy_order_id, t.sell_order_id,
        t.maker_side, t.price, t.base_amount, t.quote_amount, t.buyer_fee, t.seller_fee,
        (extract(epoch FROM t.traded_at) * 1000000)::bigint, t.entry_id), E'\\n' ORDER BY t.sequence), ''), 'UTF8')), 'hex')
     FROM trading_trade t
     WHERE t.market_id = b.market_id AND t.sequence BETWEEN b.first_sequence AND b.last_sequence)
FROM trading_marketbatch b WHERE b.id = ANY(%s)
"""

FIELDS = ("market_id", "first_position", "last_position", "first_sequence", "last_sequence")


def batch_records(ids: Sequence[UUID]) -> dict[UUID, Record]:
    """Batches as they are sealed: with SHA-256 digests over their instructions, events and trades."""
    with connection.cursor() as cursor:
        cursor.execute(DIGEST, [list(ids)])
        rows = cursor.fetchall()
    return {
        row[0]: dict(zip(FIELDS, row[1:6], strict=True))
        | {
            "id": str(row[0]),
            "recorded_at": instant_text(row[6]),
            "instructions_sha256": row[7],
            "events_sha256": row[8],
            "trades_sha256": row[9],
        }
        for row in rows
    }
