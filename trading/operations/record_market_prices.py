"""Tell the ledger what the markets say that assets are worth."""

from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from core.domain.decimals import plain_text
from core.ids import first_id_at
from core.operations.record_audit import SYSTEM, record_audit
from settlement.operations.record_valuation_prices import PriceTold, record_valuation_prices
from settlement.queries.valuation import newest_price
from trading.domain.valuing import average_price, enough_of, is_jump
from trading.models import Market, Trade

log = structlog.get_logger()
# Of a thin market so many of its newest trades are looked at, and none that is older.
MOST_TRADES, OLDEST = 1_000, timedelta(hours=24)


def record_market_prices(*, at: datetime) -> int:
    """Keep for ``at`` what each market quoted in the reporting asset says; answers how many prices.

    That is the average of what was traded in the last ``VALUATION_WINDOW_SECONDS``, by volume; of a thin market that of the
    newest trades of a day which come to ``VALUATION_LEAST_VOLUME`` of the reporting asset, else its reference. A market that
    has none says nothing. What differs from the price before by more than ``VALUATION_JUMP_PERCENT`` is not kept: the old
    price stays, it stands in the log as an error and in the record, and a person says what is right (VALUATION_PRICE).
    """
    told = []
    with transaction.atomic():
        for market in Market.objects.filter(quote__code=settings.REPORTING_ASSET).order_by("symbol"):
            price = _price_of(market, at)
            if price and not _is_refused(market, price, at):
                told.append(PriceTold(market.base_id, price, f"MARKET:{market.symbol}"))
        return record_valuation_prices(prices=told, at=at)


def _price_of(market: Market, at: datetime) -> Decimal | None:
    least = Decimal(settings.VALUATION_LEAST_VOLUME)
    trades = Trade.objects.filter(market=market, traded_at__lte=at).exclude(status__in=("BUSTED", "CORRECTED"))
    since = at - timedelta(seconds=settings.VALUATION_WINDOW_SECONDS)
    # A trade gets its id when it is made or later: the key finds what is new.
    recent = trades.filter(pk__gte=first_id_at(since), traded_at__gt=since)
    summed = recent.aggregate(base=Sum("base_amount"), quote=Sum("quote_amount"))
    if summed["base"] and (price := average_price([(summed["base"], summed["quote"])], least_volume=least)):
        return price
    newest = trades.filter(traded_at__gt=at - OLDEST).order_by("-sequence").values_list("base_amount", "quote_amount")
    return (
        average_price(enough_of(newest[:MOST_TRADES], least_volume=least), least_volume=least) or market.reference_price
    )


def _is_refused(market: Market, price: Decimal, at: datetime) -> bool:
    before = newest_price(market.base_id, at)
    if before is None or not is_jump(price, before.price, most_percent=Decimal(settings.VALUATION_JUMP_PERCENT)):
        return False
    log.error("valuation price jumps", market=market.symbol, before=plain_text(before.price), price=plain_text(price))
    record_audit(
        actor=SYSTEM,
        action="settlement.valuation_price.refuse",
        object_type="settlement.valuation_price",
        object_id=before.pk,
        at=at,
        changes=[{"field": f"MARKET:{market.symbol}", "before": plain_text(before.price), "after": plain_text(price)}],
        reason=f"further than {settings.VALUATION_JUMP_PERCENT} % from the price before, which stays",
    )
    return True
