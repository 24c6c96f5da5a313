"""A market at a glance: the best levels of both sides and the newest trades."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum
from django.db.models.functions import Coalesce

from core.domain.refusals import NotFound
from trading.models import Market, Order, Trade
from trading.models.trade import OTHER_SIDE
from trading.queries.candles import Bar, list_newest_bars
from trading.queries.tickers import TickerView, ticker_view

LEVELS = 12
TAPE_TRADES = 50
BARS = 150


@dataclass(frozen=True, slots=True)
class Level:
    """One price of a side: what rests there and what rests there or better, in base."""

    price: Decimal
    amount: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class TapeTrade:
    """One trade of the tape; ``taker_side`` is the side that took, none in an auction."""

    id: UUID
    traded_at: datetime
    taker_side: str | None
    price: Decimal
    base_amount: Decimal


@dataclass(frozen=True, slots=True)
class MarketView:
    """A market with its ladder, tape, ticker and candles. Levels best first, trades newest first, candles oldest first."""

    market: Market
    asks: Sequence[Level]
    bids: Sequence[Level]
    trades: Sequence[TapeTrade]
    ticker: TickerView
    bars: Sequence[Bar]

    @property
    def spread(self) -> Decimal | None:
        """Best ask less best bid; None while a side is empty."""
        return self.asks[0].price - self.bids[0].price if self.asks and self.bids else None


def get_market_view(symbol: str, *, at: datetime, interval: str = "1M", bars: int = BARS) -> MarketView:
    """The market ``symbol`` as it stands, with its newest candles. Refuses an unknown one with ``NotFound``. Five statements."""
    market = Market.objects.select_related("base", "quote", "ticker").filter(symbol=symbol).first()
    if market is None:
        raise NotFound("market")
    trades = Trade.objects.filter(market=market).order_by("-sequence")[:TAPE_TRADES]
    return MarketView(
        market,
        asks=_list_levels(market, "SELL"),
        bids=_list_levels(market, "BUY"),
        trades=[
            TapeTrade(id_, at, OTHER_SIDE.get(maker or ""), price, amount)
            for id_, at, maker, price, amount in trades.values_list(
                "id", "traded_at", "maker_side", "price", "base_amount"
            )
        ],
        ticker=ticker_view(market, at=at),
        bars=list_newest_bars(market.pk, interval=interval, count=bars),
    )


def _list_levels(market: Market, side: str) -> list[Level]:
    resting = Order.objects.filter(market=market, status="OPEN", side=side).values_list("limit_price")
    best_first = resting.annotate(amount=Sum(Coalesce("displayed_base", "remaining_base"))).order_by(
        "limit_price" if side == "SELL" else "-limit_price"
    )
    levels: list[Level] = []
    total = Decimal(0)
    for price, amount in best_first[:LEVELS]:
        total += amount
        levels.append(Level(price, amount, total))
    return levels
