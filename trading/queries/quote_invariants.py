"""What must always be true of quotes and of their executions."""

from core.invariants import Invariant

# BUY: quote from the client to the house, base from the house to the client; SELL the reverse. Two postings and no more.
EXECUTION_IS_POSTED_BY_ITS_RECIPE = """
WITH meant AS (
    SELECT x.entry_id AS id, m.base_id AS asset_id, x.base_amount AS amount, x.profile_id, q.side = 'SELL' AS is_given
    FROM trading_quoteexecution x JOIN trading_quote q ON q.id = x.quote_id JOIN trading_market m ON m.id = q.market_id
    UNION ALL
    SELECT x.entry_id, m.quote_id, x.quote_amount, x.profile_id, q.side = 'BUY'
    FROM trading_quoteexecution x JOIN trading_quote q ON q.id = x.quote_id JOIN trading_market m ON m.id = q.market_id
), posted AS (
    SELECT e.id, p.asset_id, p.amount, coalesce(s.profile_id, d.profile_id) AS profile_id, s.kind = 'CLIENT' AS is_given
    FROM settlement_entry e JOIN settlement_posting p ON p.entry_id = e.id
    JOIN settlement_ledgeraccount s ON s.id = p.source_id JOIN settlement_ledgeraccount d ON d.id = p.destination_id
    WHERE e.kind = 'QUOTE_EXECUTION'
        AND (s.kind, d.kind, s.label, d.label) IN (('CLIENT', 'HOUSE', '', ''), ('HOUSE', 'CLIENT', '', ''))
), all_posted AS (
    SELECT e.id, count(p.id) AS number FROM settlement_entry e LEFT JOIN settlement_posting p ON p.entry_id = e.id
    WHERE e.kind = 'QUOTE_EXECUTION' GROUP BY e.id
)
SELECT id::text, 'does not move ' || amount FROM (TABLE meant EXCEPT ALL TABLE posted) missing
UNION ALL
SELECT id::text, 'moves ' || amount || ' that no quote says' FROM (TABLE posted EXCEPT ALL TABLE meant) extra
UNION ALL
SELECT id::text, 'has ' || number || ' postings' FROM all_posted WHERE number <> 2
"""

EXECUTION_HAS_ITS_ENTRY = """
SELECT coalesce(x.id, e.source_id)::text, CASE WHEN x.id IS NULL THEN 'an entry of no execution' ELSE 'has no entry' END
FROM trading_quoteexecution x
FULL JOIN (
    SELECT id, source_id FROM settlement_entry WHERE kind = 'QUOTE_EXECUTION' AND source_type = 'trading.quote_execution'
) e ON e.source_id = x.id AND e.id = x.entry_id
WHERE x.id IS NULL OR e.id IS NULL
UNION ALL
SELECT q.id::text, q.status || ' with ' || count(x.id) || ' executions, closed at ' || coalesce(q.closed_at::text, 'no time')
FROM trading_quote q LEFT JOIN trading_quoteexecution x ON x.quote_id = q.id
GROUP BY q.id
HAVING count(x.id) <> CASE q.status WHEN 'EXECUTED' THEN 1 ELSE 0 END
    OR (q.status = 'EXECUTED' AND (q.closed_at < q.expires_at AND max(x.executed_at) = q.closed_at) IS NOT TRUE)
"""

QUOTES_ARE_AT_SCALE = """
SELECT q.id::text, q.side || ' ' || q.gives_base || ' for ' || q.gives_quote || ' at ' || q.price
FROM trading_quote q JOIN trading_market m ON m.id = q.market_id
JOIN settlement_asset b ON b.id = m.base_id JOIN settlement_asset a ON a.id = m.quote_id
WHERE q.gives_base <> round(q.gives_base, b.scale) OR q.gives_quote <> round(q.gives_quote, a.payment_scale)
    OR q.price <> round(q.price, m.price_scale)
"""

# What a client pays is at least the price times the amount, what it gets at most: rounding is never for the client.
QUOTES_ARE_ROUNDED_FOR_THE_HOUSE = """
SELECT id::text, side || ' ' || gives_base || ' for ' || gives_quote || ' at ' || price || ' over ' || raw_price
FROM trading_quote
WHERE CASE side WHEN 'BUY' THEN gives_quote < gives_base * price OR price < raw_price
    ELSE gives_quote > gives_base * price OR price > raw_price END
"""

QUOTES, EXECUTIONS, ENTRIES = "trading_quote", "trading_quoteexecution", "settlement_entry"

INVARIANTS = (
    Invariant(
        "V6",
        "Each execution of a quote is posted exactly by its recipe.",
        (EXECUTIONS, ENTRIES),
        EXECUTION_IS_POSTED_BY_ITS_RECIPE,
    ),
    Invariant(
        "V7",
        "Each executed quote has one execution and that one entry, and no other has any.",
        (QUOTES, EXECUTIONS, ENTRIES),
        EXECUTION_HAS_ITS_ENTRY,
    ),
    Invariant("V9", "Quotes are at the scale of their assets and market.", (QUOTES,), QUOTES_ARE_AT_SCALE),
    Invariant("V9", "Quotes are rounded for the house.", (QUOTES,), QUOTES_ARE_ROUNDED_FOR_THE_HOUSE),
)
