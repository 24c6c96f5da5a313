"""ACCOUNT_STATEMENT: for each client account a period's opening, every movement with the balance after it, and the closing."""

from core.contracts import Audience, ColumnType, ControlTotal, ReportColumn, ReportDefinition, Sensitivity
from settlement.reports.sealed_entries import (
    ACCOUNTS,
    CHECKED_ACCOUNTS,
    CLIENT_NARRATIVE,
    CLIENT_NARRATIVE_READS,
    ENTRY_READS,
    EVERY_FORMAT,
    OF_ASKER,
    PERIOD,
    SEALED_POSTINGS,
    SEALED_SIDES,
)

QUERY = f"""
WITH moved AS MATERIALIZED ({SEALED_SIDES}),
ends AS (
    SELECT account_id, COALESCE(sum(amount) FILTER (WHERE business_date < %(from_date)s), 0) AS opening,
           sum(amount) AS closing
    FROM moved GROUP BY account_id
),
lines AS (
    SELECT n.account_id, n.business_date, n.event_at, n.entry_id, n.posting_no, n.kind, n.amount,
           {CLIENT_NARRATIVE.format(of="own.profile_id")} AS narrative,
           row_number() OVER numbered AS line_no, sum(n.amount) OVER numbered AS running
    FROM moved n JOIN settlement_ledgeraccount own ON own.id = n.account_id
    WHERE n.business_date >= %(from_date)s AND own.kind = 'CLIENT'
    WINDOW numbered AS (
        PARTITION BY n.account_id ORDER BY n.business_date, n.posting_no ROWS UNBOUNDED PRECEDING
    )
),
t AS (
    SELECT account_id, 0 AS line_no, 'OPENING' AS line_type, %(from_date)s::date AS business_date,
           NULL::timestamptz AS event_at, NULL::uuid AS entry_id, NULL::bigint AS posting_no, NULL AS kind,
           '' AS narrative, 0::numeric AS change,
           opening AS balance
    FROM ends
    UNION ALL
    SELECT l.account_id, l.line_no, 'MOVEMENT', l.business_date, l.event_at, l.entry_id, l.posting_no, l.kind, l.narrative,
           l.amount, ends.opening + l.running
    FROM lines l JOIN ends ON ends.account_id = l.account_id
    UNION ALL
    SELECT account_id, 1 + (SELECT count(*) FROM lines l WHERE l.account_id = ends.account_id), 'CLOSING', %(to_date)s::date,
           NULL, NULL, NULL, NULL, '', 0, closing
    FROM ends
)
SELECT pr.entity_id AS entity,
       pr.id AS profile_id,
       a.code AS asset,
       t.line_no,
       t.line_type,
       t.business_date,
       t.event_at,
       t.entry_id,
       t.posting_no,
       t.kind,
       t.narrative,
       t.change,
       t.balance,
       a.scale::int AS asset_scale
FROM t {ACCOUNTS}
WHERE la.kind = 'CLIENT' AND {OF_ASKER}
ORDER BY pr.id, a.code COLLATE "C", t.line_no
"""  # noqa: S608 - made of constants only

_CLIENTS = f"SELECT c.id, c.asset_id FROM ({CHECKED_ACCOUNTS}) AS c WHERE c.kind = 'CLIENT'"  # noqa: S608 - of constants
ROWS = f"""
WITH p AS MATERIALIZED ({SEALED_POSTINGS}),
sides AS (SELECT source_id AS id, business_date FROM p UNION ALL SELECT destination_id, business_date FROM p)
SELECT 2 * count(DISTINCT sides.id) + count(*) FILTER (WHERE sides.business_date >= %(from_date)s)
FROM sides WHERE sides.id IN (SELECT c.id FROM ({_CLIENTS}) AS c)
"""  # noqa: S608 - made of constants only
CHANGE = f"""
WITH p AS MATERIALIZED ({SEALED_POSTINGS}), c AS ({_CLIENTS})
SELECT a.code, sum(p.amount * ((p.destination_id IN (SELECT id FROM c))::int - (p.source_id IN (SELECT id FROM c))::int))
FROM p JOIN settlement_asset a ON a.id = p.asset_id
WHERE p.business_date >= %(from_date)s
GROUP BY a.code
"""  # noqa: S608 - made of constants only


def _amount(name: str, title: str) -> ReportColumn:
    return ReportColumn(name=name, title=title, type=ColumnType.QUANTITY, unit="asset", scale="asset_scale", width=24)


REPORT = ReportDefinition(
    code="ACCOUNT_STATEMENT",
    version=2,
    title="Account statement",
    wording=(
        "Prints for every client account its balance before a period, each movement with the balance after it, and its balance at"
        " the end."
    ),
    audiences=(Audience.OPERATIONS, Audience.CLIENT, Audience.AUDITOR),
    sensitivity=Sensitivity.NORMAL,
    parameters=PERIOD,
    columns=(
        ReportColumn(name="entity", title="Entity", type=ColumnType.ID, width=36),
        ReportColumn(name="profile_id", title="Profile", type=ColumnType.ID, width=36),
        ReportColumn(name="asset", title="Asset", type=ColumnType.CODE, width=10),
        ReportColumn(name="line_no", title="Line", type=ColumnType.INTEGER),
        ReportColumn(name="line_type", title="Kind of line", type=ColumnType.CODE, width=10),
        ReportColumn(name="business_date", title="Business date", type=ColumnType.DATE),
        ReportColumn(name="event_at", title="Happened", type=ColumnType.INSTANT, width=27, nullable=True),
        ReportColumn(name="entry_id", title="Entry", type=ColumnType.ID, width=36, nullable=True),
        ReportColumn(name="posting_no", title="Posting", type=ColumnType.INTEGER, nullable=True),
        ReportColumn(name="kind", title="Kind", type=ColumnType.CODE, width=20, nullable=True),
        ReportColumn(name="narrative", title="Narrative", type=ColumnType.TEXT, width=40),
        _amount("change", "Change"),
        _amount("balance", "Balance"),
    ),
    key=("profile_id", "asset", "line_no"),
    query=QUERY,
    reads=ENTRY_READS | CLIENT_NARRATIVE_READS,
    totals=(
        ControlTotal(name="rows", check=ROWS),
        ControlTotal(name="change_by_asset", column="change", group=("asset",), check=CHANGE),
    ),
    formats=EVERY_FORMAT,
    cadence="on request",
    retention_class="ledger",
    business_date="to_date",
)
