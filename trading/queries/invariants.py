"""What must always be true of orders, trades and the markets' history."""

from core.invariants import Invariant
from trading.queries.history_invariants import INVARIANTS as HISTORY
from trading.queries.permission_invariants import INVARIANTS as PERMISSIONS
from trading.queries.quote_invariants import INVARIANTS as QUOTES
from trading.queries.trade_invariants import INVARIANTS as TRADES

HOLDS_ARE_EXPLAINED = """
SELECT coalesce(a.id, x.profile_id)::text,
    'the ledger holds ' || coalesce(a.held::text, 'nothing') || ', orders, amends and withdrawals hold ' || coalesce(x.held, 0)
FROM (SELECT profile_id, asset_id, (array_agg(id))[1] AS id, sum(held) AS held FROM settlement_ledgeraccount
      GROUP BY 1, 2) a
FULL JOIN (
    SELECT profile_id, hold_asset_id, sum(held) AS held FROM (
        SELECT profile_id, hold_asset_id, held FROM trading_order WHERE held <> 0
        UNION ALL
        SELECT w.profile_id, r.asset_id, w.held FROM settlement_withdrawal w JOIN settlement_rail r ON r.id = w.rail_id
        WHERE w.held <> 0
        UNION ALL
        SELECT o.profile_id, o.hold_asset_id, i.hold_change
        FROM trading_instruction i JOIN trading_order o ON o.id = i.order_id
        WHERE i.status = 'PENDING' AND i.hold_change <> 0
    ) AS holders GROUP BY 1, 2
) x
    ON x.profile_id = a.profile_id AND x.hold_asset_id = a.asset_id
WHERE coalesce(a.held, 0) <> coalesce(x.held, 0)
"""

AMOUNTS_ADD_UP = """
SELECT id::text, coalesce(base_amount::text, 'for ' || quote_amount)
    || ' = ' || concat_ws(' + ', filled_base, remaining_base, prevented_base, lapsed_base) || '?'
FROM trading_order
WHERE (CASE WHEN base_amount IS NULL
    THEN filled_quote BETWEEN 0 AND quote_amount AND quote_amount < 1e20 AND remaining_base = 0 AND lapsed_base = 0
    ELSE base_amount = filled_base + remaining_base + prevented_base + lapsed_base AND filled_base >= 0
        AND remaining_base >= 0 AND lapsed_base >= 0 AND base_amount < 1e20 AND quote_amount IS NULL
    END AND prevented_base >= 0 AND busted_base BETWEEN 0 AND filled_base) IS NOT TRUE
"""

CLOSED_ORDERS_ARE_CLOSED = """
SELECT id::text, status || ', reason "' || done_reason || '", holds ' || held || ', remaining ' || remaining_base
FROM trading_order
WHERE CASE WHEN status IN ('PENDING', 'OPEN', 'DORMANT') THEN done_reason <> '' OR closed_at IS NOT NULL
    ELSE held <> 0 OR remaining_base <> 0 OR closed_at IS NULL OR (status = 'FILLED') <> (done_reason = '')
        OR (status = 'FILLED' AND (filled_base = 0 OR filled_base + prevented_base <> base_amount)) END
"""

# Statuses as the events tell them, one after the other, from PENDING to what the order is now.
PATHS_ARE_LEGAL = """
WITH steps AS (
    SELECT order_id, sequence, before_status, after_status,
        coalesce(lag(after_status) OVER path, 'PENDING') AS was, lead(after_status) OVER path IS NULL AS is_last
    FROM trading_orderevent WHERE after_status IS NOT NULL
    WINDOW path AS (PARTITION BY order_id ORDER BY sequence)
)
SELECT s.order_id || '@' || s.sequence, concat_ws(' ', s.was, 'then', s.before_status, 'to', s.after_status, 'and is', o.status)
FROM steps s LEFT JOIN trading_order o ON o.id = s.order_id
WHERE s.before_status IS DISTINCT FROM s.was
    OR (s.before_status, s.after_status) NOT IN (('PENDING', 'OPEN'), ('PENDING', 'DORMANT'), ('PENDING', 'REJECTED'),
        ('DORMANT', 'DORMANT'), ('DORMANT', 'OPEN'), ('DORMANT', 'CANCELLED'), ('DORMANT', 'EXPIRED'), ('OPEN', 'OPEN'),
        ('OPEN', 'FILLED'), ('OPEN', 'CANCELLED'), ('OPEN', 'EXPIRED'))
    OR (s.is_last AND (o.status = s.after_status AND o.last_sequence = s.sequence) IS NOT TRUE)
UNION ALL
SELECT o.id::text, o.status || ' without an event' FROM trading_order o
WHERE o.status <> 'PENDING' AND NOT EXISTS (SELECT 1 FROM trading_orderevent e WHERE e.order_id = o.id)
"""

