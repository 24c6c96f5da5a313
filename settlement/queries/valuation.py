"""What an amount is worth in the reporting asset."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings

from core.domain.decimals import CONTEXT, LIMIT, Rounding, quantize
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
    price = ONE if code == settings.REPORTING_ASSET else _price_at(asset_id, code, at)
    return Valued(quantize(CONTEXT.multiply(amount, price), VALUE_SCALE, Rounding.HALF_EVEN), price)


def find_value(asset_id: UUID, amount: Decimal, at: datetime) -> Valued | None:
    """Like ``value_of``, and none where there is no fresh price, or it is worth more than can be written down (1e20).

    Whoever decides by it takes none for much: what cannot be measured is never taken for little.
    """
    try:
        valued = value_of(asset_id, amount, at)
    except Refusal as refusal:
        if refusal.code != "PRICE_MISSING":
            raise
        return None
    return valued if valued.value < LIMIT else None


def _price_at(asset_id: UUID, code: str, at: datetime) -> Decimal:
    told = newest_price(asset_id, at)
    if told is None or told.event_at < at - timedelta(hours=settings.PRICE_MAX_AGE_HOURS):
        raise Refusal(
            "PRICE_MISSING",
            f"There is no price of {code} of the last {settings.PRICE_MAX_AGE_HOURS} hours.",
            meta={"asset": code, "currency": settings.REPORTING_ASSET, "max_age_hours": settings.PRICE_MAX_AGE_HOURS},
        )
    return told.price


def newest_price(asset_id: UUID | str, at: datetime) -> ValuationPrice | None:
    """The newest price of the asset not after ``at``, however old; none where nobody ever told one."""
    told = ValuationPrice.objects.filter(asset_id=asset_id, currency=settings.REPORTING_ASSET, event_at__lte=at)
    return told.order_by("-event_at", "-source").first()


def list_newest_prices(at: datetime) -> list[tuple[Asset, ValuationPrice | None]]:
    """Each asset that is not retired, but the reporting one, with its newest price. Two statements."""
    told = ValuationPrice.objects.filter(currency=settings.REPORTING_ASSET, event_at__lte=at)
    newest = {each.asset_id: each for each in told.order_by("asset_id", "-event_at", "-source").distinct("asset_id")}
    assets = Asset.objects.exclude(code=settings.REPORTING_ASSET).exclude(status=Asset.Status.RETIRED).order_by("code")
    return [(asset, newest.get(asset.pk)) for asset in assets]
