"""DAILY_BALANCES: the four balances of every profile and asset when a business date ended."""

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
from trading.reports.daily_moves import DEPOSITS_GONE, DEPOSITS_SEEN, MOVES_READ, WITH_ENTRIES, moves
from trading.reports.profile_balances import LEAVING
from trading.reports.sealed_history import EVERY_FORMAT, OF_ENTITY, WITH_SEALED

TYPES = "(VALUES ('AVAILABLE'), ('PENDING_CREDIT'), ('PENDING_DEBIT'), ('TRADING'))"

QUERY = f"""
{WITH_SEALED},
{WITH_ENTRIES},
moved AS ({moves("'-infinity'::timestamptz")}),
summed AS (
    SELECT profile_id, asset_id, balance_type, sum(amount) AS amount FROM moved GROUP BY profile_id, asset_id, balance_type
),
pot AS (SELECT DISTINCT profile_id, asset_id FROM moved)
SELECT pr.entity_id AS entity,
       a.code AS "Asset",
       coalesce(summed.amount, 0) AS "Balance",
       kind.name AS "BalanceType",
       pr.id AS "ProfileID",
       %(as_of)s::timestamptz AS "Timestamp",
       a.scale::int AS asset_scale
FROM pot
CROSS JOIN {TYPES} AS kind (name)
LEFT JOIN summed ON summed.profile_id = pot.profile_id AND summed.asset_id = pot.asset_id AND summed.balance_type = kind.name
JOIN accounts_profile pr ON pr.id = pot.profile_id
JOIN settlement_asset a ON a.id = pot.asset_id
WHERE %(entity)s::uuid IS NULL OR pr.entity_id = %(entity)s::uuid
ORDER BY pr.id, a.code COLLATE "C", kind.name COLLATE "C"
"""  # noqa: S608 - made of constants only

# Written apart: what clients have by the postings, what orders hold order by order, what withdrawals hold that did not end, and
# what deposits wait; what is left of the first is available.
_OURS = """(
    SELECT la.id, la.asset_id, la.profile_id
    FROM settlement_ledgeraccount la JOIN accounts_profile pr ON pr.id = la.profile_id
    WHERE la.kind = 'CLIENT' AND (%(entity)s::uuid IS NULL OR pr.entity_id = %(entity)s::uuid)
)"""
_OWNED = """
    SELECT p.asset_id, p.amount * ((p.destination_id IN (SELECT id FROM ours))::int - (p.source_id IN (SELECT id FROM ours))::int)
    FROM settlement_posting p WHERE p.entry_id IN (SELECT id FROM entry_in)
"""
_RESERVED = """
    SELECT o.hold_asset_id, o.hold_amount + known.change
    FROM trading_order o
    JOIN (
        SELECT e.order_id, sum(e.hold_change) AS change
        FROM trading_orderevent e JOIN sealed w ON w.market_id = e.market_id
        WHERE e.sequence <= w.last_sequence AND e.event_at < %(as_of)s AND e.order_id IS NOT NULL GROUP BY e.order_id
    ) known ON known.order_id = o.id
    WHERE o.profile_id IN (SELECT profile_id FROM ours)
"""
# Of a deposit the newest counts: seen, or gone.
_WAITING = f"""
    SELECT d.profile_id, d.asset_id, d.amount FROM (
        SELECT DISTINCT ON (told.id) told.* FROM (
            SELECT id, profile_id, asset_id, amount, seal_seq FROM ({DEPOSITS_SEEN}) seen
            UNION ALL SELECT id, profile_id, asset_id, 0, seal_seq FROM ({DEPOSITS_GONE}) gone
        ) told ORDER BY told.id, told.seal_seq DESC
    ) d
    WHERE NOT EXISTS (
        SELECT 1 FROM settlement_entry n WHERE n.source_id = d.id AND n.id IN (SELECT id FROM entry_in)
          AND n.kind NOT IN ('DEPOSIT_RECEIVED', 'DEPOSIT_REVERSED'))
"""  # noqa: S608 - made of constants only
BALANCE_BY_ASSET = f"""
{WITH_SEALED},
{WITH_ENTRIES},
ours AS {_OURS},
owned (asset_id, amount) AS ({_OWNED}),
reserved (asset_id, amount) AS ({_RESERVED}),
leaving AS (SELECT asset_id, gross_amount AS amount FROM ({LEAVING}) l WHERE profile_id IN (SELECT profile_id FROM ours)),
waiting AS (
    SELECT asset_id, amount FROM ({_WAITING}) w
    WHERE %(entity)s::uuid IS NULL OR profile_id IN (SELECT id FROM accounts_profile WHERE entity_id = %(entity)s::uuid)
)
SELECT a.code, told.name, sum(told.amount)
FROM settlement_asset a
JOIN (
    SELECT asset_id, 'TRADING' AS name, amount FROM reserved
    UNION ALL SELECT asset_id, 'PENDING_DEBIT', amount FROM leaving
    UNION ALL SELECT asset_id, 'PENDING_CREDIT', amount FROM waiting
    UNION ALL SELECT asset_id, 'AVAILABLE', amount FROM owned
    UNION ALL SELECT asset_id, 'AVAILABLE', -amount FROM reserved
    UNION ALL SELECT asset_id, 'AVAILABLE', -amount FROM leaving
) AS told ON told.asset_id = a.id
GROUP BY a.code, told.name
"""  # noqa: S608 - made of constants only

