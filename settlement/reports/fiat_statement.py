"""FIAT_STATEMENT: for each client account in a currency one statement a business date, as banks tell each other.

Balances are those of the day's sealed snapshot, lines are the sealed postings of the day. A statement's number counts the days of
an account from the first that moved it: no day is left out, whether something moved or not.

Files carry a currency's digits, the ledger more: balances are rounded to those digits, and a line is the difference of the
rounded balances before and after it. So opening and lines are the closing to the last digit, and no line is off by more than one.
"""

from core.contracts import (
    Audience,
    ColumnType,
    ControlTotal,
    Format,
    ReportColumn,
    ReportDefinition,
    Sensitivity,
)
from settlement.reports.sealed_entries import CLIENT_NARRATIVE, CLIENT_NARRATIVE_READS, ENTRY_READS, PERIOD

# Days whose snapshots are in: the act that took them is sealed, and they ended by the instant.
DAYS = """
    SELECT u.object_id::date AS business_date
    FROM core_auditentry u
    JOIN core_sealedrecord s ON s.kind = 'AUDIT_ENTRY' AND s.object_id = u.id AND s.seal_seq <= %(known_at)s
    WHERE u.object_type = 'settlement.business_day' AND u.action = 'settlement.business_day.shut'
      AND u.object_id::date BETWEEN %(from_date)s AND %(to_date)s
      AND (u.object_id::date + 1)::timestamp AT TIME ZONE 'UTC' <= %(as_of)s
"""
STATEMENTS = f"""
    SELECT pr.entity_id, pr.id AS profile_id, la.id AS account_id, a.code, a.scale, a.payment_scale AS digits, b.business_date,
           b.opening, b.closing, b.closing - b.held AS available, b.credits, b.debits
    FROM ({DAYS}) d
    JOIN settlement_balancesnapshot b ON b.business_date = d.business_date
    JOIN settlement_ledgeraccount la ON la.id = b.account_id AND la.kind = 'CLIENT'
    JOIN settlement_asset a ON a.id = la.asset_id AND a.kind = 'FIAT'
    JOIN accounts_profile pr ON pr.id = la.profile_id
    WHERE %(entity)s::uuid IS NULL OR pr.entity_id = %(entity)s::uuid
"""  # noqa: S608 - made of constants only
QUERY = f"""
WITH st AS MATERIALIZED ({STATEMENTS}),
moved AS (
    SELECT st.account_id, st.business_date, st.digits, p.id AS posting_no, n.id AS entry_id, n.kind, n.source_id, n.event_at,
           {CLIENT_NARRATIVE.format(of="st.profile_id")} AS narrative, side.amount AS exact,
           row_number() OVER numbered AS line_no, st.opening + sum(side.amount) OVER numbered AS running
    FROM st
    JOIN settlement_entry n ON n.business_date = st.business_date
    JOIN core_sealedrecord s ON s.kind = 'LEDGER_ENTRY' AND s.object_id = n.id AND s.seal_seq <= %(known_at)s
    JOIN settlement_posting p ON p.entry_id = n.id
    CROSS JOIN LATERAL (VALUES (p.destination_id, p.amount), (p.source_id, -p.amount)) AS side (account_id, amount)
    WHERE side.account_id = st.account_id
    WINDOW numbered AS (PARTITION BY st.account_id, st.business_date ORDER BY p.id ROWS UNBOUNDED PRECEDING)
),
lines AS (SELECT m.*, round(m.running, m.digits) - round(m.running - m.exact, m.digits) AS amount FROM moved m),
summed AS (
    SELECT account_id, business_date, count(*) FILTER (WHERE exact > 0) AS credit_count,
           count(*) FILTER (WHERE exact < 0) AS debit_count,
           coalesce(sum(amount) FILTER (WHERE exact > 0), 0) AS credit_sum,
           coalesce(-sum(amount) FILTER (WHERE exact < 0), 0) AS debit_sum
    FROM lines GROUP BY account_id, business_date
),
t AS (
    SELECT st.account_id, st.business_date, 0 AS line_no, 'OPENING' AS line_type,
           (SELECT count(*) FROM settlement_balancesnapshot before
            WHERE before.account_id = st.account_id AND before.business_date <= st.business_date) AS statement_number,
           round(st.opening, st.digits) AS opening, round(st.closing, st.digits) AS closing,
           round(st.available, st.digits) AS available, coalesce(summed.credit_count, 0) AS credit_count,
           coalesce(summed.credit_sum, 0) AS credit_sum, coalesce(summed.debit_count, 0) AS debit_count,
           coalesce(summed.debit_sum, 0) AS debit_sum, NULL::timestamptz AS event_at, NULL::bigint AS posting_no,
           NULL::uuid AS entry_id, NULL AS kind, NULL::uuid AS source_id, '' AS narrative, 0::numeric AS exact,
           0::numeric AS amount, round(st.opening, st.digits) AS balance
    FROM st LEFT JOIN summed ON summed.account_id = st.account_id AND summed.business_date = st.business_date
    UNION ALL
    SELECT l.account_id, l.business_date, l.line_no, 'MOVEMENT', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, l.event_at,
           l.posting_no, l.entry_id, l.kind, l.source_id, l.narrative, l.exact, l.amount, round(l.running, l.digits)
    FROM lines l
)
SELECT st.entity_id AS entity,
       st.profile_id,
       st.account_id,
       st.code AS asset,
       st.business_date,
       t.line_no,
       t.line_type,
       t.statement_number,
       t.opening,
       t.closing,
       t.available,
       t.credit_count,
       t.credit_sum,
       t.debit_count,
       t.debit_sum,
       t.event_at,
       t.posting_no,
       t.entry_id,
       t.kind,
       t.source_id,
       t.narrative,
       t.exact AS exact_amount,
       t.amount,
       t.balance,
       st.digits::int AS digits,
       st.scale::int AS asset_scale
FROM t JOIN st ON st.account_id = t.account_id AND st.business_date = t.business_date
ORDER BY st.profile_id, st.code COLLATE "C", t.account_id, t.business_date, t.line_no
"""  # noqa: S608 - made of constants only