# Fees: exact by the rates of maker and taker (in an auction all pay as takers, save post-only orders), charged rounded up
# once an order; less only where a fill's own notional bounded it.
FILLS_ARE_TRADES = """
WITH sides AS (
    SELECT buy_order_id AS id, base_amount, quote_amount, buyer_fee AS fee, maker_side = 'BUY' AS is_maker FROM trading_trade
    UNION ALL
    SELECT sell_order_id, base_amount, quote_amount, seller_fee, maker_side = 'SELL' FROM trading_trade
), fills AS (
    SELECT id, sum(base_amount) AS base, sum(quote_amount) AS quote, sum(fee) AS fee,
        coalesce(sum(quote_amount) FILTER (WHERE is_maker), 0) AS made,
        coalesce(sum(quote_amount) FILTER (WHERE NOT is_maker), 0) AS taken,
        coalesce(sum(quote_amount) FILTER (WHERE is_maker IS NULL), 0) AS auctioned, bool_or(fee >= quote_amount) AS is_bounded
    FROM sides GROUP BY id
)
SELECT o.id::text, concat_ws(' ', 'filled', o.filled_base, 'for', o.filled_quote, 'fee', o.fee_charged, 'exact', o.fee_exact,
    'by trades', coalesce(f.base, 0), coalesce(f.quote, 0), coalesce(f.fee, 0))
FROM trading_order o LEFT JOIN fills f ON f.id = o.id
WHERE o.filled_base <> coalesce(f.base, 0) OR o.filled_quote <> coalesce(f.quote, 0) OR o.fee_charged <> coalesce(f.fee, 0)
    OR o.fee_exact <> coalesce(f.made * o.maker_rate + f.taken * o.taker_rate
        + f.auctioned * CASE o.type WHEN 'POST_ONLY_LIMIT' THEN o.maker_rate ELSE o.taker_rate END, 0)
    OR o.fee_charged <> round(o.fee_charged, o.fee_scale)
    OR o.fee_charged - o.fee_exact >= ('1e-' || o.fee_scale)::numeric
    OR (o.fee_charged < o.fee_exact AND NOT coalesce(f.is_bounded, false))
"""

# BUY: n + max(0, C(E + r n) - F) with n = remaining x price, by quote amount what is left to spend; SELL: remaining. What the
# door has taken for an amend is held by its instruction while that waits; the order's events tell all that changes its own hold.
HOLDS_FOLLOW_THE_FORMULA = """
SELECT o.id::text, 'holds ' || o.held || ', the formula gives ' || f.need
FROM trading_order o
CROSS JOIN LATERAL (
    SELECT coalesce(o.quote_amount - o.filled_quote, o.remaining_base * coalesce(o.limit_price, o.protection_price)) AS notional,
        ('1e' || o.fee_scale)::numeric AS unit
) n
CROSS JOIN LATERAL (
    SELECT CASE o.side WHEN 'SELL' THEN o.remaining_base ELSE n.notional + greatest(0,
        ceil((o.fee_exact + greatest(o.maker_rate, o.taker_rate, 0) * n.notional) * n.unit) / n.unit - o.fee_charged
    ) END AS need
) f
WHERE o.status IN ('PENDING', 'OPEN', 'DORMANT') AND o.held IS DISTINCT FROM f.need
UNION ALL
SELECT o.id::text, 'holds ' || o.held || ', at placing ' || o.hold_amount || ', changed by ' || coalesce(e.change, 0)
FROM trading_order o
LEFT JOIN (SELECT order_id, sum(hold_change) AS change FROM trading_orderevent WHERE hold_change <> 0 GROUP BY 1) e
    ON e.order_id = o.id
WHERE o.held <> o.hold_amount + coalesce(e.change, 0)
"""

