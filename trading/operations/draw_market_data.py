"""What a batch leaves for those who watch: its row with the levels it changed and the checksum, and the market's ticker."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings

from core.domain.decimals import from_units
from core.ids import new_id
from trading.domain.accounting.rows import TradeRow
from trading.domain.book import Book
from trading.domain.level_text import LevelText
from trading.domain.state_hash import StateHash
from trading.domain.units import MarketUnits
from trading.domain.visible_book import BookChanges, VisibleBook
from trading.queries.market_scales import read_scales

if TYPE_CHECKING:
    from trading.operations.write_batch import Batch

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MICROSECONDS = 86_400_000_000

# One statement. A day's figures go on while the day does and begin anew with the first trade of another; a batch without
# trades has none, and leaves them as they are.
WRITE_MARKET_DATA = """
WITH kept AS (
    INSERT INTO trading_marketbatch (id, market_id, first_position, last_position, first_sequence, last_sequence, recorded_at,
        levels, checksum, state_hash)
    VALUES (%(id)s, %(market)s, %(first_position)s, %(last_position)s, %(first_sequence)s, %(sequence)s, %(at)s, %(levels)s,
        %(checksum)s, %(state_hash)s)
)
INSERT INTO trading_ticker AS t (market_id, best_bid, best_bid_size, best_ask, best_ask_size, last_price, last_size,
    last_traded_at, reference_price, day, day_open, day_high, day_low, day_base_volume, day_quote_volume, sequence, updated_at)
VALUES (%(market)s, %(best_bid)s, %(best_bid_size)s, %(best_ask)s, %(best_ask_size)s, %(last_price)s, %(last_size)s,
    %(last_traded_at)s, %(reference)s, %(day)s, %(open)s, %(high)s, %(low)s, %(base)s, %(quote)s, %(sequence)s, %(at)s)
ON CONFLICT (market_id) DO UPDATE SET
    best_bid = excluded.best_bid, best_bid_size = excluded.best_bid_size, best_ask = excluded.best_ask,
    best_ask_size = excluded.best_ask_size, last_price = coalesce(excluded.last_price, t.last_price),
    last_size = coalesce(excluded.last_size, t.last_size),
    last_traded_at = coalesce(excluded.last_traded_at, t.last_traded_at), reference_price = excluded.reference_price,
    day = coalesce(excluded.day, t.day),
    day_open = CASE WHEN excluded.day > t.day OR t.day IS NULL THEN excluded.day_open ELSE t.day_open END,
    day_high = CASE WHEN excluded.day > t.day THEN excluded.day_high ELSE greatest(t.day_high, excluded.day_high) END,
    day_low = CASE WHEN excluded.day > t.day THEN excluded.day_low ELSE least(t.day_low, excluded.day_low) END,
    day_base_volume = CASE WHEN excluded.day > t.day OR t.day IS NULL THEN excluded.day_base_volume
        ELSE t.day_base_volume + coalesce(excluded.day_base_volume, 0) END,
    day_quote_volume = CASE WHEN excluded.day > t.day OR t.day IS NULL THEN excluded.day_quote_volume
        ELSE t.day_quote_volume + coalesce(excluded.day_quote_volume, 0) END,
    sequence = excluded.sequence, updated_at = excluded.updated_at
"""


@dataclass(slots=True)
class MarketWatch:
    """What the matcher keeps of a market between batches to tell what changed: the levels last told, how they are written, and
    the hash of all that the book knows.
    """

    visible: VisibleBook
    state: StateHash
    text: LevelText

    @classmethod
    def of(cls, market_id: str, book: Book, units: MarketUnits) -> "MarketWatch":
        """Begin with the book as it stands. Reads the market's scales."""
        price_scale, amount_scale = read_scales(market_id)
        text = LevelText.of(
            tick_size=units.tick_size, lot_size=units.lot_size, price_scale=price_scale, amount_scale=amount_scale
        )
        return cls(VisibleBook(book), StateHash(book), text)


def draw_market_data(*, batch: "Batch", book: Book, watch: MarketWatch, at: datetime) -> dict[str, Any]:
    """The values of ``WRITE_MARKET_DATA``: the batch's row and the ticker. Asks the database nothing."""
    text = watch.text
    changes = watch.visible.follow(book, batch.outcome.touched.values())
    watch.state.touch(batch.outcome.touched)
    # What the bands are measured from: see trading.domain.collars.
    average = book.window.average(book.parameters.tick)
    reference = book.fallback if average is None else average
    values: dict[str, Any] = {
        "id": new_id(),
        "market": batch.market_id,
        "first_position": batch.first_position,
        "last_position": book.position,
        "first_sequence": batch.first_sequence,
        "sequence": book.sequence,
        "at": at,
        "levels": _write_levels(changes, text),
        "checksum": watch.visible.checksum(units_per_tick=text.units_per_tick, units_per_lot=text.units_per_lot),
        "state_hash": watch.state.value(),
        "reference": None if reference is None else batch.units.price_of(reference),
    }
    for side, best in (("best_bid", book.best_bid()), ("best_ask", book.best_ask())):
        values[side] = None if best is None else batch.units.price_of(best[0])
        values[f"{side}_size"] = None if best is None else batch.units.amount_of(best[1])
    return values | _describe_trades(batch.outcome.trades, batch.units)


def _write_levels(changes: BookChanges, text: LevelText) -> str | None:
    if changes.total > settings.BATCH_LEVELS_KEPT:
        return None
    levels = {"asks": text.levels(changes.asks), "bids": text.levels(changes.bids)}
    return json.dumps(levels, separators=(",", ":"))


def _describe_trades(trades: list[TradeRow], units: MarketUnits) -> dict[str, Any]:
    """The last trade, and the figures of its day as far as this batch goes."""
    names = ("last_price", "last_size", "last_traded_at", "day", "open", "high", "low", "base", "quote")
    if not trades:
        return dict.fromkeys(names)
    last = trades[-1]
    begins = last.at - last.at % DAY_MICROSECONDS
    # Engine time never runs back: the day's trades are the last ones.
    todays = trades if trades[0].at >= begins else [trade for trade in trades if trade.at >= begins]
    prices = [trade.price for trade in todays]
    figures: tuple[Decimal | datetime | date, ...] = (
        units.price_of(last.price),
        units.amount_of(last.lots),
        EPOCH + timedelta(microseconds=last.at),
        (EPOCH + timedelta(microseconds=begins)).date(),
        units.price_of(prices[0]),
        units.price_of(max(prices)),
        units.price_of(min(prices)),
        units.amount_of(sum(trade.lots for trade in todays)),
        from_units(sum(trade.quote for trade in todays), units.quote_scale),
    )
    return dict(zip(names, figures, strict=True))