ROWS = f"""
{WITH_SEALED},
{WITH_ENTRIES},
ours AS {_OURS},
touched AS (
    SELECT p.source_id AS id FROM settlement_posting p WHERE p.entry_id IN (SELECT id FROM entry_in)
    UNION SELECT p.destination_id FROM settlement_posting p WHERE p.entry_id IN (SELECT id FROM entry_in)
)
SELECT 4 * count(*) FROM (
    SELECT profile_id, asset_id FROM ours WHERE id IN (SELECT id FROM touched)
    UNION SELECT d.profile_id, d.asset_id FROM ({DEPOSITS_SEEN}) d
    WHERE %(entity)s::uuid IS NULL OR d.profile_id IN (SELECT id FROM accounts_profile WHERE entity_id = %(entity)s::uuid)
) AS pot
"""  # noqa: S608 - made of constants only

REPORT = ReportDefinition(
    code="DAILY_BALANCES",
    version=3,
    title="Daily balances",
    wording=(
        "Prints for every profile and asset what was available, held by orders, held by withdrawals and seen of deposits at the"
        " cut-off of a business date. With DAILY_TRANSACTIONS of the day after it gives that day's balances."
    ),
    audiences=(Audience.OPERATIONS, Audience.CLIENT),
    sensitivity=Sensitivity.NORMAL,
    parameters=(OF_ENTITY, ReportParameter(name="business_date", type=ParameterType.DATE, title="Business date")),
    columns=(
        ReportColumn(name="entity", title="Entity", type=ColumnType.ID, width=36),
        ReportColumn(name="Asset", title="Asset", type=ColumnType.CODE, width=10),
        ReportColumn(
            name="Balance", title="Balance", type=ColumnType.QUANTITY, unit="asset", scale="asset_scale", width=24
        ),
        ReportColumn(name="BalanceType", title="Kind of balance", type=ColumnType.CODE, width=14),
        ReportColumn(name="ProfileID", title="Profile", type=ColumnType.ID, width=36),
        ReportColumn(name="Timestamp", title="As of", type=ColumnType.INSTANT, width=27),
    ),
    key=("ProfileID", "Asset", "BalanceType"),
    query=QUERY,
    reads=MOVES_READ | {"settlement_posting": (*MOVES_READ["settlement_posting"], "asset_id")},
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
