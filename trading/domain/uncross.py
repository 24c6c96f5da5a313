"""An auction ends: its pairs trade at one price."""

from __future__ import annotations

from trading.domain.auction import Pair, Rehearsal, rehearse
from trading.domain.book import Book
from trading.domain.book_order import BookOrder
from trading.domain.collars import execution_bounds
from trading.domain.event import (
    AUCTION_PRICE_OUTSIDE_BAND,
    AUCTIONED,
    CANCELLED,
    SELF_TRADE,
    UNCROSSED,
    Event,
)
from trading.domain.take import refill
from trading.domain.withdraw import withdraw


def uncross(book: Book, events: list[Event]) -> str | None:
    """Match what meets; answers the reason if the price would be outside the execution band: then nothing has happened."""
    rehearsal = rehearse(book)
    bounds = execution_bounds(book)
    clearing = rehearsal.clearing
    if clearing is not None and bounds is not None and not bounds[0] <= clearing.price <= bounds[1]:
        return AUCTION_PRICE_OUTSIDE_BAND
    for order in rehearsal.to_cancel:
        withdraw(book, order, CANCELLED, SELF_TRADE, events)
    if clearing is not None:
        book.sequence += 1
        events.append((UNCROSSED, *clearing))
        _trade(book, rehearsal, clearing.price, events)
    return None


def _trade(book: Book, rehearsal: Rehearsal, price: int, events: list[Event]) -> None:
    book.window.turn_to(book.engine_at)
    for pair in rehearsal.pairs:
        book.sequence += 2
        buy_left, sell_left = pair.buy.open_lots - pair.lots, pair.sell.open_lots - pair.lots
        events.append((AUCTIONED, pair.buy, pair.sell, price, pair.lots, buy_left, sell_left))
        _fill(book, pair.buy, pair, pair.is_buy_refilled, events)
        _fill(book, pair.sell, pair, pair.is_sell_refilled, events)
        book.window.lots += pair.lots
        book.window.notional += pair.lots * price
    book.last_price = book.fallback = price


def _fill(book: Book, order: BookOrder, pair: Pair, is_refilled: bool, events: list[Event]) -> None:
    """Take a pair's lots off an order at the front of its level."""
    level = order.level
    assert level is not None
    if order.remaining > pair.lots:
        order.remaining -= pair.lots
        level.lots -= pair.lots
    elif is_refilled:
        while level[0] is not order:
            level.popleft()
            level.dead -= 1
        level.popleft()
        level.lots -= pair.lots
        refill(book, order, level, events)
    else:
        book.lift(order)
