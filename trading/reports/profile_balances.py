"""PROFILE_BALANCES: what each profile had at a cut-off, per asset and kind of balance.

It stands in this app, not beside the ledger, because what an order holds is told by orders and their events. What a
withdrawal holds is told by the sealed record of its acts.
"""

from core.contracts import (
    Audience,
    ColumnType,
    ControlTotal,
    ParameterType,
    ReportColumn,
    ReportDefinition,
    ReportParameter,
    Sensitivity,
)
from trading.reports.sealed_history import EVERY_FORMAT, OF_ENTITY, SEALED_READS, WITH_SEALED

# Ledger entries that are in: sealed at or below the watermark, and before the instant. The entry of a trade is
# in together with the batch that made the trade, so that a watermark between their seals never shows an amount
# paid and still held. Entries are sealed before their batch, because its transaction inserts them first.
ENTRIES_IN = """
    SELECT n.id
    FROM settlement_entry n
    JOIN core_sealedrecord s ON s.kind = 'LEDGER_ENTRY' AND s.object_id = n.id AND s.seal_seq <= %(known_at)s
    WHERE n.event_at < %(as_of)s AND n.kind <> 'TRADE'
    UNION ALL
    SELECT n.id
    FROM settlement_entry n
    JOIN core_sealedrecord s ON s.kind = 'LEDGER_ENTRY' AND s.object_id = n.id AND s.seal_seq <= %(known_at)s
    JOIN trading_trade t ON t.id = n.source_id
    JOIN sealed w ON w.market_id = t.market_id AND t.sequence <= w.last_sequence
    WHERE n.event_at < %(as_of)s AND n.kind = 'TRADE'
"""

# What a withdrawal holds, from sealed facts alone: gross from the act that asked for it, until the act that ended it unpaid or
# the entry that paid it. An end counts only together with its beginning.
ASKED = """
    SELECT w.id, w.profile_id, r.asset_id, w.gross_amount
    FROM settlement_withdrawal w
    JOIN settlement_rail r ON r.id = w.rail_id
    JOIN core_auditentry u ON u.object_type = 'settlement.withdrawal' AND u.object_id = w.id::text
    JOIN core_sealedrecord s ON s.kind = 'AUDIT_ENTRY' AND s.object_id = u.id AND s.seal_seq <= %(known_at)s
    WHERE u.action = 'settlement.withdrawal.request' AND u.event_at < %(as_of)s
"""
ENDED = """
    SELECT u.object_id AS withdrawal_id
    FROM core_auditentry u
    JOIN core_sealedrecord s ON s.kind = 'AUDIT_ENTRY' AND s.object_id = u.id AND s.seal_seq <= %(known_at)s
    WHERE u.object_type = 'settlement.withdrawal' AND u.event_at < %(as_of)s AND u.action IN (
        'settlement.withdrawal.cancel', 'settlement.withdrawal.reject', 'settlement.withdrawal.fail')
    UNION ALL
    SELECT n.source_id::text
    FROM settlement_entry n
    JOIN core_sealedrecord s ON s.kind = 'LEDGER_ENTRY' AND s.object_id = n.id AND s.seal_seq <= %(known_at)s
    WHERE n.kind = 'WITHDRAWAL' AND n.event_at < %(as_of)s
"""
LEAVING = f"SELECT a.* FROM ({ASKED}) a WHERE a.id::text NOT IN (SELECT withdrawal_id FROM ({ENDED}) e)"  # noqa: S608 - constants

