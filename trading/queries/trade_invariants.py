"""What must always be true of trades and of what they post."""

from core.invariants import Invariant

# The recipe of a trade: base to the buyer, quote to the seller, a fee of each to the market; a rebate the other way. Compared as
# bags: two equal postings are two.
TRADES_ARE_POSTED_BY_THEIR_RECIPE = """
WITH accounts AS (
    SELECT t.id, t.entry_id, t.base_amount, t.quote_amount, t.buyer_fee, t.seller_fee, m.base_id, m.quote_id,
        bb.id AS buyer_base, bq.id AS buyer_quote, sb.id AS seller_base, sq.id AS seller_quote, f.id AS fees
    FROM trading_trade t
    JOIN trading_market m ON m.id = t.market_id
    LEFT JOIN settlement_ledgeraccount bb
        ON bb.kind = 'CLIENT' AND bb.label = '' AND bb.profile_id = t.buy_profile_id AND bb.asset_id = m.base_id
    LEFT JOIN settlement_ledgeraccount bq
        ON bq.kind = 'CLIENT' AND bq.label = '' AND bq.profile_id = t.buy_profile_id AND bq.asset_id = m.quote_id
    LEFT JOIN settlement_ledgeraccount sb
        ON sb.kind = 'CLIENT' AND sb.label = '' AND sb.profile_id = t.sell_profile_id AND sb.asset_id = m.base_id
    LEFT JOIN settlement_ledgeraccount sq
        ON sq.kind = 'CLIENT' AND sq.label = '' AND sq.profile_id = t.sell_profile_id AND sq.asset_id = m.quote_id
    LEFT JOIN settlement_ledgeraccount f ON f.kind = 'FEES' AND f.label = m.symbol AND f.asset_id = m.quote_id
), legs AS (
    SELECT a.entry_id, leg.source, leg.destination, leg.asset, leg.amount
    FROM accounts a CROSS JOIN LATERAL (VALUES
        (a.seller_base, a.buyer_base, a.base_id, a.base_amount),
        (a.buyer_quote, a.seller_quote, a.quote_id, a.quote_amount),
        (CASE WHEN a.buyer_fee > 0 THEN a.buyer_quote ELSE a.fees END,
         CASE WHEN a.buyer_fee > 0 THEN a.fees ELSE a.buyer_quote END, a.quote_id, abs(a.buyer_fee)),
        (CASE WHEN a.seller_fee > 0 THEN a.seller_quote ELSE a.fees END,
         CASE WHEN a.seller_fee > 0 THEN a.fees ELSE a.seller_quote END, a.quote_id, abs(a.seller_fee))
    ) AS leg (source, destination, asset, amount)
    WHERE leg.amount <> 0
), booked AS (
    SELECT p.entry_id, p.source_id, p.destination_id, p.asset_id, p.amount
    FROM settlement_posting p JOIN settlement_entry e ON e.id = p.entry_id AND e.kind = 'TRADE'
)
SELECT entry_id::text, concat_ws(' ', CASE WHEN sum(side) > 0 THEN 'not posted:' ELSE 'not in the recipe:' END,
    coalesce(source::text, 'nowhere'), '->', coalesce(destination::text, 'nowhere'), amount)
FROM (SELECT *, 1 AS side FROM legs UNION ALL SELECT *, -1 FROM booked) AS both_sides
GROUP BY entry_id, source, destination, asset, amount HAVING sum(side) <> 0
"""

TRADES_HAVE_THEIR_ENTRIES = """
SELECT coalesce(t.id, e.source_id)::text,
    CASE WHEN e.id IS NULL THEN 'a trade without its entry' WHEN t.id IS NULL THEN 'an entry of no trade'
        ELSE 'entry ' || e.id || ' is not the one that the trade names' END
FROM trading_trade t
FULL JOIN (SELECT id, source_id FROM settlement_entry WHERE source_type = 'trading.trade' AND kind = 'TRADE') e
    ON e.source_id = t.id
WHERE t.id IS NULL OR e.id IS NULL OR e.id <> t.entry_id
"""

# A price is bound by the terms that each order had then, which are on its event: an amend changes those on the order.
TRADES_ARE_SOUND = """
SELECT t.id::text, concat_ws(' ', t.base_amount, 'at', t.price, '=', t.quote_amount, 'between', b.side, be.price, b.status,
    'and', s.side, se.price, s.status)
FROM trading_trade t
LEFT JOIN trading_orderevent be ON be.trade_id = t.id AND be.kind = 'TRADED' AND be.order_id = t.buy_order_id
LEFT JOIN trading_orderevent se ON se.trade_id = t.id AND se.kind = 'TRADED' AND se.order_id = t.sell_order_id
LEFT JOIN trading_market m ON m.id = t.market_id
LEFT JOIN trading_order b ON b.id = t.buy_order_id
LEFT JOIN trading_order s ON s.id = t.sell_order_id
WHERE (b.side = 'BUY' AND s.side = 'SELL' AND b.id <> s.id AND b.market_id = t.market_id AND s.market_id = t.market_id
    AND b.self_trade_group <> s.self_trade_group
    AND b.profile_id = t.buy_profile_id AND s.profile_id = t.sell_profile_id
    AND t.price = CASE t.maker_side WHEN 'BUY' THEN be.price WHEN 'SELL' THEN se.price ELSE t.price END
    AND t.price <= be.price AND t.price >= se.price
    AND mod(t.price, m.tick_size) = 0 AND mod(t.base_amount, m.lot_size) = 0 AND t.price > 0 AND t.base_amount > 0
    AND t.quote_amount = t.price * t.base_amount
    AND CASE t.liquidity WHEN 'AUCTION' THEN t.maker_side IS NULL ELSE t.maker_side IN ('BUY', 'SELL') END) IS NOT TRUE
"""

INVARIANTS = (
    Invariant(
        "V6",
        "Each trade is posted exactly by its recipe.",
        ("trading_trade", "settlement_posting"),
        TRADES_ARE_POSTED_BY_THEIR_RECIPE,
    ),
    Invariant(
        "V7",
        "Each trade has its entry and each such entry its trade.",
        ("trading_trade", "settlement_entry"),
        TRADES_HAVE_THEIR_ENTRIES,
    ),
    Invariant(
        "V14",
        "Each trade has two orders of one market within their limits, on tick and lot, exact.",
        ("trading_trade", "trading_order", "trading_orderevent"),
        TRADES_ARE_SOUND,
    ),
)
