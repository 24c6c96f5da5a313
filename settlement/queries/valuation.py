"""What an amount is worth in the reporting asset."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings

from core.domain.decimals import CONTEXT, Rounding, quantize
from core.domain.refusals import NotFound, Refusal
from settlement.models import Asset, ValuationPrice

ONE = Decimal(1)
VALUE_SCALE = 2
"""Values are told to the hundredth: they are measures, never amounts that move."""


@dataclass(frozen=True, slots=True)
class Valued:
    """``value`` in ``settings.REPORTING_ASSET``, at two digits, by ``price`` of one unit."""

    value: Decimal
    price: Decimal


def value_of(asset_id: UUID, amount: Decimal, at: datetime) -> Valued:
    """What ``amount`` of the asset was worth at ``at``, by the newest price not after it.

    The reporting asset itself is worth one. Refuses PRICE_MISSING when there is no price of the last
    ``settings.PRICE_MAX_AGE_HOURS``: nothing is ever valued at nought for want of a price.
    """
    code = Asset.objects.filter(pk=asset_id).values_list("code", flat=True).first()
    if code is None:
        raise NotFound("asset")
    price = ONE if code == settings.REPORTING_ASSET else _newest_price(asset_id, code, at)
    return Valued(quantize(CONTEXT.multiply(amount, price), VALUE_SCALE, Rounding.HALF_EVEN), price)


def _newest_price(asset_id: UUID, code: str, at: datetime) -> Decimal:
    oldest = at - timedelta(hours=settings.PRICE_MAX_AGE_HOURS)
    price = (
        ValuationPrice.objects.filter(
            asset_id=asset_id, currency=settings.REPORTING_ASSET, event_at__lte=at, event_at__gte=oldest
        )
        .order_by("-event_at", "-source")
        .values_list("price", flat=True)
        .first()
    )
    if price is None:
        raise Refusal(
            "PRICE_MISSING",
            f"There is no price of {code} of the last {settings.PRICE_MAX_AGE_HOURS} hours.",
            meta={"asset": code, "currency": settings.REPORTING_ASSET, "max_age_hours": settings.PRICE_MAX_AGE_HOURS},
        )
    return price
