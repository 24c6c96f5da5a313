"""How much of each market's history is in a report: what the reports of this app have in common."""

# The last event of each market that a seal at or below the watermark covers. Batches of a market commit one
# after another, so everything up to the last sealed one is sealed.
SEALED_MARKETS = """
    SELECT b.market_id, max(b.last_sequence) AS last_sequence
    FROM core_sealedrecord s
    JOIN trading_marketbatch b ON b.id = s.object_id
    WHERE s.kind = 'MARKET_BATCH' AND s.seal_seq <= %(known_at)s
    GROUP BY b.market_id
"""
