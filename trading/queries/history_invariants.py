"""What must always be true of the markets' history: gapless, whole, and everything with an author."""

from core.invariants import Invariant

POSITIONS_ARE_GAPLESS = """
SELECT m.symbol || '@' || i.position, 'position ' || i.position || ' after ' || i.was
FROM (
    SELECT market_id, position, coalesce(lag(position) OVER (PARTITION BY market_id ORDER BY position), 0) AS was
    FROM trading_instruction WHERE position IS NOT NULL
) i JOIN trading_market m ON m.id = i.market_id
WHERE i.position <> i.was + 1
UNION ALL
SELECT m.symbol, 'the market is at position ' || m.position || ', its last instruction has ' || coalesce(max(i.position), 0)
FROM trading_market m LEFT JOIN trading_instruction i ON i.market_id = m.id
GROUP BY m.id HAVING m.position <> coalesce(max(i.position), 0)
UNION ALL
SELECT id::text, status || ' with position ' || coalesce(position::text, 'none') || ' and refusal "' || refusal || '"'
FROM trading_instruction
WHERE (status = 'PENDING') <> (position IS NULL) OR (status = 'PENDING') <> (applied_at IS NULL)
    OR (status = 'REFUSED') <> (refusal <> '') OR status NOT IN ('PENDING', 'APPLIED', 'REFUSED')
"""

SEQUENCES_ARE_GAPLESS = """
SELECT m.symbol || '@' || e.sequence, 'event ' || e.sequence || ' after ' || e.was
FROM (
    SELECT market_id, sequence, coalesce(lag(sequence) OVER (PARTITION BY market_id ORDER BY sequence), 0) AS was
    FROM trading_orderevent
) e JOIN trading_market m ON m.id = e.market_id
WHERE e.sequence <> e.was + 1
UNION ALL
SELECT m.symbol, 'the market is at sequence ' || m.sequence || ', its last event has ' || coalesce(max(e.sequence), 0)
FROM trading_market m LEFT JOIN trading_orderevent e ON e.market_id = m.id
GROUP BY m.id HAVING m.sequence <> coalesce(max(e.sequence), 0)
"""

EVENTS_BELONG_TO_INSTRUCTIONS = """
SELECT e.id::text, 'event ' || e.sequence || ' of instruction ' || e.instruction_id || ', which is '
    || coalesce(i.status, 'not there')
FROM trading_orderevent e LEFT JOIN trading_instruction i ON i.id = e.instruction_id
WHERE (i.market_id = e.market_id AND i.position IS NOT NULL
    AND (i.actor_id = e.actor_id AND i.initiator = e.initiator OR e.reason = 'TIME_REACHED' AND e.initiator = 'VENUE_AUTO')
) IS NOT TRUE
"""

# A trade is two events, one after the other, of one instruction and so of one batch.
TRADES_ARE_EVENTS = """
SELECT coalesce(t.id, e.trade_id)::text,
    'a trade at ' || coalesce(t.sequence::text, 'nowhere') || ' with ' || coalesce(e.events, 0) || ' events from '
    || coalesce(e.first::text, 'nowhere')
FROM trading_trade t
FULL JOIN (
    SELECT trade_id, count(*) AS events, min(sequence) AS first, max(sequence) AS last, min(last_price) AS price,
        min(last_base) AS base, max(last_base) AS most, sum(fee) AS fee, min(instruction_id) = max(instruction_id) AS is_one,
        count(DISTINCT market_id) AS markets, (array_agg(market_id))[1] AS market_id
    FROM trading_orderevent WHERE kind = 'TRADED' GROUP BY trade_id
) e ON e.trade_id = t.id
WHERE (e.events = 2 AND e.first = t.sequence AND e.last = t.sequence + 1 AND e.price = t.price AND e.base = t.base_amount
    AND e.most = t.base_amount AND e.fee = t.buyer_fee + t.seller_fee AND e.is_one AND e.market_id = t.market_id) IS NOT TRUE
"""

