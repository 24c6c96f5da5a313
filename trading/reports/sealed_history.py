"""How much of each market's history is in a report: what the reports of this app have in common."""

from core.contracts import Format, ParameterType, ReportParameter

# The last event of each market that a seal at or below the watermark covers. Batches of a market commit one after
# another, so everything up to the last sealed one is sealed. Walks back from the newest batch by its index.
SEALED_MARKETS = """
    SELECT m.id AS market_id, newest.last_sequence
    FROM trading_market m
    CROSS JOIN LATERAL (
        SELECT b.last_sequence
        FROM trading_marketbatch b
        JOIN core_sealedrecord s ON s.kind = 'MARKET_BATCH' AND s.object_id = b.id
        WHERE b.market_id = m.id AND s.seal_seq <= %(known_at)s
        ORDER BY b.last_sequence DESC
        LIMIT 1
    ) AS newest
"""

# Opens a query: `sealed` is worked out once, not for every row that it is compared with.
WITH_SEALED = f"WITH sealed AS MATERIALIZED ({SEALED_MARKETS})"

# What that reads.
SEALED_READS = {
    "core_sealedrecord": ("seal_seq", "kind", "object_id"),
    "accounts_profile": ("id", "entity_id"),
    "trading_marketbatch": ("id", "market_id", "last_sequence"),
}
# Of one entity, or of the whole firm.
OF_ENTITY = ReportParameter(name="entity", type=ParameterType.ENTITY, title="Entity", required=False)
EVERY_FORMAT = (Format.CSV, Format.SHEET_CSV, Format.JSON_LINES)
