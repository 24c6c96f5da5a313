"""Write down what assets are worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction

from settlement.calendar import business_date_of
from settlement.models import ValuationPrice


@dataclass(frozen=True, slots=True)
class PriceTold:
    """One unit of the asset is worth ``price`` > 0 of the reporting asset, says ``source``: ``MARKET:BTC-USD``."""

    asset_id: UUID
    price: Decimal
    source: str


def record_valuation_prices(*, prices: Sequence[PriceTold], at: datetime) -> int:
    """Keep the prices as those of ``at``; answers how many were new. One that the same source told for the same instant stays."""
    with transaction.atomic():
        before = ValuationPrice.objects.filter(event_at=at).count()
        ValuationPrice.objects.bulk_create(
            [
                ValuationPrice(
                    asset_id=each.asset_id,
                    currency=settings.REPORTING_ASSET,
                    price=each.price,
                    source=each.source,
                    event_at=at,
                    business_date=business_date_of(at),
                )
                for each in prices
            ],
            ignore_conflicts=True,
        )
        return ValuationPrice.objects.filter(event_at=at).count() - before
