"""DAILY_TRANSACTIONS: every move of a business date in every balance of every profile."""

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
from trading.reports.daily_moves import (
    DEPOSITS_GONE,
    DEPOSITS_SEEN,
    MOVES_READ,
    WITH_ENTRIES,
    WITHDRAWALS_ASKED,
    WITHDRAWALS_UNPAID,
    moves,
)
from trading.reports.sealed_history import EVERY_FORMAT, OF_ENTITY, WITH_SEALED

BEGIN = "(%(business_date)s::date::timestamp AT TIME ZONE 'UTC')"

# One line of metadata: names in the order of their bytes, values as the client sent them.
_METADATA = """(
    SELECT '{' || string_agg(to_json(pair.key)::text || ':' || pair.value::text, ',' ORDER BY pair.key COLLATE "C") || '}'
    FROM jsonb_each(o.metadata) AS pair
)"""
# What the bank or chain calls it: of a deposit from the beginning, of a withdrawal as its payment was written down.
_EXTERNAL = """(
    SELECT change ->> 'after' FROM core_auditentry u, jsonb_array_elements(u.changes) AS change
    WHERE u.object_type = 'settlement.withdrawal' AND u.object_id = w.id::text AND change ->> 'field' = 'outside_reference'
      AND u.action = 'settlement.withdrawal.complete' AND u.event_at < %(as_of)s
    ORDER BY u.id LIMIT 1
)"""
# What was charged with it, in the same asset, of the same account, by the same entry.
_FEE = """(
    SELECT sum(p.amount) FROM settlement_posting p JOIN settlement_ledgeraccount fees ON fees.id = p.destination_id
    WHERE p.entry_id = t.entry_id AND p.source_id = t.account_id AND fees.kind = 'FEES'
)"""

QUERY = f"""
{WITH_SEALED},
{WITH_ENTRIES},
t AS ({moves(BEGIN)})
SELECT pr.entity_id AS entity,
       la.id AS "AccountID",
       pr.id AS "ProfileID",
       holder.identity_id AS "IdentityID",
       t.tx_id AS "UniqueTxID",
       CASE WHEN t.amount < 0 THEN 'DEBIT' ELSE 'CREDIT' END AS "Direction",
       abs(t.amount) AS "Amount",
       a.code AS "Assets",
       t.balance_type AS "BalanceType",
       CASE WHEN t.tx_type IN ('SETTLE_QUOTE', 'WITHDRAWAL_COMPLETION') THEN {_FEE} END AS "Fee",
       coalesce(x.base_amount, qx.base_amount) AS "BaseAmount",
       coalesce(x.quote_amount, qx.quote_amount) AS "QuoteAmount",
       coalesce(x.price, q.price) AS "Price",
       m.symbol AS "Market",
       coalesce(o.side, q.side) AS "Side",
       o.type AS "OrderType",
       CASE WHEN t.entry_kind = 'TRADE' THEN 'EXECUTION' WHEN qx.id IS NOT NULL THEN 'QUOTE_EXECUTION'
           WHEN t.order_id IS NOT NULL THEN 'ORDER' ELSE 'TRANSFER' END AS "Resource",
       t.source_id AS "ResourceID",
       coalesce(o.client_order_id, qx.client_reference, w.client_reference, i.client_reference) AS "ResourceRefID",
       coalesce(x.traded_at, o.received_at, w.requested_at, t.event_at) AS "ResourceTimestamp",
       CASE WHEN t.order_id IS NULL AND qx.id IS NULL THEN t.entry_kind END AS "RecourceTransferType",
       t.tx_type AS "TransactionType",
       t.group_id AS "GroupID",
       NULL::uuid AS "OrchestrationID",
       NULL::uuid AS "OrchestrationRuleID",
       coalesce(d.outside_reference, CASE WHEN t.tx_type = 'WITHDRAWAL_COMPLETION' THEN {_EXTERNAL} END) AS "ExternalID",
       {_METADATA} AS "Metadata",
       t.event_at AS "Timestamp",
       a.scale::int AS asset_scale,
       (CASE WHEN qx.id IS NULL THEN m.amount_scale ELSE base.scale END)::int AS amount_scale,
       quote.scale::int AS quote_scale,
       m.price_scale::int AS price_scale
FROM t
JOIN accounts_profile pr ON pr.id = t.profile_id
JOIN settlement_asset a ON a.id = t.asset_id
LEFT JOIN settlement_ledgeraccount la
    ON la.kind = 'CLIENT' AND la.profile_id = t.profile_id AND la.asset_id = t.asset_id AND la.label = ''
LEFT JOIN LATERAL (
    SELECT member.identity_id FROM accounts_profilemember member
    WHERE member.profile_id = t.profile_id AND member.role = 'HOLDER' ORDER BY member.created_at, member.id LIMIT 1
) AS holder ON true
LEFT JOIN trading_trade x ON x.id = t.trade_id
LEFT JOIN trading_order o ON o.id = t.order_id
LEFT JOIN trading_quoteexecution qx ON t.entry_kind = 'QUOTE_EXECUTION' AND qx.id = t.source_id
LEFT JOIN trading_quote q ON q.id = qx.quote_id
LEFT JOIN trading_market m ON m.id = coalesce(o.market_id, q.market_id)
LEFT JOIN settlement_asset base ON base.id = m.base_id
LEFT JOIN settlement_asset quote ON quote.id = m.quote_id
LEFT JOIN settlement_withdrawal w ON w.id = t.source_id
-- Who receives is not told the sender's own name for it.
LEFT JOIN settlement_internaltransfer i ON i.id = t.source_id AND i.from_profile_id = t.profile_id
LEFT JOIN settlement_deposit d ON d.id = t.source_id
WHERE %(entity)s::uuid IS NULL OR pr.entity_id = %(entity)s::uuid
ORDER BY t.event_at, t.tx_id COLLATE "C", t.amount
"""  # noqa: S608 - made of constants only