# Written apart: a line for each side that a client's account has in the day's postings; what snapshots say moved.
ROWS = f"""
WITH st AS MATERIALIZED ({STATEMENTS}), known AS (
    SELECT object_id FROM core_sealedrecord WHERE kind = 'LEDGER_ENTRY' AND seal_seq <= %(known_at)s
)
SELECT (SELECT count(*) FROM st) + (
    SELECT count(*) FROM settlement_posting p JOIN settlement_entry n ON n.id = p.entry_id
    JOIN st ON st.business_date = n.business_date AND (st.account_id = p.source_id OR st.account_id = p.destination_id)
    WHERE n.id IN (SELECT object_id FROM known))
"""  # noqa: S608 - made of constants only
MOVED = f"SELECT st.code, sum(st.credits - st.debits) FROM ({STATEMENTS}) st GROUP BY st.code"  # noqa: S608 - of constants
TIED = f"""
SELECT st.code, sum(round(st.closing, st.digits) - round(st.opening, st.digits)) FROM ({STATEMENTS}) st GROUP BY st.code
"""  # noqa: S608 - made of constants only


def _money(name: str, title: str, *, nullable: bool = True) -> ReportColumn:
    return ReportColumn(
        name=name, title=title, type=ColumnType.QUANTITY, unit="asset", scale="digits", nullable=nullable, width=20
    )


def _id(name: str, title: str, *, nullable: bool = False) -> ReportColumn:
    return ReportColumn(name=name, title=title, type=ColumnType.ID, nullable=nullable, width=36)


def _count(name: str, title: str, *, nullable: bool = True) -> ReportColumn:
    return ReportColumn(name=name, title=title, type=ColumnType.INTEGER, nullable=nullable)


REPORT = ReportDefinition(
    code="FIAT_STATEMENT",
    version=2,
    title="Fiat statement",
    wording=(
        "Prints for every client account in a currency and every business date the opening, the lines and the closing, also with"
        " the elements of camt.053.001.08 and the fields of MT940."
    ),
    audiences=(Audience.OPERATIONS, Audience.CLIENT),
    sensitivity=Sensitivity.NORMAL,
    parameters=PERIOD,
    columns=(
        _id("entity", "Entity"),
        _id("profile_id", "Profile"),
        _id("account_id", "Account"),
        ReportColumn(name="asset", title="Currency", type=ColumnType.CODE, width=10),
        ReportColumn(name="business_date", title="Business date", type=ColumnType.DATE),
        _count("line_no", "Line", nullable=False),
        ReportColumn(name="line_type", title="Kind of line", type=ColumnType.CODE, width=10),
        _count("statement_number", "Statement"),
        _money("opening", "Opening"),
        _money("closing", "Closing"),
        _money("available", "Available at the end"),
        _count("credit_count", "Credits"),
        _money("credit_sum", "Sum of credits"),
        _count("debit_count", "Debits"),
        _money("debit_sum", "Sum of debits"),
        ReportColumn(name="event_at", title="Happened", type=ColumnType.INSTANT, width=27, nullable=True),
        _count("posting_no", "Posting"),
        _id("entry_id", "Entry", nullable=True),
        ReportColumn(name="kind", title="Kind", type=ColumnType.CODE, width=20, nullable=True),
        _id("source_id", "Of", nullable=True),
        ReportColumn(name="narrative", title="Narrative", type=ColumnType.TEXT, width=40),
        ReportColumn(
            name="exact_amount", title="Exact", type=ColumnType.QUANTITY, unit="asset", scale="asset_scale", width=24
        ),
        _money("amount", "Amount", nullable=False),
        _money("balance", "Balance", nullable=False),
    ),
    key=("account_id", "business_date", "line_no"),
    query=QUERY,
    reads=ENTRY_READS
    | CLIENT_NARRATIVE_READS
    | {
        "core_auditentry": ("id", "object_type", "object_id", "action"),
        "settlement_asset": ("id", "code", "kind", "scale", "payment_scale"),
        "settlement_balancesnapshot": (
            *("account_id", "business_date", "opening", "closing", "held", "credits", "debits"),
        ),
    },
    totals=(
        ControlTotal(name="rows", check=ROWS),
        ControlTotal(name="moved_by_currency", column="exact_amount", group=("asset",), check=MOVED),
        ControlTotal(name="tied_by_currency", column="amount", group=("asset",), check=TIED),
    ),
    formats=(Format.CSV, Format.CAMT053, Format.MT940),
    cadence="each cut-off",
    retention_class="statements_confirmations",
    business_date="to_date",
)
