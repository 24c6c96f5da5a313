"""What the matcher reads: a market's terms, its resting orders, its waiting instructions. Integers where the book counts in them.

Ids are read as text: the matcher only hands them on, and making a UUID of each would cost more than matching it.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from core.domain.decimals import CONTEXT
from trading.domain.accounting.rows import DORMANT, OrderAccount
from trading.domain.book_order import MARKET as MARKET_ORDER
from trading.domain.book_order import STOP_MARKET, BookOrder
from trading.domain.units import MarketUnits

# The order's columns in the order in which `_book_order` takes them; parameters: lot, tick, tick, lot, and tick x lot size.
ORDER_COLUMNS = """
    o.id::text, o.side = 'BUY', o.type, o.time_in_force, o.self_trade_prevention, o.self_trade_group::text,
    (o.display_amount / %s)::bigint, (extract(epoch FROM o.expires_at) * 1000000)::bigint,
    (COALESCE(o.limit_price, o.protection_price) / %s)::bigint, (o.stop_price / %s)::bigint, (o.base_amount / %s)::bigint,
    div(o.quote_amount, %s)::bigint,
    (o.maker_rate * 1000000)::int, (o.taker_rate * 1000000)::int, o.fee_scale, o.held, o.profile_id::text,
    o.credential_id::text
"""

MARKET = """
SELECT m.id::text, m.symbol, m.phase, m.sequence, m.position, COALESCE((extract(epoch FROM m.engine_at) * 1000000)::bigint, 0),
       (m.reference_price / m.tick_size)::bigint, (m.last_price / m.tick_size)::bigint, m.tick_size, m.lot_size,
       b.id::text, b.scale, q.id::text, q.scale, m.book_facts
FROM trading_market m
JOIN settlement_asset b ON b.id = m.base_id
JOIN settlement_asset q ON q.id = m.quote_id
WHERE m.id = %s
"""

# The batch's joins are a thousand rows against tables that only grow: always by index, whatever the planner believes about
# sizes that were other a minute ago.
FENCE = """
SELECT sequence, set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
       set_config('enable_seqscan', 'off', true),
       EXISTS (SELECT 1 FROM trading_instruction i WHERE i.market_id = m.id AND i.status = 'PENDING' AND i.goes_first)
FROM trading_market m WHERE m.id = %s FOR NO KEY UPDATE
"""

FEES_ACCOUNT = """
SELECT id::text FROM settlement_ledgeraccount WHERE kind = 'FEES' AND asset_id = %s AND label = %s
"""

LIVE = f"""
SELECT {ORDER_COLUMNS}, (o.remaining_base / %s)::bigint, (coalesce(o.displayed_base, o.remaining_base) / %s)::bigint,
       coalesce(o.priority_sequence, 0), (o.filled_base / %s)::bigint, (o.prevented_base / %s)::bigint, o.filled_quote,
       o.fee_exact, o.fee_charged, o.accepted_sequence, (extract(epoch FROM o.accepted_at) * 1000000)::bigint, o.last_sequence,
       o.status
FROM trading_order o
WHERE o.market_id = %s AND o.status IN ('OPEN', 'DORMANT')
ORDER BY o.status = 'DORMANT', o.priority_sequence, o.accepted_sequence
"""  # noqa: S608 - of constants

WAITING = """
SELECT id, kind, order_id::text, payload, (extract(epoch FROM instructed_at) * 1000000)::bigint, actor_id::text, initiator,
       attempts, nullif(hold_change, 0), CASE WHEN hold_change > 0 THEN
           (SELECT ARRAY[o.profile_id::text, o.side] FROM trading_order o WHERE o.id = order_id) END