ORDERS_ARE_AT_SCALE = """
SELECT o.id::text, 'an order with digits beyond the scale of its assets'
FROM trading_order o JOIN trading_market m ON m.id = o.market_id
JOIN settlement_asset b ON b.id = m.base_id JOIN settlement_asset q ON q.id = m.quote_id
WHERE o.base_amount <> round(o.base_amount, b.scale) OR o.filled_base <> round(o.filled_base, b.scale)
    OR o.quote_amount <> round(o.quote_amount, q.scale) OR o.busted_base <> round(o.busted_base, b.scale)
    OR o.remaining_base <> round(o.remaining_base, b.scale) OR o.prevented_base <> round(o.prevented_base, b.scale)
    OR o.lapsed_base <> round(o.lapsed_base, b.scale) OR o.filled_quote <> round(o.filled_quote, q.scale)
    OR o.fee_charged <> round(o.fee_charged, q.scale) OR o.fee_exact <> round(o.fee_exact, q.scale + 6)
    OR o.held <> round(o.held, CASE o.side WHEN 'SELL' THEN b.scale ELSE q.scale END)
    OR o.hold_asset_id <> CASE o.side WHEN 'SELL' THEN m.base_id ELSE m.quote_id END
"""

BOOK_IS_NOT_CROSSED = """
SELECT m.id::text, m.symbol || ' bid ' || b.bid || ', ask ' || b.ask
FROM trading_market m
JOIN (
    SELECT market_id, max(limit_price) FILTER (WHERE side = 'BUY') AS bid, min(limit_price) FILTER (WHERE side = 'SELL') AS ask
    FROM trading_order WHERE status = 'OPEN' GROUP BY market_id
) b ON b.market_id = m.id
WHERE m.phase = 'OPEN' AND b.bid >= b.ask
UNION ALL
SELECT id::text, 'rests as ' || type || ' ' || time_in_force || ' with priority ' || coalesce(priority_sequence::text, 'none')
FROM trading_order
WHERE status = 'OPEN'
    AND (type IN ('MARKET', 'STOP_MARKET') OR time_in_force NOT IN ('GTC', 'GTT')
        OR priority_sequence IS NULL OR remaining_base <= 0)
"""

ORDERS, EVENTS, TRADE = "trading_order", "trading_orderevent", "trading_trade"

INVARIANTS = (
    Invariant(
        "V4",
        "What an account holds is what its orders, amends on their way and withdrawals hold.",
        ("settlement_ledgeraccount", ORDERS, "settlement_withdrawal"),
        HOLDS_ARE_EXPLAINED,
    ),
    Invariant("V9", "Orders are at the scale of their assets.", (ORDERS,), ORDERS_ARE_AT_SCALE),
    Invariant("V10", "An order's amount is filled + remaining + prevented + lapsed.", (ORDERS,), AMOUNTS_ADD_UP),
    Invariant("V11", "Closed orders hold nothing and have a reason.", (ORDERS,), CLOSED_ORDERS_ARE_CLOSED),
    Invariant("V11", "Each order went a legal path of states.", (ORDERS, EVENTS), PATHS_ARE_LEGAL),
    Invariant("V12", "Filled amounts and fees are those of the trades.", (ORDERS, TRADE), FILLS_ARE_TRADES),
    Invariant("V13", "An open order holds what the formula gives.", (ORDERS, EVENTS), HOLDS_FOLLOW_THE_FORMULA),
    *TRADES,
    *QUOTES,
    Invariant("V16", "No book is crossed at rest.", (ORDERS,), BOOK_IS_NOT_CROSSED),
    *PERMISSIONS,
    *HISTORY,
)