# Written apart: what was put into and taken from each kind of balance, by where that is told.
_OURS = "SELECT id FROM accounts_profile WHERE %(entity)s::uuid IS NULL OR entity_id = %(entity)s::uuid"
_SIDES = """
    SELECT la.asset_id, CASE n.kind WHEN 'WITHDRAWAL' THEN 'PENDING_DEBIT' ELSE 'AVAILABLE' END AS name, '{direction}', p.amount
    FROM settlement_posting p
    JOIN settlement_entry n ON n.id = p.entry_id
    JOIN settlement_ledgeraccount la ON la.id = p.{side} AND la.kind = 'CLIENT'
    WHERE n.id IN (SELECT id FROM entry_in) AND n.event_at >= {begin} AND la.profile_id IN (SELECT id FROM ours)
"""
_HOLDS = f"""
    SELECT o.hold_asset_id AS asset_id, h.change
    FROM trading_order o
    JOIN trading_orderevent e ON e.order_id = o.id
    JOIN sealed w ON w.market_id = o.market_id AND w.last_sequence >= e.sequence
    CROSS JOIN LATERAL unnest(ARRAY[e.hold_change, (e.kind IN ('ACCEPTED', 'REJECTED'))::int * o.hold_amount]) AS h (change)
    WHERE e.event_at < %(as_of)s AND e.event_at >= {BEGIN} AND o.profile_id IN (SELECT id FROM ours) AND h.change <> 0
"""  # noqa: S608 - made of constants only
_LEFT = f"""
    SELECT w.asset_id, w.net_amount AS change FROM ({WITHDRAWALS_ASKED}) w
    WHERE w.event_at >= {BEGIN} AND w.profile_id IN (SELECT id FROM ours)
    UNION ALL
    SELECT w.asset_id, w.fee_amount FROM ({WITHDRAWALS_ASKED}) w
    WHERE w.event_at >= {BEGIN} AND w.profile_id IN (SELECT id FROM ours) AND w.fee_amount <> 0
    UNION ALL
    SELECT w.asset_id, -w.gross_amount FROM ({WITHDRAWALS_ASKED}) w JOIN ({WITHDRAWALS_UNPAID}) u ON u.withdrawal_id = w.id
    WHERE u.event_at >= {BEGIN} AND w.profile_id IN (SELECT id FROM ours)
"""  # noqa: S608 - made of constants only
_SEEN = f"""
    SELECT d.asset_id, 'CREDIT', d.amount FROM ({DEPOSITS_SEEN}) d
    WHERE d.event_at >= {BEGIN} AND d.profile_id IN (SELECT id FROM ours)
    UNION ALL
    SELECT d.asset_id, 'DEBIT', d.amount FROM (SELECT DISTINCT id, profile_id, asset_id, amount FROM ({DEPOSITS_SEEN}) seen) d
    JOIN settlement_entry n ON n.source_id = d.id AND n.kind NOT IN ('DEPOSIT_RECEIVED', 'DEPOSIT_REVERSED')
    WHERE n.id IN (SELECT id FROM entry_in) AND n.event_at >= {BEGIN} AND d.profile_id IN (SELECT id FROM ours)
    UNION ALL
    SELECT d.asset_id, 'DEBIT', d.amount FROM ({DEPOSITS_GONE}) d
    WHERE d.event_at >= {BEGIN} AND d.profile_id IN (SELECT id FROM ours)
"""  # noqa: S608 - made of constants only
_TOLD = f"""
{WITH_SEALED},
{WITH_ENTRIES},
ours AS ({_OURS}),
held AS (SELECT asset_id, 'TRADING' AS name, change FROM ({_HOLDS}) h UNION ALL
    SELECT asset_id, 'PENDING_DEBIT', change FROM ({_LEFT}) l),
told (asset_id, name, direction, amount) AS (
    {_SIDES.format(direction="CREDIT", side="destination_id", begin=BEGIN)}
    UNION ALL {_SIDES.format(direction="DEBIT", side="source_id", begin=BEGIN)}
    UNION ALL SELECT asset_id, name, CASE WHEN change > 0 THEN 'CREDIT' ELSE 'DEBIT' END, abs(change) FROM held
    UNION ALL SELECT asset_id, 'AVAILABLE', CASE WHEN change > 0 THEN 'DEBIT' ELSE 'CREDIT' END, abs(change) FROM held
    UNION ALL SELECT asset_id, 'PENDING_CREDIT', direction, amount FROM ({_SEEN}) AS seen (asset_id, direction, amount)
)
"""  # noqa: S608 - made of constants only
ROWS = f"{_TOLD} SELECT count(*) FROM told"  # noqa: S608 - made of constants only
AMOUNTS = f"""
{_TOLD}
SELECT a.code, told.name, told.direction, sum(told.amount)
FROM told JOIN settlement_asset a ON a.id = told.asset_id
GROUP BY a.code, told.name, told.direction
"""  # noqa: S608 - made of constants only