FROM trading_instruction
WHERE market_id = %s AND status = 'PENDING' AND attempts < %s AND NOT id = ANY(%s){which}
ORDER BY id
LIMIT %s
"""
ALL_WAITING = WAITING.format(which="")
WAITING_TO_GO_FIRST = WAITING.format(which=" AND goes_first")

PLACED = f"SELECT {ORDER_COLUMNS} FROM trading_order o WHERE o.id = ANY(%s::uuid[])"  # noqa: S608

# Orders as they were when they were taken: an amend changes their row, and its event has what it changed. Of several the first
# knows how it was.
AS_TAKEN = f"""
SELECT {ORDER_COLUMNS} FROM (
    SELECT p.id, p.side, p.type, p.time_in_force, p.self_trade_prevention, p.self_trade_group, p.quote_amount, p.maker_rate,
        p.taker_rate, p.fee_scale, p.hold_amount AS held, p.profile_id, p.credential_id,
        coalesce((was.terms ->> 'base_amount')::numeric, p.base_amount) AS base_amount,
        coalesce((was.terms ->> 'limit_price')::numeric, p.limit_price) AS limit_price,
        coalesce((was.terms ->> 'protection_price')::numeric, p.protection_price) AS protection_price,
        coalesce((was.terms ->> 'stop_price')::numeric, p.stop_price) AS stop_price,
        coalesce((was.terms ->> 'display_amount')::numeric, p.display_amount) AS display_amount,
        coalesce((was.terms ->> 'expires_at')::timestamptz, p.expires_at) AS expires_at
    FROM trading_order p
    CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(term.key, term.value -> 'before' ORDER BY e.sequence DESC) AS terms
        FROM trading_orderevent e, jsonb_each(e.detail) term
        WHERE e.order_id = p.id AND e.kind = 'AMENDED' AND jsonb_typeof(term.value) = 'object'
    ) was
    WHERE p.id = ANY(%s::uuid[])
) o
"""  # noqa: S608 - of constants

ACCOUNTS = """
SELECT a.profile_id::text, a.asset_id::text, a.id::text, p.entity_id::text
FROM settlement_ledgeraccount a JOIN accounts_profile p ON p.id = a.profile_id
WHERE a.kind = 'CLIENT' AND a.label = '' AND a.profile_id = ANY(%s::uuid[]) AND a.asset_id = ANY(%s::uuid[])
"""

PROFILES_REMEMBERED = 200_000
PROFILE = 16  # where the profile stands among the order's columns


Holder = tuple[str, str, str]


class Accounts:
    """Whose the orders are: of a profile its ledger accounts in a market's two assets, base and quote, and its entity. All three
    are for ever, so they are read once.
    """

    def __init__(self, *, base_id: str, quote_id: str) -> None:
        self._base_id, self._quote_id = base_id, quote_id
        self._known: dict[str, Holder] = {}

    def of(self, profile_ids: set[str]) -> dict[str, Holder]:
        """Of at least these profiles. Who has an order in the market has both accounts."""
        unknown = profile_ids - self._known.keys()
        if unknown:
            if len(self._known) > PROFILES_REMEMBERED:
                self._known.clear()
                unknown = profile_ids
            self._read(list(unknown))
        return self._known

    def _read(self, profile_ids: list[str]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(ACCOUNTS, [profile_ids, [self._base_id, self._quote_id]])
            rows = cursor.fetchall()
        found = {(profile, asset): account for profile, asset, account, _ in rows}
        entities = {row[0]: row[3] for row in rows}
        for profile in profile_ids:
            self._known[profile] = (
                found[profile, self._base_id],
                found[profile, self._quote_id],
                entities[profile],
            )


def lock_market(market_id: str) -> tuple[int, bool] | None:
    """The fence: locks the market's row for this transaction; answers its sequence and whether an instruction waits that goes
    first, none if there is no such market.
    """
    with connection.cursor() as cursor:
        cursor.execute(FENCE, [market_id])
        row = cursor.fetchone()
    return None if row is None else (row[0], row[4])


def read_market(market_id: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(MARKET, [market_id])
        row: tuple[Any, ...] = cursor.fetchone()
    return row


def read_fees_account(*, quote_id: str, symbol: str) -> str:
    """The firm's fee account of a market. A market cannot trade without one."""
    with connection.cursor() as cursor:
        cursor.execute(FEES_ACCOUNT, [quote_id, symbol])
        found: str = cursor.fetchone()[0]
    return found


def read_live_orders(market_id: str, units: MarketUnits, accounts: Accounts) -> list[BookOrder]:
    """The orders in the book, as it and the accounts keep them: the resting ones by priority, then those that wait."""
    lot = units.lot_size
    with connection.cursor() as cursor:
        cursor.execute(LIVE, [*_steps(units), lot, lot, lot, lot, market_id])
        rows = cursor.fetchall()
    known = accounts.of({row[PROFILE] for row in rows})
    return [_live_order(row, units, known) for row in rows]