BATCHES_FOLLOW_EACH_OTHER = """
SELECT b.id::text, 'positions ' || b.first_position || '-' || b.last_position || ' after ' || b.position_was || ', sequences '
    || b.first_sequence || '-' || b.last_sequence || ' after ' || b.sequence_was
FROM (
    SELECT *, coalesce(lag(last_position) OVER chain, 0) AS position_was,
        coalesce(lag(last_sequence) OVER chain, 0) AS sequence_was
    FROM trading_marketbatch WINDOW chain AS (PARTITION BY market_id ORDER BY first_position)
) b
WHERE b.first_position <> b.position_was + 1 OR b.first_sequence <> b.sequence_was + 1
UNION ALL
SELECT m.symbol, 'the market is at ' || m.position || ' and ' || m.sequence || ', its last batch at '
    || coalesce(max(b.last_position), 0) || ' and ' || coalesce(max(b.last_sequence), 0)
FROM trading_market m LEFT JOIN trading_marketbatch b ON b.market_id = m.id
GROUP BY m.id HAVING m.position <> coalesce(max(b.last_position), 0) OR m.sequence <> coalesce(max(b.last_sequence), 0)
"""

# By the firm act its people, its own programs, and the house itself (THE_HOUSE of trading/domain/instruction.py).
ORDERS_HAVE_AUTHORS = """
SELECT o.id::text, 'an order with ' || count(i.id) || ' instructions to place it'
FROM trading_order o LEFT JOIN trading_instruction i ON i.order_id = o.id AND i.kind = 'PLACE'
GROUP BY o.id
HAVING count(i.id) <> 1 OR bool_or(i.actor_id <> o.credential_id OR i.market_id <> o.market_id)
UNION ALL
SELECT coalesce(i.actor_id::text, 'nobody'), 'an instruction of ' || i.initiator || ' by somebody unknown'
FROM (SELECT DISTINCT actor_id, initiator FROM trading_instruction) i
WHERE CASE i.initiator
    WHEN 'CLIENT' THEN NOT EXISTS (SELECT 1 FROM accounts_apicredential c WHERE c.id = i.actor_id)
    ELSE i.actor_id <> '00000000-0000-0000-0000-000000000000'
        AND NOT EXISTS (SELECT 1 FROM accounts_staffuser u WHERE u.id = i.actor_id)
        AND NOT EXISTS (
            SELECT 1 FROM accounts_apicredential c JOIN accounts_entity e ON e.id = c.entity_id
            JOIN accounts_organisation o ON o.id = e.organisation_id AND o.kind = 'FIRM' WHERE c.id = i.actor_id
        ) END
"""

BATCHES_ARE_SEALED_OR_QUEUED = """
SELECT coalesce(b.id, s.object_id)::text,
    CASE WHEN b.id IS NULL THEN 'sealed, and gone' WHEN s.object_id IS NULL THEN 'neither sealed nor waiting for it'
        ELSE 'sealed twice' END
FROM trading_marketbatch b
FULL JOIN (
    SELECT object_id FROM core_sealedrecord WHERE kind = 'MARKET_BATCH'
    UNION ALL SELECT object_id FROM core_unsealed WHERE kind = 'MARKET_BATCH'
) s ON s.object_id = b.id
GROUP BY b.id, s.object_id HAVING b.id IS NULL OR s.object_id IS NULL OR count(*) > 1
"""

MARKETS, INSTRUCTIONS, EVENTS = "trading_market", "trading_instruction", "trading_orderevent"
TRADES, BATCHES, ORDERS = "trading_trade", "trading_marketbatch", "trading_order"

INVARIANTS = (
    Invariant("V18", "Positions are 1 to n; what is decided has one.", (MARKETS, INSTRUCTIONS), POSITIONS_ARE_GAPLESS),
    Invariant("V19", "Events are 1 to the market's sequence.", (MARKETS, EVENTS), SEQUENCES_ARE_GAPLESS),
    Invariant(
        "V19",
        "Each event is of an applied instruction.",
        (EVENTS, INSTRUCTIONS),
        EVENTS_BELONG_TO_INSTRUCTIONS,
    ),
    Invariant("V19", "Each trade is two events of one instruction.", (TRADES, EVENTS), TRADES_ARE_EVENTS),
    Invariant("V19", "Batches follow each other without gap.", (MARKETS, BATCHES), BATCHES_FOLLOW_EACH_OTHER),
    Invariant(
        "V20",
        "Each order was placed once by its author; each actor is known.",
        (ORDERS, INSTRUCTIONS),
        ORDERS_HAVE_AUTHORS,
    ),
    Invariant("V27", "Each market batch is sealed or waits for it, once.", (BATCHES,), BATCHES_ARE_SEALED_OR_QUEUED),
)