# Movements of the ledger and of holds are put under one another and added up once: joining two sums could be planned
# as every account against every other. What an order reserved when it was placed counts from the first event of its
# history, which is ACCEPTED or REJECTED; every later change is on an event.
QUERY = f"""
{WITH_SEALED},
told AS (
    SELECT la.profile_id, la.asset_id, side.amount AS balance, 0::numeric AS held, 0::numeric AS leaving, true AS is_posted
    FROM ({ENTRIES_IN}) AS entry_in
    JOIN settlement_posting p ON p.entry_id = entry_in.id
    CROSS JOIN LATERAL (VALUES (p.destination_id, p.amount), (p.source_id, -p.amount)) AS side (account_id, amount)
    JOIN settlement_ledgeraccount la ON la.id = side.account_id AND la.kind = 'CLIENT'
    UNION ALL
    SELECT o.profile_id, o.hold_asset_id, 0,
           e.hold_change + CASE WHEN e.kind IN ('ACCEPTED', 'REJECTED') THEN o.hold_amount ELSE 0 END, 0, false
    FROM trading_orderevent e
    JOIN sealed w ON w.market_id = e.market_id AND e.sequence <= w.last_sequence
    JOIN trading_order o ON o.id = e.order_id
    WHERE e.event_at < %(as_of)s
    UNION ALL
    SELECT profile_id, asset_id, 0, 0, gross_amount, false FROM ({LEAVING}) AS pending
),
pot AS (
    SELECT profile_id, asset_id, sum(balance) AS balance, sum(held) AS held, sum(leaving) AS leaving
    FROM told
    GROUP BY profile_id, asset_id
    HAVING bool_or(is_posted)
)
SELECT pr.entity_id AS entity,
       a.code AS "Asset",
       kind.balance AS "Balance",
       kind.name AS "BalanceType",
       pr.id AS "ProfileID",
       %(as_of)s::timestamptz AS "Timestamp",
       a.scale::int AS asset_scale
FROM pot
JOIN accounts_profile pr ON pr.id = pot.profile_id
JOIN settlement_asset a ON a.id = pot.asset_id
CROSS JOIN LATERAL (VALUES
    ('AVAILABLE', pot.balance - pot.held - pot.leaving), ('TRADING', pot.held), ('PENDING_DEBIT', pot.leaving)
) AS kind (name, balance)
WHERE (%(entity)s::uuid IS NULL OR pr.entity_id = %(entity)s::uuid) AND (kind.name <> 'PENDING_DEBIT' OR kind.balance <> 0)
ORDER BY pr.id, a.code COLLATE "C", kind.name COLLATE "C"
"""  # noqa: S608 - made of constants only

# Written apart: the whole of an asset from its postings, one by one, less what orders hold, order by order.
BALANCE_BY_ASSET = f"""
{WITH_SEALED},
entry_in AS ({ENTRIES_IN}),
client AS (
    SELECT la.id, la.asset_id, la.profile_id
    FROM settlement_ledgeraccount la JOIN accounts_profile pr ON pr.id = la.profile_id
    WHERE la.kind = 'CLIENT' AND (%(entity)s::uuid IS NULL OR pr.entity_id = %(entity)s::uuid)
),
owned AS (
    SELECT p.asset_id,
           sum(p.amount * ((p.destination_id IN (SELECT id FROM client))::int
                         - (p.source_id IN (SELECT id FROM client))::int)) AS amount
    FROM settlement_posting p WHERE p.entry_id IN (SELECT id FROM entry_in)
    GROUP BY p.asset_id
),
known AS (
    SELECT e.order_id, sum(e.hold_change) AS change
    FROM trading_orderevent e JOIN sealed w ON w.market_id = e.market_id
    WHERE e.sequence <= w.last_sequence AND e.event_at < %(as_of)s AND e.order_id IS NOT NULL
    GROUP BY e.order_id
),
reserved AS (
    SELECT o.hold_asset_id AS asset_id, sum(o.hold_amount + known.change) AS amount
    FROM trading_order o JOIN known ON known.order_id = o.id
    WHERE o.profile_id IN (SELECT profile_id FROM client)
    GROUP BY o.hold_asset_id
),
leaving AS (
    SELECT asset_id, sum(gross_amount) AS amount FROM ({LEAVING}) AS pending
    WHERE profile_id IN (SELECT profile_id FROM client)
    GROUP BY asset_id
)
SELECT a.code, kind.name, kind.amount
FROM settlement_asset a
LEFT JOIN owned ON owned.asset_id = a.id
LEFT JOIN reserved ON reserved.asset_id = a.id
LEFT JOIN leaving ON leaving.asset_id = a.id
CROSS JOIN LATERAL (VALUES
    ('TRADING', COALESCE(reserved.amount, 0)),
    ('PENDING_DEBIT', COALESCE(leaving.amount, 0)),
    ('AVAILABLE', COALESCE(owned.amount, 0) - COALESCE(reserved.amount, 0) - COALESCE(leaving.amount, 0))
) AS kind (name, amount)
WHERE kind.name <> 'PENDING_DEBIT' OR kind.amount <> 0
"""  # noqa: S608 - made of constants only