def _live_order(row: tuple[Any, ...], units: MarketUnits, known: dict[str, Holder]) -> BookOrder:
    order = _book_order(row, units, known)
    account: OrderAccount = order.account
    (
        open_lots, order.remaining, order.priority, account.filled_lots, order.prevented, filled_quote, fee_exact, fee_charged,
        order.accepted, account.accepted_at, account.last_sequence, account.status,
    ) = row[PROFILE + 2:]  # fmt: skip
    order.hidden = open_lots - order.remaining
    order.is_dormant = account.status == DORMANT
    account.prevented_lots, account.accepted_sequence = order.prevented, order.accepted
    account.filled_quote = int(filled_quote.scaleb(units.quote_scale))
    account.fee_exact = int(fee_exact.scaleb(units.quote_scale + 6))
    account.fee_charged = int(fee_charged.scaleb(units.quote_scale))
    return order


def read_waiting_instructions(
    market_id: str, *, attempts_below: int, limit: int, but: Sequence[int] = (), are_first: bool = False
) -> list[tuple[Any, ...]]:
    """Waiting instructions in the order of their ids, without those in ``but``; or those alone that go first.

    A row is id, kind, order id, payload, instructed at (microseconds), actor, initiator, attempts; and of an amend for which the
    door took something: how much, and whose it was (profile and side).
    """
    with connection.cursor() as cursor:
        cursor.execute(WAITING_TO_GO_FIRST if are_first else ALL_WAITING, [market_id, attempts_below, list(but), limit])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def read_placed_orders(order_ids: Iterable[str], units: MarketUnits, accounts: Accounts) -> dict[str, BookOrder]:
    """The orders to place, by id."""
    return _read_orders(PLACED, order_ids, units, accounts)


def read_orders_as_taken(order_ids: Iterable[str], units: MarketUnits, accounts: Accounts) -> dict[str, BookOrder]:
    """Orders by id with the terms and the hold that they were taken with, whatever became of them since."""
    return _read_orders(AS_TAKEN, order_ids, units, accounts)


def _read_orders(
    statement: str, order_ids: Iterable[str], units: MarketUnits, accounts: Accounts
) -> dict[str, BookOrder]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [*_steps(units), list(order_ids)])
        rows = cursor.fetchall()
    known = accounts.of({row[PROFILE] for row in rows})
    return {row[0]: _book_order(row, units, known) for row in rows}


def _steps(units: MarketUnits) -> tuple[Decimal, ...]:
    tick, lot = units.tick_size, units.lot_size
    return lot, tick, tick, lot, CONTEXT.multiply(tick, lot)


def _book_order(row: tuple[Any, ...], units: MarketUnits, known: dict[str, Holder]) -> BookOrder:
    (
        order_id, is_buy, order_type, time_in_force, mode, group, display, expires_at, price, stop_price, lots, budget,
        maker_rate, taker_rate, fee_scale, held, profile_id, credential_id, *_,
    ) = row  # fmt: skip
    base_account, quote_account, entity_id = known[profile_id]
    is_market = order_type in (MARKET_ORDER, STOP_MARKET)
    return BookOrder(
        order_id=order_id,
        is_buy=is_buy,
        price=price,
        amount=lots or 0,
        remaining=lots or 0,
        is_resting_allowed=time_in_force in {"GTC", "GTT"} and not is_market,
        is_market=is_market,
        group=group,
        order_type=order_type,
        is_fill_or_kill=time_in_force == "FOK",
        mode=mode,
        budget=budget,
        stop_price=stop_price,
        display=display,
        expires_at=expires_at,
        profile=profile_id,
        entity=entity_id,
        credential=credential_id,
        account=OrderAccount(
            order_id=order_id,
            profile_id=profile_id,
            base_account=base_account,
            quote_account=quote_account,
            maker_rate=maker_rate,
            taker_rate=taker_rate,
            fee_step=10 ** (units.quote_scale - fee_scale),
            held=int(held.scaleb(units.quote_scale if is_buy else units.base_scale)),
            budget=budget,
        ),
    )


MARKETS_WAITING = """
SELECT m.id::text FROM trading_market m
WHERE EXISTS (SELECT 1 FROM trading_instruction i WHERE i.market_id = m.id AND i.status = 'PENDING' AND i.attempts < 5)
"""


def list_markets_with_waiting_instructions() -> list[str]:
    """Markets in which an instruction waits that is not parked."""
    with connection.cursor() as cursor:
        cursor.execute(MARKETS_WAITING)
        return [row[0] for row in cursor.fetchall()]
