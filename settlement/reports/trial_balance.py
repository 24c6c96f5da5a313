"""TRIAL_BALANCE: every account that ever moved, with what it had before a period, what moved it and what it had after."""

from core.contracts import Audience, ColumnType, ControlTotal, ReportColumn, ReportDefinition, Sensitivity
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

QUERY = f"""
WITH t AS (
    SELECT side.account_id,
           COALESCE(sum(side.amount) FILTER (WHERE side.business_date < %(from_date)s), 0) AS opening,
           COALESCE(sum(-side.amount) FILTER (WHERE side.business_date >= %(from_date)s AND side.amount < 0), 0) AS debit,
           COALESCE(sum(side.amount) FILTER (WHERE side.business_date >= %(from_date)s AND side.amount > 0), 0) AS credit
    FROM ({SEALED_SIDES}) AS side
    GROUP BY side.account_id
)
SELECT pr.entity_id AS entity,
       la.code AS account_code,
       la.kind AS account_type,
       a.code AS asset,
       greatest(-t.opening, 0) AS opening_debit,
       greatest(t.opening, 0) AS opening_credit,
       t.debit AS period_debit,
       t.credit AS period_credit,
       greatest(t.debit - t.credit - t.opening, 0) AS closing_debit,
       greatest(t.opening + t.credit - t.debit, 0) AS closing_credit,
       a.scale::int AS asset_scale
FROM t {ACCOUNTS}
WHERE {OF_ASKER}
ORDER BY la.code COLLATE "C"
"""  # noqa: S608 - made of constants only

ROWS = f"""
WITH p AS MATERIALIZED ({SEALED_POSTINGS})
SELECT count(*) FROM ({CHECKED_ACCOUNTS}) AS la
WHERE la.id IN (SELECT source_id FROM p UNION SELECT destination_id FROM p)
"""  # noqa: S608 - made of constants only
_MOVED = f"""
WITH p AS MATERIALIZED ({SEALED_POSTINGS})
SELECT a.code, sum(p.amount)
FROM p JOIN ({CHECKED_ACCOUNTS}) AS la ON la.id = p.{{side}} JOIN settlement_asset a ON a.id = la.asset_id
WHERE p.business_date >= %(from_date)s
GROUP BY a.code
"""  # noqa: S608 - made of constants only
_CLOSING = f"""
WITH p AS MATERIALIZED ({SEALED_POSTINGS}),
had AS (
    SELECT la.id, la.asset_id,
           COALESCE((SELECT sum(p.amount) FROM p WHERE p.destination_id = la.id), 0)
         - COALESCE((SELECT sum(p.amount) FROM p WHERE p.source_id = la.id), 0) AS amount
    FROM ({CHECKED_ACCOUNTS}) AS la
)
SELECT a.code, sum(abs(had.amount)) FROM had JOIN settlement_asset a ON a.id = had.asset_id
WHERE had.amount {{sign}} 0 GROUP BY a.code
"""  # noqa: S608 - made of constants only


def _amount(name: str, title: str) -> ReportColumn:
    return ReportColumn(name=name, title=title, type=ColumnType.QUANTITY, unit="asset", scale="asset_scale", width=24)


REPORT = ReportDefinition(
    code="TRIAL_BALANCE",
    version=1,
    title="Trial balance",
    wording=(
        "Prints every ledger account that was ever posted to, with its balance before a period, what moved it and its balance"
        " after. Over all accounts of an asset debits and credits are equal."
    ),
    audiences=(Audience.FINANCE, Audience.AUDITOR),
    sensitivity=Sensitivity.NORMAL,
    parameters=PERIOD,
    columns=(
        ReportColumn(name="entity", title="Entity", type=ColumnType.ID, width=36, nullable=True),
        ReportColumn(name="account_code", title="Account", type=ColumnType.TEXT, width=40),
        ReportColumn(name="account_type", title="Kind of account", type=ColumnType.CODE, width=12),
        ReportColumn(name="asset", title="Asset", type=ColumnType.CODE, width=10),
        _amount("opening_debit", "Opening debit"),
        _amount("opening_credit", "Opening credit"),
        _amount("period_debit", "Debit"),
        _amount("period_credit", "Credit"),
        _amount("closing_debit", "Closing debit"),
        _amount("closing_credit", "Closing credit"),
    ),
    key=("account_code",),
    query=QUERY,
    reads=ENTRY_READS,
    totals=(
        ControlTotal(name="rows", check=ROWS),
        ControlTotal(
            name="debit_by_asset", column="period_debit", group=("asset",), check=_MOVED.format(side="source_id")
        ),
        ControlTotal(
            name="credit_by_asset", column="period_credit", group=("asset",), check=_MOVED.format(side="destination_id")
        ),
        ControlTotal(
            name="closing_debit_by_asset", column="closing_debit", group=("asset",), check=_CLOSING.format(sign="<")
        ),
        ControlTotal(
            name="closing_credit_by_asset", column="closing_credit", group=("asset",), check=_CLOSING.format(sign=">")
        ),
    ),
    formats=EVERY_FORMAT,
    cadence="each cut-off",
    retention_class="ledger",
    business_date="to_date",
)
