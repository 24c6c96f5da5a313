"""What a market's auction would come to, as of its last batch."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.domain.decimals import at_scale
from trading.models import Market, MarketSession
from trading.queries.markets import get_market_row


@dataclass(frozen=True, slots=True)
class AuctionFigures:
    """Price at the market's price scale, amounts at its amount scale; ``ends_at`` is none where nobody has said it."""

    market: str
    phase: str
    sequence: int
    indicative_price: Decimal | None
    indicative_volume: Decimal | None
    imbalance: Decimal | None
    ends_at: datetime | None


def get_auction(*, symbol: str) -> AuctionFigures:
    """The figures of the market ``symbol``. Refuses an unknown one with ``NotFound``."""
    market = get_market_row(symbol=symbol)
    return AuctionFigures(
        market=market.symbol,
        phase=market.phase,
        sequence=market.sequence,
        indicative_price=_scaled(market.auction_price, market.price_scale),
        indicative_volume=_scaled(market.auction_volume, market.base.scale),
        imbalance=_scaled(market.auction_imbalance, market.base.scale),
        ends_at=_end(market),
    )


def _end(market: Market) -> datetime | None:
    if market.phase != Market.Phase.AUCTION:
        return None
    running = MarketSession.objects.filter(market=market, phase="AUCTION", status="RUNNING").order_by("-starts_at")
    session = running.first()
    return None if session is None else session.ends_at


def _scaled(value: Decimal | None, scale: int) -> Decimal | None:
    return None if value is None else at_scale(value, scale)
