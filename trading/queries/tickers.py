"""A market in one row, for whoever asks."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from core.domain.decimals import at_scale
from core.domain.refusals import NotFound
from trading.models import Market, Ticker
from trading.models.ticker import DAY_FIGURES


@dataclass(frozen=True, slots=True)
class TickerView:
    """Prices at the market's price scale, sizes at its amount scale, last size and volumes at the assets' scales.

    ``day_...`` are of the UTC day ``day``: none, and a volume of 0, where nothing was traded in it.
    """

    market: str
    phase: str
    sequence: int
    best_bid: Decimal | None
    best_bid_size: Decimal | None
    best_ask: Decimal | None
    best_ask_size: Decimal | None
    last_price: Decimal | None
    last_size: Decimal | None
    last_traded_at: datetime | None
    reference_price: Decimal | None
    day: date
    day_open: Decimal | None
    day_high: Decimal | None
    day_low: Decimal | None
    day_base_volume: Decimal
    day_quote_volume: Decimal


def get_ticker(*, symbol: str, at: datetime) -> TickerView:
    """The ticker of ``symbol``; the day's figures are those of the day of ``at``. Refuses an unknown market with ``NotFound``."""
    rows = Market.objects.select_related("base", "quote", "ticker").filter(symbol=symbol)
    market = rows.first()
    if market is None:
        raise NotFound("market")
    return ticker_view(market, at=at)


def ticker_view(market: Market, *, at: datetime) -> TickerView:
    """The ticker of a row that came with its assets and its ticker; a market without a batch yet has an empty one."""
    row = getattr(market, "ticker", None) or Ticker(market=market, sequence=market.sequence)
    day = at.astimezone(UTC).date()
    if row.day != day:
        for name in DAY_FIGURES:
            setattr(row, name, None)
    price, amount, base, quote = market.price_scale, market.amount_scale, market.base.scale, market.quote.scale
    return TickerView(
        market=market.symbol,
        phase=market.phase,
        sequence=row.sequence,
        best_bid=_scaled(row.best_bid, price),
        best_bid_size=_scaled(row.best_bid_size, amount),
        best_ask=_scaled(row.best_ask, price),
        best_ask_size=_scaled(row.best_ask_size, amount),
        last_price=_scaled(row.last_price, price),
        last_size=_scaled(row.last_size, base),
        last_traded_at=row.last_traded_at,
        reference_price=_scaled(row.reference_price, price),
        day=day,
        day_open=_scaled(row.day_open, price),
        day_high=_scaled(row.day_high, price),
        day_low=_scaled(row.day_low, price),
        day_base_volume=at_scale(row.day_base_volume or Decimal(0), base),
        day_quote_volume=at_scale(row.day_quote_volume or Decimal(0), quote),
    )


def _scaled(value: Decimal | None, scale: int) -> Decimal | None:
    return None if value is None else at_scale(value, scale)
