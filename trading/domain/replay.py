"""A market's instructions applied again: what its record has to say, if the record is true. Pure.

Rows are drawn from the engine and the accountant alone, in the decimals of the record, so that each is compared as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final, NamedTuple

from core.domain.decimals import CONTEXT, from_units
from trading.domain.accounting.accountant import Accountant
from trading.domain.accounting.rows import LIVE, EventRow, OrderAccount, Outcome, Pledge, TradeRow
from trading.domain.book import Book
from trading.domain.book_order import BookOrder
from trading.domain.engine import apply
from trading.domain.event import AMEND_REFUSED, CANCEL_REFUSED, PHASE_REFUSED, REJECTED, TIME_REACHED, Event
from trading.domain.instruction import THE_HOUSE, Instruction
from trading.domain.state_hash import StateHash
from trading.domain.units import MarketUnits

Row = tuple[Any, ...]

EVENT_FIELDS: Final = (
    "sequence", "instruction_id", "kind", "order_id", "trade_id", "before_status", "after_status", "price", "amount", "cum_base",
    "leaves_base", "last_price", "last_base", "fee", "hold_change", "reason", "detail", "phase", "best_bid", "best_bid_amount",
    "best_ask", "best_ask_amount", "event_at", "initiator", "actor_id",
)  # fmt: skip
TRADE_FIELDS: Final = (
    "sequence", "buy_order_id", "sell_order_id", "buy_profile_id", "sell_profile_id", "maker_side", "price", "base_amount",
    "quote_amount", "buyer_fee", "seller_fee", "liquidity", "traded_at",
)  # fmt: skip
ORDER_FIELDS: Final = (
    "id", "status", "done_reason", "base_amount", "price", "stop_price", "display_amount", "expires_at", "filled_base",
    "filled_quote", "fee_exact", "fee_charged", "remaining_base", "displayed_base", "prevented_base", "lapsed_base", "held",
    "accepted_sequence", "priority_sequence", "last_sequence", "accepted_at", "closed_at",
)  # fmt: skip

_REFUSING: Final = frozenset({REJECTED, AMEND_REFUSED, CANCEL_REFUSED, PHASE_REFUSED})


class Logged(NamedTuple):
    """An instruction of the log as it is to be applied again, and what the record says came of it."""

    instruction_id: int
    position: int
    actor_id: str
    initiator: str
    status: str
    refusal: str
    instruction: Instruction
    pledge: Pledge | None


class _Steps(dict[int | None, Decimal | None]):
    """Whole numbers of a step as decimals, each made once."""

    def __init__(self, step: Decimal) -> None:
        super().__init__({None: None})
        self._step = step

    def __missing__(self, number: Any) -> Decimal:
        made = self[number] = CONTEXT.multiply(number, self._step)
        return made


class Section:
    """A stretch of history as it comes out of its instructions."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.events: list[Row] = []
        # Of each instruction, its position and the sequence at which it ended.
        self.ends: list[tuple[int, int]] = []
        self.refusals: list[str] = []