ROWS = f"""
{WITH_SEALED},
entry_in AS MATERIALIZED ({ENTRIES_IN}),
touched AS (
    SELECT p.source_id AS id FROM settlement_posting p WHERE p.entry_id IN (SELECT id FROM entry_in)
    UNION
    SELECT p.destination_id FROM settlement_posting p WHERE p.entry_id IN (SELECT id FROM entry_in)
)
SELECT 2 * count(*) + count(*) FILTER (WHERE EXISTS (
    SELECT 1 FROM ({LEAVING}) AS pending WHERE pending.profile_id = la.profile_id AND pending.asset_id = la.asset_id))
FROM settlement_ledgeraccount la
WHERE la.kind = 'CLIENT' AND la.id IN (SELECT id FROM touched)
  AND (%(entity)s::uuid IS NULL
       OR la.profile_id IN (SELECT id FROM accounts_profile WHERE entity_id = %(entity)s::uuid))
"""  # noqa: S608 - made of constants only

COLUMNS = (
    ReportColumn(name="entity", title="Entity", type=ColumnType.ID, width=36),
    ReportColumn(name="Asset", title="Asset", type=ColumnType.CODE, width=10),
    ReportColumn(
        name="Balance", title="Balance", type=ColumnType.QUANTITY, unit="asset", scale="asset_scale", width=24
    ),
    ReportColumn(name="BalanceType", title="Kind of balance", type=ColumnType.CODE, width=13),
    ReportColumn(name="ProfileID", title="Profile", type=ColumnType.ID, width=36),
    ReportColumn(name="Timestamp", title="As of", type=ColumnType.INSTANT, width=27),
)

READS = {
    **SEALED_READS,
    "settlement_asset": ("id", "code", "scale"),
    "settlement_ledgeraccount": ("id", "kind", "asset_id", "profile_id"),
    "settlement_entry": ("id", "kind", "event_at", "source_id"),
    "settlement_posting": ("entry_id", "source_id", "destination_id", "asset_id", "amount"),
    "settlement_withdrawal": ("id", "profile_id", "rail_id", "gross_amount"),
    "settlement_rail": ("id", "asset_id"),
    "core_auditentry": ("id", "object_type", "object_id", "action", "event_at"),
    "trading_market": ("id",),
    "trading_trade": ("id", "market_id", "sequence"),
    "trading_order": ("id", "profile_id", "hold_asset_id", "hold_amount"),
    "trading_orderevent": ("market_id", "sequence", "order_id", "kind", "event_at", "hold_change"),
}

REPORT = ReportDefinition(
    code="PROFILE_BALANCES",
    version=2,
    title="Profile balances",
    wording=(
        "Prints the balance of every profile and asset at the cut-off of a business date: what is available,"
        " what open orders reserve, and what pending withdrawals reserve where there are any."
    ),
    audiences=(Audience.OPERATIONS, Audience.CLIENT),
    sensitivity=Sensitivity.NORMAL,
    parameters=(
        OF_ENTITY,
        ReportParameter(name="business_date", type=ParameterType.DATE, title="Business date"),
    ),
    columns=COLUMNS,
    key=("ProfileID", "Asset", "BalanceType"),
    query=QUERY,
    reads=READS,
    totals=(
        ControlTotal(name="rows", check=ROWS),
        ControlTotal(
            name="balance_by_asset_and_kind",
            column="Balance",
            group=("Asset", "BalanceType"),
            check=BALANCE_BY_ASSET,
        ),
    ),
    formats=EVERY_FORMAT,
    cadence="each cut-off",
    retention_class="ledger",
    business_date="business_date",
)
