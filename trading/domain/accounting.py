"""From what the engine says to what the books say: fees, holds, postings and the rows of history. Pure, in whole numbers.

The engine decides who trades with whom; this stage decides what it costs and which amounts move. Base amounts in base units,
quote amounts in quote units (see ``trading.domain.units``), prices in ticks, amounts of orders in lots.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from core.domain.decimals import plain_text
from trading.domain import event as ev
from trading.domain.book_order import BookOrder
from trading.domain.charging import charge_of_fill, hold_of_buy
from trading.domain.event import Event
from trading.domain.units import MarketUnits

PENDING, OPEN, FILLED, CANCELLED, EXPIRED, REJECTED = (
    "PENDING", "OPEN", "FILLED", "CANCELLED", "EXPIRED", "REJECTED",
)  # fmt: skip


@dataclass(slots=True, eq=False)
class OrderAccount:
    """The money side of an order: what it has traded, paid and reserved so far. Lives in ``BookOrder.account``."""

    order_id: str
    profile_id: str
    base_account: str
    quote_account: str
    maker_rate: int
    taker_rate: int
    fee_step: int
    held: int
    filled_lots: int = 0
    filled_quote: int = 0
    fee_exact: int = 0
    fee_charged: int = 0
    lapsed_lots: int = 0
    status: str = PENDING
    done_reason: str = ""
    accepted_sequence: int | None = None
    accepted_at: int | None = None
    last_sequence: int = 0
    closed_at: int | None = None


class EventRow(NamedTuple):
    """One event with everything that cannot be read later; see ``trading.models.OrderEvent``."""

    sequence: int
    kind: str
    order_id: str | None
    trade_id: str | None
    before_status: str | None
    after_status: str | None
    price: int | None
    amount: int | None
    cum_lots: int | None
    leaves_lots: int | None
    last_price: int | None
    last_lots: int | None
    fee: int | None
    hold_change: int
    is_base_hold: bool
    reason: str | None
    detail: dict[str, str] | None


class TradeRow(NamedTuple):
    """One trade with its fees in quote units; ``at`` is engine time in microseconds."""

    trade_id: str
    entry_id: str
    sequence: int
    buy: OrderAccount
    sell: OrderAccount
    maker_side: str
    price: int
    lots: int
    quote: int
    buyer_fee: int
    seller_fee: int
    at: int


class PostingRow(NamedTuple):
    """Moves ``units`` of the base or the quote asset from one ledger account to another."""

    entry_id: str
    source: str
    destination: str
    is_base: bool
    units: int


@dataclass(slots=True)
class Outcome:
    """All that one batch changes: new rows, touched orders, and the sums per ledger account (balance and held)."""

    events: list[EventRow] = field(default_factory=list)
    trades: list[TradeRow] = field(default_factory=list)
    postings: list[PostingRow] = field(default_factory=list)
    touched: dict[str, BookOrder] = field(default_factory=dict)
    base_balances: dict[str, int] = field(default_factory=dict)
    quote_balances: dict[str, int] = field(default_factory=dict)
    base_holds: dict[str, int] = field(default_factory=dict)
    quote_holds: dict[str, int] = field(default_factory=dict)


class Accountant:
    """Follows a market's events and books them into an ``Outcome``.

    ``new_id`` gives the ids of trades and entries (the domain has no source of its own).
    """

    def __init__(self, *, units: MarketUnits, fees_account: str, new_id: Callable[[], str]) -> None:
        self.units = units
        self.fees_account = fees_account
        self.new_id = new_id
        self.outcome = Outcome()
        self._at = 0
        self._booking: dict[str, Callable[[Any, int], int]] = {
            ev.ACCEPTED: self._accepted,
            ev.REJECTED: self._rejected,
            ev.TRADED: self._traded,
            ev.REFILLED: self._refilled,
            ev.PREVENTED: self._prevented,
            ev.RESTED: self._rested,
            ev.EXPIRED: self._ended,
            ev.CANCELLED: self._ended,
            ev.CANCEL_REFUSED: self._cancel_refused,
            ev.PHASE_CHANGED: self._phase,
            ev.PHASE_REFUSED: self._phase,
            ev.REFERENCE_SET: self._reference,
        }

    def book(self, events: Iterable[Event], *, sequence: int, at: int) -> int:
        """Book the events of one instruction, the first of which has number ``sequence + 1``; answers the last number."""
        self._at = at
        for event in events:
            sequence = self._booking[event[0]](event, sequence)
        return sequence

    def _touch(self, order: BookOrder, sequence: int) -> OrderAccount:
        account: OrderAccount = order.account
        account.last_sequence = sequence
        self.outcome.touched[account.order_id] = order
        return account

    def _accepted(self, event: ev.Accepted, sequence: int) -> int:
        order = event[1]
        account = self._touch(order, sequence + 1)
        account.status = OPEN
        account.accepted_sequence = sequence + 1
        account.accepted_at = self._at
        self._row(sequence + 1, event[0], order, before=PENDING, price=order.price, leaves=order.amount)
        return sequence + 1

    def _rejected(self, event: ev.Rejected, sequence: int) -> int:
        _, order, reason = event
        self._end(order, sequence + 1, status=REJECTED, reason=reason, lapsed=order.amount)
        return sequence + 1

    def _rested(self, event: ev.Rested, sequence: int) -> int:
        _, order, remaining = event
        self._touch(order, sequence + 1)
        self._row(sequence + 1, event[0], order, before=OPEN, price=order.price, leaves=remaining)
        return sequence + 1

    def _refilled(self, event: ev.Refilled, sequence: int) -> int:
        _, order, displayed = event
        account = self._touch(order, sequence + 1)
        self._row(
            sequence + 1,
            event[0],
            order,
            before=OPEN,
            leaves=order.amount - account.filled_lots,
            detail={"displayed_amount": plain_text(self.units.amount_of(displayed))},
        )
        return sequence + 1

    def _ended(self, event: ev.Expired | ev.Cancelled, sequence: int) -> int:
        kind, order, reason, lapsed = event
        self._end(order, sequence + 1, status=kind, reason=reason, lapsed=lapsed)
        return sequence + 1

    def _end(self, order: BookOrder, sequence: int, *, status: str, reason: str, lapsed: int) -> None:
        account = self._touch(order, sequence)
        before = account.status
        account.status = status
        account.done_reason = reason
        account.lapsed_lots += lapsed
        account.closed_at = self._at
        change = self._hold(order, 0)
        self._row(sequence, status, order, before=before, leaves=0, hold_change=change, reason=reason)

    def _prevented(self, event: ev.Prevented, sequence: int) -> int:
        _, taker, maker, lots = event
        account = self._touch(taker, sequence + 1)
        detail = {
            "maker_order_id": str(maker.order_id),
            "prevented_amount": format(self.units.amount_of(lots), "f"),
        }
        self._row(
            sequence + 1,
            event[0],
            taker,
            before=OPEN,
            leaves=taker.amount - account.filled_lots,
            detail=detail,
        )
        return sequence + 1

    def _cancel_refused(self, event: ev.CancelRefused, sequence: int) -> int:
        kind, order_id, reason = event
        self.outcome.events.append(
            EventRow(sequence + 1, kind, str(order_id), None, None, None, None, None, None, None, None, None, None, 0,
                     True, reason, None)
        )  # fmt: skip
        return sequence + 1

    def _phase(self, event: ev.PhaseChanged | ev.PhaseRefused, sequence: int) -> int:
        kind, old, new, reason = event
        self._market_row(sequence + 1, kind, reason=reason, detail={"old": old, "new": new})
        return sequence + 1

    def _reference(self, event: ev.ReferenceSet, sequence: int) -> int:
        self._market_row(sequence + 1, event[0], price=event[1])
        return sequence + 1

    def _market_row(
        self, sequence: int, kind: str, *, price: int | None = None, reason: str | None = None,
        detail: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.outcome.events.append(
            EventRow(sequence, kind, None, None, None, None, price, None, None, None, None, None, None, 0, True,
                     reason, detail)
        )  # fmt: skip

    def _traded(self, event: ev.Traded, sequence: int) -> int:
        _, maker, taker, price, lots, maker_remaining, taker_remaining = event
        notional = price * lots * self.units.tick_lot_quote
        trade_id, entry_id = self.new_id(), self.new_id()
        maker_fee = self._fill(maker, sequence + 1, maker_remaining, price, lots, notional, trade_id, is_maker=True)
        taker_fee = self._fill(taker, sequence + 2, taker_remaining, price, lots, notional, trade_id, is_maker=False)
        buy, sell = (maker.account, taker.account) if maker.is_buy else (taker.account, maker.account)
        buyer_fee, seller_fee = (maker_fee, taker_fee) if maker.is_buy else (taker_fee, maker_fee)
        self.outcome.trades.append(
            TradeRow(trade_id, entry_id, sequence + 1, buy, sell, "BUY" if maker.is_buy else "SELL", price, lots,
                     notional, buyer_fee, seller_fee, self._at)
        )  # fmt: skip
        self._move(entry_id, sell.base_account, buy.base_account, lots * self.units.lot_base, is_base=True)
        self._move(entry_id, buy.quote_account, sell.quote_account, notional, is_base=False)
        self._post_fee(entry_id, buy.quote_account, buyer_fee)
        self._post_fee(entry_id, sell.quote_account, seller_fee)
        return sequence + 2

    def _fill(  # noqa: PLR0913 - one fill has this many facts, and a tuple for them would cost as much as the fill
        self, order: BookOrder, sequence: int, remaining: int, price: int, lots: int, notional: int, trade_id: str,
        *, is_maker: bool,
    ) -> int:  # fmt: skip
        account = self._touch(order, sequence)
        account.filled_lots += lots
        account.filled_quote += notional
        account.fee_exact += notional * (account.maker_rate if is_maker else account.taker_rate)
        fee = charge_of_fill(
            exact_after=account.fee_exact,
            charged=account.fee_charged,
            notional=notional,
            fee_step=account.fee_step,
        )
        account.fee_charged += fee
        change = self._hold(order, remaining)
        if remaining == 0:
            account.status = FILLED
            account.closed_at = self._at
        self.outcome.events.append(
            EventRow(sequence, ev.TRADED, account.order_id, trade_id, OPEN, account.status, order.price, order.amount,
                     account.filled_lots, remaining, price, lots, fee, change, not order.is_buy, None, None)
        )  # fmt: skip
        return fee

    def _hold(self, order: BookOrder, remaining: int) -> int:
        """Reserve again for what is still to trade; answers the signed change, in units of the hold's asset."""
        account: OrderAccount = order.account
        if remaining == 0:
            after = 0
        elif order.is_buy:
            after = hold_of_buy(
                notional=remaining * order.price * self.units.tick_lot_quote,
                exact=account.fee_exact,
                charged=account.fee_charged,
                rate=max(account.maker_rate, account.taker_rate, 0),
                fee_step=account.fee_step,
            )
        else:
            after = remaining * self.units.lot_base
        change = after - account.held
        if change:
            account.held = after
            holds, key = (
                (self.outcome.quote_holds, account.quote_account)
                if order.is_buy
                else (self.outcome.base_holds, account.base_account)
            )
            holds[key] = holds.get(key, 0) + change
        return change

    def _post_fee(self, entry_id: str, account: str, fee: int) -> None:
        if fee > 0:
            self._move(entry_id, account, self.fees_account, fee, is_base=False)
        elif fee < 0:
            self._move(entry_id, self.fees_account, account, -fee, is_base=False)

    def _move(self, entry_id: str, source: str, destination: str, units: int, *, is_base: bool) -> None:
        balances = self.outcome.base_balances if is_base else self.outcome.quote_balances
        balances[source] = balances.get(source, 0) - units
        balances[destination] = balances.get(destination, 0) + units
        self.outcome.postings.append(PostingRow(entry_id, source, destination, is_base, units))

    def _row(  # noqa: PLR0913 - one row has this many facts
        self, sequence: int, kind: str, order: BookOrder, *, before: str, leaves: int, price: int | None = None,
        hold_change: int = 0, reason: str | None = None, detail: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        account: OrderAccount = order.account
        self.outcome.events.append(
            EventRow(sequence, kind, account.order_id, None, before, account.status, price or order.price, order.amount,
                     account.filled_lots, leaves, None, None, None, hold_change, not order.is_buy, reason, detail)
        )  # fmt: skip