def _id(name: str, title: str, *, nullable: bool = False) -> ReportColumn:
    return ReportColumn(name=name, title=title, type=ColumnType.ID, nullable=nullable, width=36)


def _code(name: str, title: str, *, nullable: bool = False) -> ReportColumn:
    return ReportColumn(name=name, title=title, type=ColumnType.CODE, nullable=nullable, width=14)


def _text(name: str, title: str) -> ReportColumn:
    return ReportColumn(name=name, title=title, type=ColumnType.TEXT, nullable=True, width=24)


def _amount(name: str, title: str, unit: str, scale: str, *, nullable: bool = True) -> ReportColumn:
    return ReportColumn(name=name, title=title, type=ColumnType.QUANTITY, unit=unit, scale=scale, nullable=nullable)


def _instant(name: str, title: str) -> ReportColumn:
    return ReportColumn(name=name, title=title, type=ColumnType.INSTANT, width=27)


REPORT = ReportDefinition(
    code="DAILY_TRANSACTIONS",
    version=3,
    title="Daily transactions",
    wording=(
        "Prints every move of a business date in every balance of every profile: what came in and went out, what was held and"
        " given back. The balances of the day before and these moves are the balances of the day."
    ),
    audiences=(Audience.OPERATIONS, Audience.CLIENT),
    sensitivity=Sensitivity.NORMAL,
    parameters=(OF_ENTITY, ReportParameter(name="business_date", type=ParameterType.DATE, title="Business date")),
    columns=(
        _id("entity", "Entity"),
        _id("AccountID", "Account", nullable=True),
        _id("ProfileID", "Profile"),
        _id("IdentityID", "Holder", nullable=True),
        _id("UniqueTxID", "Move"),
        _code("Direction", "Direction"),
        _amount("Amount", "Amount", "asset", "asset_scale", nullable=False),
        _code("Assets", "Asset"),
        _code("BalanceType", "Kind of balance"),
        _amount("Fee", "Fee", "asset", "asset_scale"),
        _amount("BaseAmount", "Base amount", "base", "amount_scale"),
        _amount("QuoteAmount", "Quote amount", "quote", "quote_scale"),
        ReportColumn(
            name="Price", title="Price", type=ColumnType.PRICE, unit="quote", nullable=True, scale="price_scale"
        ),
        _code("Market", "Market", nullable=True),
        _code("Side", "Side", nullable=True),
        _code("OrderType", "Type of order", nullable=True),
        _code("Resource", "Of"),
        _id("ResourceID", "Its id"),
        _text("ResourceRefID", "The client's id of it"),
        _instant("ResourceTimestamp", "Its time"),
        _code("RecourceTransferType", "Kind of transfer", nullable=True),
        _code("TransactionType", "Kind of move"),
        _id("GroupID", "Group"),
        _id("OrchestrationID", "Orchestration", nullable=True),
        _id("OrchestrationRuleID", "Orchestration rule", nullable=True),
        _text("ExternalID", "Bank or chain reference"),
        _text("Metadata", "Metadata"),
        _instant("Timestamp", "Happened"),
    ),
    key=("UniqueTxID", "Direction"),
    query=QUERY,
    reads=MOVES_READ
    | {
        "accounts_profilemember": ("id", "profile_id", "identity_id", "role", "created_at"),
        "core_auditentry": (*MOVES_READ["core_auditentry"], "changes"),
        "settlement_deposit": (*MOVES_READ["settlement_deposit"], "outside_reference"),
        "settlement_internaltransfer": ("id", "client_reference", "from_profile_id"),
        "settlement_ledgeraccount": (*MOVES_READ["settlement_ledgeraccount"], "label"),
        "settlement_withdrawal": (*MOVES_READ["settlement_withdrawal"], "client_reference", "requested_at"),
        "trading_market": ("id", "symbol", "base_id", "quote_id", "amount_scale", "price_scale"),
        "trading_quote": (*MOVES_READ["trading_quote"], "side", "price"),
        "trading_quoteexecution": (
            *MOVES_READ["trading_quoteexecution"],
            *("client_reference", "base_amount", "quote_amount"),
        ),
        "trading_order": (
            *MOVES_READ["trading_order"],
            *("market_id", "client_order_id", "side", "type", "received_at", "metadata"),
        ),
        "trading_trade": (*MOVES_READ["trading_trade"], "base_amount", "quote_amount", "price", "traded_at"),
    },
    totals=(
        ControlTotal(name="rows", check=ROWS),
        ControlTotal(
            name="amount_by_asset_kind_and_direction",
            column="Amount",
            group=("Assets", "BalanceType", "Direction"),
            check=AMOUNTS,
        ),
    ),
    formats=EVERY_FORMAT,
    cadence="each cut-off",
    retention_class="ledger",
    business_date="business_date",
)
