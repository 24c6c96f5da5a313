"""ORDER_AUDIT_TRAIL: everything that happened to every order, event by event, in the order of its market."""

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

# Events of the market itself (a change of phase) name no order: they are in the whole firm's trail only, where they
# close the gaps of the market's sequence. An order's events are numbered, and compared with the one before, over its
# whole history: what lies before the period is looked up once an order, only for orders that the period did not see
# begin. Nothing here joins one intermediate result with another, so no plan can make it quadratic.
QUERY = f"""
{WITH_SEALED},
chosen AS (
    SELECT e.*, m.symbol, m.price_scale, m.amount_scale,
           o.client_order_id, o.profile_id, o.channel, o.side, o.type, o.time_in_force, pr.entity_id,
           e.cum_base + e.leaves_base AS size,
           row_number() OVER history AS number,
           lag(e.price) OVER history AS last_seen_price,
           lag(e.cum_base + e.leaves_base) OVER history AS last_seen_size
    FROM trading_orderevent e
    JOIN sealed w ON w.market_id = e.market_id AND e.sequence <= w.last_sequence
    JOIN trading_market m ON m.id = e.market_id
    LEFT JOIN trading_order o ON o.id = e.order_id
    LEFT JOIN accounts_profile pr ON pr.id = o.profile_id
    WHERE e.business_date BETWEEN %(from_date)s AND %(to_date)s
      AND e.event_at < %(as_of)s
      AND (%(entity)s::uuid IS NULL OR pr.entity_id = %(entity)s::uuid)
      AND (%(market)s::text IS NULL OR m.symbol = %(market)s::text)
    WINDOW history AS (PARTITION BY e.order_id ORDER BY e.sequence)
),
continued AS (
    SELECT c.*, earlier.events, earlier.price AS earlier_price, earlier.size AS earlier_size
    FROM chosen c
    LEFT JOIN LATERAL (
        SELECT count(*) AS events,
               (array_agg(p.price ORDER BY p.sequence DESC))[1] AS price,
               (array_agg(p.cum_base + p.leaves_base ORDER BY p.sequence DESC))[1] AS size
        FROM trading_orderevent p
        WHERE p.order_id = c.order_id AND p.sequence < c.sequence
    ) AS earlier ON c.number = 1 AND c.kind NOT IN ('ACCEPTED', 'REJECTED')
)
SELECT c.entity_id AS entity,
       c.order_id AS order_id,
       c.client_order_id AS client_order_id,
       NULL::uuid AS parent_order_id,
       c.profile_id AS profile_id,
       c.symbol AS market,
       c.sequence AS market_sequence,
       CASE WHEN c.order_id IS NOT NULL THEN
           c.number + COALESCE(first_value(c.events) OVER (PARTITION BY c.order_id ORDER BY c.sequence), 0)
       END AS event_no,
       c.kind AS event_code,
       c.initiator AS initiator,
       c.actor_id AS actor_id,
       c.channel AS channel,
       c.event_at AS event_at,
       c.recorded_at AS recorded_at,
       c.business_date AS business_date,
       c.side AS side,
       c.type AS order_type,
       c.time_in_force AS time_in_force,
       CASE WHEN c.order_id IS NULL THEN NULL WHEN c.number = 1 THEN c.earlier_price
            ELSE c.last_seen_price END AS price_before,
       c.price AS price_after,
       CASE WHEN c.number = 1 THEN c.earlier_size ELSE c.last_seen_size END AS quantity_before,
       c.size AS quantity_after,
       c.leaves_base AS leaves_quantity,
       c.cum_base AS cumulative_quantity,
       c.trade_id AS trade_id,
       CASE WHEN c.kind = 'TRADED' THEN c.last_price END AS execution_price,
       CASE WHEN c.kind = 'TRADED' THEN c.last_base END AS execution_quantity,
       c.before_status AS previous_state,
       c.after_status AS new_state,
       c.reason AS reason_code,
       c.best_bid AS best_bid,
       c.best_bid_amount AS best_bid_quantity,
       c.best_ask AS best_ask,
       c.best_ask_amount AS best_ask_quantity,
       CASE WHEN c.best_bid IS NOT NULL OR c.best_ask IS NOT NULL THEN c.event_at END AS book_at,
       c.price_scale::int AS price_scale,
       c.amount_scale::int AS amount_scale
FROM continued c
ORDER BY c.symbol COLLATE "C", c.sequence
"""  # noqa: S608 - made of constants only

ROWS_BY_MARKET = f"""
{WITH_SEALED}
SELECT m.symbol, count(*)
FROM trading_market m
JOIN sealed w ON w.market_id = m.id
JOIN trading_orderevent e ON e.market_id = m.id AND e.sequence BETWEEN 1 AND w.last_sequence
WHERE e.business_date >= %(from_date)s AND e.business_date <= %(to_date)s AND e.event_at < %(as_of)s
  AND (%(market)s::text IS NULL OR m.symbol = %(market)s::text)
  AND (%(entity)s::uuid IS NULL OR e.order_id IN (
      SELECT o.id FROM trading_order o
      WHERE o.profile_id IN (SELECT id FROM accounts_profile WHERE entity_id = %(entity)s::uuid)))
GROUP BY m.symbol
"""  # noqa: S608 - made of constants only