class Replay:
    """A book and its accounts from the first instruction on. What a ``section`` comes to is told and then forgotten."""

    def __init__(self, *, book: Book, units: MarketUnits, fees_account: str) -> None:
        self.book = book
        self.state = StateHash(book)
        self._units, self._fees_account = units, fees_account
        self._prices, self._amounts = _Steps(units.tick_size), _Steps(units.lot_size)
        self._base, self._quote = _Steps(units.base_of(1)), _Steps(units.quote_of(1))
        self._ids = 0
        self._accountant = self._new_accountant()
        self.section = Section(self._accountant.outcome)

    def _new_accountant(self) -> Accountant:
        return Accountant(units=self._units, fees_account=self._fees_account, new_id=self._new_id)

    def _new_id(self) -> str:
        """A name in place of the id that the record has for the same thing."""
        self._ids += 1
        return f"new-{self._ids}"

    def begin_section(self) -> None:
        """Forget the rows told so far. Orders and their accounts live on in the book."""
        self._accountant = self._new_accountant()
        self.section = Section(self._accountant.outcome)

    def apply(self, logged: Logged) -> None:
        """Apply the next instruction; raises what the engine raises for one that no door lets through."""
        book, section = self.book, self.section
        best_bid, best_ask, phase, before = book.best_bid(), book.best_ask(), book.phase, book.sequence
        events: list[Event] = []
        apply(book, logged.instruction, events)
        self.state.follow(events)
        first = len(section.outcome.events)
        self._accountant.book(events, sequence=before, at=book.engine_at, pledge=logged.pledge)
        section.ends.append((book.position, book.sequence))
        section.refusals.append(str(events[-1][-1]) if events and events[-1][0] in _REFUSING else "")
        shown = (phase, *self._level(best_bid), *self._level(best_ask), book.engine_at)
        for row in section.outcome.events[first:]:
            section.events.append(self._event(row, logged, shown))

    def _level(self, level: tuple[int, int] | None) -> tuple[Decimal | None, Decimal | None]:
        return (None, None) if level is None else (self._prices[level[0]], self._amounts[level[1]])

    def _event(self, e: EventRow, logged: Logged, shown: Row) -> Row:
        prices, amounts = self._prices, self._amounts
        # Whoever's instruction it was that came when an order's time had come: he has not ended it.
        by = ("VENUE_AUTO", str(THE_HOUSE)) if e.reason == TIME_REACHED else (logged.initiator, logged.actor_id)
        return (
            e.sequence, logged.instruction_id, e.kind, e.order_id, e.trade_id, e.before_status, e.after_status,
            prices[e.price], amounts[e.amount], amounts[e.cum_lots], amounts[e.leaves_lots], prices[e.last_price],
            amounts[e.last_lots], self._quote[e.fee], (self._base if e.is_base_hold else self._quote)[e.hold_change],
            e.reason or None, e.detail, *shown, *by,
        )  # fmt: skip

    def trade(self, t: TradeRow) -> Row:
        """A trade as ``TRADE_FIELDS`` name it."""
        quote = self._quote
        liquidity = "CONTINUOUS" if t.maker_side else "AUCTION"
        return (
            t.sequence, t.buy.order_id, t.sell.order_id, t.buy.profile_id, t.sell.profile_id, t.maker_side,
            self._prices[t.price], self._amounts[t.lots], quote[t.quote], quote[t.buyer_fee], quote[t.seller_fee], liquidity,
            t.at,
        )  # fmt: skip

    def postings(self) -> dict[str, list[Row]]:
        """The section's postings by entry: source, destination, whether in base, amount."""
        found: dict[str, list[Row]] = {}
        for p in self.section.outcome.postings:
            amount = (self._base if p.is_base else self._quote)[p.units]
            found.setdefault(p.entry_id, []).append((p.source, p.destination, p.is_base, amount))
        return found

    def closed_orders(self) -> list[Row]:
        """The orders that the section brought to their end, as ``ORDER_FIELDS`` name it: they do not change any more."""
        touched = self.section.outcome.touched.values()
        return [self._order(order) for order in touched if order.account.status not in LIVE]

    def live_orders(self) -> Iterable[Row]:
        """The orders in the book."""
        for order in (*self.book.orders.values(), *self.book.dormant.values()):
            yield self._order(order)

    def _order(self, order: BookOrder) -> Row:
        account: OrderAccount = order.account
        prices, amounts, quote = self._prices, self._amounts, self._quote
        is_live = account.status in LIVE
        return (
            account.order_id, account.status, account.done_reason, amounts[order.amount if account.budget is None else None],
            prices[order.price], prices[order.stop_price], amounts[order.display], order.expires_at,
            amounts[account.filled_lots], quote[account.filled_quote],
            from_units(account.fee_exact, self._units.quote_scale + 6), quote[account.fee_charged],
            amounts[order.open_lots if is_live else 0],
            None if order.display is None else amounts[order.remaining if is_live else 0],
            amounts[account.prevented_lots], amounts[account.lapsed_lots],
            (quote if order.is_buy else self._base)[account.held],
            account.accepted_sequence, order.priority or None, account.last_sequence, account.accepted_at, account.closed_at,
        )  # fmt: skip
