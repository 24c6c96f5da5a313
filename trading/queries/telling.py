"""What a matcher's batch tells clients when its message is sealed: their orders and executions, and whose balances it moved."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from core.ids import first_id_at
from core.telling import Telling, Waiting
from settlement.telling import Moved

BATCH_MATCHED = "trading.market.batch_matched"
QUOTE_EXECUTED = "trading.quote.executed"
MOST_EVENTS = 5_000
"""One statement reads no more events; a batch of more (a market emptied at once) takes several, in one transaction."""
# An event's id begins with the time at which it was written, which is about that of its batch's message: so the parts of other
# months are not looked at.
MARGIN = timedelta(hours=1)

EVENTS = """
unnest(%s::bigint[], %s::uuid[], %s::bigint[], %s::bigint[]) AS batch (place, market_id, first, last)
JOIN trading_market m ON m.id = batch.market_id
CROSS JOIN LATERAL (
    SELECT * FROM trading_orderevent
    WHERE market_id = batch.market_id AND sequence BETWEEN batch.first AND batch.last
        AND id BETWEEN %s::uuid AND %s::uuid AND order_id IS NOT NULL
    ORDER BY sequence LIMIT 5000
) AS e
JOIN trading_order o ON o.id = e.order_id
"""
# An amount is printed at the scale of its asset, a price at the market's; what does not apply is left out.
FACTS = f"""
SELECT p.entity_id, said.*, e.event_at AS occurred_at, (batch.place, e.sequence, said.channel = 'EXECUTIONS') AS place
FROM {EVENTS}
JOIN accounts_profile p ON p.id = o.profile_id
JOIN settlement_asset b ON b.id = m.base_id
JOIN settlement_asset q ON q.id = m.quote_id
LEFT JOIN trading_trade t ON t.id = e.trade_id
CROSS JOIN LATERAL (
    SELECT 'ORDERS'::varchar AS channel, ('trading.order.' || lower(e.kind))::varchar AS topic,
        'trading.order'::varchar AS subject_type, e.order_id AS subject_id, jsonb_strip_nulls(jsonb_build_object(
            'order_id', o.id, 'client_order_id', o.client_order_id, 'profile_id', o.profile_id, 'market', m.symbol,
            'side', o.side, 'type', o.type, 'sequence', e.sequence,
            'event_at', to_char(e.event_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'status', e.after_status, 'reason', e.reason, 'price', round(e.price, m.price_scale)::text,
            'base_amount', round(e.amount, b.scale)::text, 'filled_base_amount', round(e.cum_base, b.scale)::text,
            'remaining_base_amount', round(e.leaves_base, b.scale)::text, 'trade_id', e.trade_id,
            'last_price', round(e.last_price, m.price_scale)::text, 'last_base_amount', round(e.last_base, b.scale)::text,
            'fee_amount', round(e.fee, q.scale)::text)) AS payload
    UNION ALL
    SELECT 'EXECUTIONS', 'trading.execution.' || lower(e.kind), 'trading.trade', t.id, jsonb_build_object(
        'id', t.id || ':' || o.side, 'trade_id', t.id, 'order_id', o.id, 'client_order_id', o.client_order_id,
        'profile_id', o.profile_id, 'market', m.symbol, 'side', o.side, 'price', round(t.price, m.price_scale)::text,
        'base_amount', round(t.base_amount, b.scale)::text, 'quote_amount', round(t.quote_amount, q.scale)::text,
        'fee_amount', round(CASE o.side WHEN 'BUY' THEN t.buyer_fee ELSE t.seller_fee END, q.scale)::text,
        'fee_asset', q.code, 'liquidity', CASE WHEN t.liquidity = 'AUCTION' THEN 'AUCTION'
            WHEN t.maker_side = o.side THEN 'MAKER' ELSE 'TAKER' END,
        'sequence', t.sequence, 'status', t.status, 'corrects_id', NULL, 'settlement_date', t.settlement_date,
        'traded_at', to_char(t.traded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    WHERE t.id IS NOT NULL
) AS said
"""  # noqa: S608 - its one part is our own
# A fill moves both assets; whatever else becomes of an order may change what it holds.
MOVED = f"""
SELECT o.profile_id, asset.id AS asset_id
FROM {EVENTS}
CROSS JOIN LATERAL (VALUES (m.base_id), (m.quote_id)) AS asset (id)
WHERE e.trade_id IS NOT NULL OR asset.id = o.hold_asset_id
"""  # noqa: S608 - its one part is our own

BY_QUOTES = """
SELECT told.profile_id, asset.id AS asset_id FROM unnest(%s::uuid[], %s::varchar[]) AS told (profile_id, symbol)
JOIN trading_market m ON m.symbol = told.symbol CROSS JOIN LATERAL (VALUES (m.base_id), (m.quote_id)) AS asset (id)
"""


def weigh_batch(message: Waiting) -> int:
    """How many events the batch has."""
    return max(0, int(message.payload["last_sequence"]) - int(message.payload["first_sequence"]) + 1)


def tell_orders(messages: Sequence[Waiting]) -> list[Telling]:
    """Each event of a client's order, and each execution, on the stream of the client's entity."""
    return [Telling(FACTS, parameters) for parameters in _pieces(messages)]


def moved_by_batches(messages: Sequence[Waiting]) -> Moved | None:
    """Whose balances the batches moved."""
    pieces = _pieces([message for message in messages if message.topic == BATCH_MATCHED])
    selects = [(MOVED, parameters) for parameters in pieces]
    if not selects:
        return None
    return Moved(" UNION ALL ".join(select for select, _ in selects), [value for _, each in selects for value in each])


def moved_by_quotes(messages: Sequence[Waiting]) -> Moved | None:
    """Whose balances the executions of quotes moved: they pass no market's batch."""
    told = [message.payload for message in messages if message.topic == QUOTE_EXECUTED]
    if not told:
        return None
    return Moved(BY_QUOTES, [[each["profile_id"] for each in told], [each["market"] for each in told]])


def _pieces(messages: Sequence[Waiting]) -> list[list[object]]:
    """The parameters of statements that together read all events of these batches, each at most ``MOST_EVENTS``."""
    pieces: list[list[object]] = []
    ranges: list[tuple[int, str, int, int]] = []
    read = 0
    for each in _ranges(messages):
        size = each[3] - each[2] + 1
        if ranges and read + size > MOST_EVENTS:
            pieces.append(_parameters(ranges, messages))
            ranges, read = [], 0
        ranges.append(each)
        read += size
    if ranges:
        pieces.append(_parameters(ranges, messages))
    return pieces


def _ranges(messages: Sequence[Waiting]) -> Iterator[tuple[int, str, int, int]]:
    for message in messages:
        first, last = int(message.payload["first_sequence"]), int(message.payload["last_sequence"])
        for start in range(first, last + 1, MOST_EVENTS):
            yield message.id, str(message.payload["market_id"]), start, min(last, start + MOST_EVENTS - 1)


def _parameters(ranges: Sequence[tuple[int, str, int, int]], messages: Sequence[Waiting]) -> list[object]:
    columns = [list(column) for column in zip(*ranges, strict=True)]
    written = [message.created_at for message in messages]
    return [*columns, first_id_at(min(written) - MARGIN), first_id_at(max(written) + MARGIN)]