# From the trades, not from the events: both sides of every trade have to be in the trail.
EXECUTED_BY_SIDE = f"""
{WITH_SEALED}
SELECT m.symbol, side.name, sum(t.base_amount)
FROM trading_trade t
JOIN trading_market m ON m.id = t.market_id
JOIN sealed w ON w.market_id = t.market_id AND t.sequence <= w.last_sequence
CROSS JOIN LATERAL (VALUES ('BUY', t.buy_profile_id), ('SELL', t.sell_profile_id)) AS side (name, profile_id)
JOIN accounts_profile pr ON pr.id = side.profile_id
WHERE t.business_date BETWEEN %(from_date)s AND %(to_date)s AND t.traded_at < %(as_of)s
  AND (%(market)s::text IS NULL OR m.symbol = %(market)s::text)
  AND (%(entity)s::uuid IS NULL OR pr.entity_id = %(entity)s::uuid)
GROUP BY m.symbol, side.name
"""  # noqa: S608 - made of constants only


def _quantity(name: str, title: str) -> ReportColumn:
    kind = ColumnType.QUANTITY
    return ReportColumn(name=name, title=title, type=kind, unit="base", nullable=True, scale="amount_scale")


def _price(name: str, title: str) -> ReportColumn:
    kind = ColumnType.PRICE
    return ReportColumn(name=name, title=title, type=kind, unit="quote", nullable=True, scale="price_scale")


def _id(name: str, title: str, *, nullable: bool = True) -> ReportColumn:
    return ReportColumn(name=name, title=title, type=ColumnType.ID, nullable=nullable, width=36)


def _code(name: str, title: str, *, nullable: bool = True) -> ReportColumn:
    return ReportColumn(name=name, title=title, type=ColumnType.CODE, nullable=nullable, width=14)


def _instant(name: str, title: str, *, nullable: bool = False) -> ReportColumn:
    return ReportColumn(name=name, title=title, type=ColumnType.INSTANT, nullable=nullable, width=27)


COLUMNS = (
    _id("entity", "Entity"),
    _id("order_id", "Order"),
    ReportColumn(name="client_order_id", title="Client order id", type=ColumnType.TEXT, nullable=True, width=24),
    _id("parent_order_id", "Parent order"),
    _id("profile_id", "Profile"),
    _code("market", "Market", nullable=False),
    ReportColumn(name="market_sequence", title="Market sequence", type=ColumnType.INTEGER),
    ReportColumn(name="event_no", title="Event of the order", type=ColumnType.INTEGER, nullable=True),
    _code("event_code", "Event", nullable=False),
    _code("initiator", "Initiator", nullable=False),
    _id("actor_id", "Actor", nullable=False),
    _code("channel", "Channel"),
    _instant("event_at", "Happened"),
    _instant("recorded_at", "Recorded"),
    ReportColumn(name="business_date", title="Business date", type=ColumnType.DATE, width=10),
    _code("side", "Side"),
    _code("order_type", "Type"),
    _code("time_in_force", "Time in force"),
    _price("price_before", "Price before"),
    _price("price_after", "Price after"),
    _quantity("quantity_before", "Quantity before"),
    _quantity("quantity_after", "Quantity after"),
    _quantity("leaves_quantity", "Left"),
    _quantity("cumulative_quantity", "Executed so far"),
    _id("trade_id", "Trade"),
    _price("execution_price", "Execution price"),
    _quantity("execution_quantity", "Execution quantity"),
    _code("previous_state", "State before"),
    _code("new_state", "State after"),
    _code("reason_code", "Reason"),
    _price("best_bid", "Best bid"),
    _quantity("best_bid_quantity", "Quantity at best bid"),
    _price("best_ask", "Best ask"),
    _quantity("best_ask_quantity", "Quantity at best ask"),
    _instant("book_at", "Book as of", nullable=True),
)

READS = {
    **SEALED_READS,
    "trading_market": ("id", "symbol", "price_scale", "amount_scale"),
    "trading_order": ("id", "client_order_id", "profile_id", "channel", "side", "type", "time_in_force"),
    "trading_orderevent": (
        *(
            "id",
            "market_id",
            "sequence",
            "order_id",
            "kind",
            "initiator",
            "actor_id",
            "event_at",
            "recorded_at",
        ),
        *("business_date", "price", "cum_base", "leaves_base", "trade_id", "last_price", "last_base"),
        *(
            "before_status",
            "after_status",
            "reason",
            "best_bid",
            "best_bid_amount",
            "best_ask",
            "best_ask_amount",
        ),
    ),
    "trading_trade": (
        *("market_id", "sequence", "buy_profile_id", "sell_profile_id", "base_amount", "traded_at"),
        "business_date",
    ),
}

REPORT = ReportDefinition(
    code="ORDER_AUDIT_TRAIL",
    version=2,
    title="Order audit trail",
    wording=(
        "Prints every event of every order in the order of its market: who, when, from what to what, why, and"
        " the book it met. Any order can be rebuilt from its rows."
    ),
    audiences=(Audience.COMPLIANCE, Audience.REGULATOR, Audience.CLIENT),
    sensitivity=Sensitivity.NORMAL,
    parameters=(
        OF_ENTITY,
        ReportParameter(name="from_date", type=ParameterType.DATE, title="First business date"),
        ReportParameter(
            name="to_date",
            type=ParameterType.DATE,
            title="Last business date",
            not_before="from_date",
            bound_days=366,
        ),
        ReportParameter(name="market", type=ParameterType.CODE, title="Market", required=False),
    ),
    columns=COLUMNS,
    key=("market", "market_sequence"),
    query=QUERY,
    reads=READS,
    totals=(
        ControlTotal(name="rows_by_market", group=("market",), check=ROWS_BY_MARKET),
        ControlTotal(
            name="executed_by_market_and_side",
            column="execution_quantity",
            group=("market", "side"),
            check=EXECUTED_BY_SIDE,
        ),
    ),
    formats=EVERY_FORMAT,
    cadence="on demand",
    retention_class="orders_trades",
    business_date="to_date",
)
