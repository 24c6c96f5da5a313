"""Tell the ledger what the markets say that assets are worth."""

from datetime import datetime

from django.conf import settings

from settlement.operations.record_valuation_prices import PriceTold, record_valuation_prices
from trading.models import Market


def record_market_prices(*, at: datetime) -> int:
    """Keep for ``at`` the last price, else the reference, of each market quoted in the reporting asset; answers how many.

    A market that has neither says nothing.
    """
    told = []
    for market in Market.objects.filter(quote__code=settings.REPORTING_ASSET).order_by("symbol"):
        price = market.last_price or market.reference_price
        if price:
            told.append(PriceTold(market.base_id, price, f"MARKET:{market.symbol}"))
    return record_valuation_prices(prices=told, at=at)
