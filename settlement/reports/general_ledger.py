"""GENERAL_LEDGER: both sides of every posting of a period in the order of the seals, with the account's balance after each."""

from core.contracts import Audience, ColumnType, ControlTotal, Format, ReportColumn, ReportDefinition, Sensitivity
from settlement.reports.sealed_entries import (
    ACCOUNTS,
    CHECKED_ACCOUNTS,
    ENTRY_READS,
    EVERY_FORMAT,
    OF_ASKER,
    PERIOD,
    SEALED_POSTINGS,
    SEALED_SIDES,
)

# The balance runs over everything that is in, also before the period; the period is cut out of it.
QUERY = f"""
WITH t AS (
    SELECT side.*, sum(side.amount) OVER (
        PARTITION BY side.account_id ORDER BY side.entry_seq, side.posting_no ROWS UNBOUNDED PRECEDING
    ) AS running
    FROM ({SEALED_SIDES}) AS side
)
SELECT pr.entity_id AS entity,
       t.seal_seq,
       t.entry_seq,
       t.entry_id,
       t.posting_no,
       CASE WHEN t.amount < 0 THEN 1 ELSE 2 END AS side_no,
       t.business_date,
       t.event_at,
       t.recorded_at,
       t.kind,
       la.code AS account_code,
       a.code AS asset,
       greatest(-t.amount, 0) AS debit,
       greatest(t.amount, 0) AS credit,
       t.running AS running_balance,
       t.source_type,
       t.source_id,
       t.narrative,
       t.corrects_id AS corrects_entry_id,
       a.scale::int AS asset_scale
FROM t {ACCOUNTS}
WHERE t.business_date >= %(from_date)s AND {OF_ASKER}
ORDER BY t.entry_seq, t.posting_no, side_no
"""  # noqa: S608 - made of constants only

ROWS = f"""
WITH p AS MATERIALIZED ({SEALED_POSTINGS})
SELECT count(*) FROM (SELECT source_id AS id FROM p WHERE business_date >= %(from_date)s
    UNION ALL SELECT destination_id FROM p WHERE business_date >= %(from_date)s) AS sides
WHERE sides.id IN (SELECT la.id FROM ({CHECKED_ACCOUNTS}) AS la)
"""  # noqa: S608 - made of constants only
_MOVED = f"""
WITH p AS MATERIALIZED ({SEALED_POSTINGS})
SELECT a.code, sum(p.amount)
FROM p JOIN ({CHECKED_ACCOUNTS}) AS la ON la.id = p.{{side}} JOIN settlement_asset a ON a.id = la.asset_id
WHERE p.business_date >= %(from_date)s
GROUP BY a.code
"""  # noqa: S608 - made of constants only


def _amount(name: str, title: str) -> ReportColumn:
    return ReportColumn(name=name, title=title, type=ColumnType.QUANTITY, unit="asset", scale="asset_scale", width=24)


REPORT = ReportDefinition(
    code="GENERAL_LEDGER",
    version=2,
    title="General ledger",
    wording=(
        "Prints both sides of every posting of a period in the order in which entries were sealed, with the balance of the"
        " account after each."
    ),
    audiences=(Audience.FINANCE, Audience.AUDITOR),
    sensitivity=Sensitivity.NORMAL,
    parameters=PERIOD,
    columns=(
        ReportColumn(name="entity", title="Entity", type=ColumnType.ID, width=36, nullable=True),
        ReportColumn(name="seal_seq", title="Seal", type=ColumnType.INTEGER),
        ReportColumn(name="entry_seq", title="Entry number", type=ColumnType.INTEGER),
        ReportColumn(name="entry_id", title="Entry", type=ColumnType.ID, width=36),
        ReportColumn(name="posting_no", title="Posting", type=ColumnType.INTEGER),
        ReportColumn(name="side_no", title="Side", type=ColumnType.INTEGER),
        ReportColumn(name="business_date", title="Business date", type=ColumnType.DATE),
        ReportColumn(name="event_at", title="Happened", type=ColumnType.INSTANT, width=27),
        ReportColumn(name="recorded_at", title="Written", type=ColumnType.INSTANT, width=27),
        ReportColumn(name="kind", title="Kind", type=ColumnType.CODE, width=20),
        ReportColumn(name="account_code", title="Account", type=ColumnType.TEXT, width=40),
        ReportColumn(name="asset", title="Asset", type=ColumnType.CODE, width=10),
        _amount("debit", "Debit"),
        _amount("credit", "Credit"),
        _amount("running_balance", "Balance after"),
        ReportColumn(name="source_type", title="Of", type=ColumnType.TEXT, width=24),
        ReportColumn(name="source_id", title="Its id", type=ColumnType.ID, width=36),
        ReportColumn(name="narrative", title="Narrative", type=ColumnType.TEXT, width=40),
        ReportColumn(name="corrects_entry_id", title="Corrects", type=ColumnType.ID, width=36, nullable=True),
    ),
    key=("entry_seq", "posting_no", "side_no"),
    query=QUERY,
    reads=ENTRY_READS,
    totals=(
        ControlTotal(name="rows", check=ROWS),
        ControlTotal(name="debit_by_asset", column="debit", group=("asset",), check=_MOVED.format(side="source_id")),
        ControlTotal(
            name="credit_by_asset", column="credit", group=("asset",), check=_MOVED.format(side="destination_id")
        ),
    ),
    formats=(*EVERY_FORMAT, Format.PARQUET),
    cadence="each cut-off",
    retention_class="ledger",
    business_date="to_date",
)
