"""A market in one row."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.fields import amount_field, within, within_or_null
from trading.models.market import Market

DAY_FIGURES = ("day_open", "day_high", "day_low", "day_base_volume", "day_quote_volume")


def _all_or_none(*names: str) -> Q:
    """All of these amounts are there and more than nothing, or none is."""
    amounts = Q()
    for name in names:
        amounts &= Q(**{f"{name}__isnull": False, f"{name}__gt": 0}) & within(name)
    return amounts | Q(**{f"{name}__isnull": True for name in names})


class Ticker(models.Model):
    """The market as of ``sequence``, written by each batch of the matcher: best prices, last trade, and the figures of one day.

    Prices are in quote for one base; sizes and base volume in base, displayed amounts only. ``day`` is the UTC day of the last
    trade, and the day's figures are that day's: on another day there has been no trade yet. ``reference_price`` is what the
    market's bands are measured from. None where there is nothing.
    """

    market = models.OneToOneField(Market, primary_key=True, on_delete=models.PROTECT, related_name="ticker")
    best_bid = amount_field(null=True)
    best_bid_size = amount_field(null=True)
    best_ask = amount_field(null=True)
    best_ask_size = amount_field(null=True)
    last_price = amount_field(null=True)
    last_size = amount_field(null=True)
    last_traded_at = models.DateTimeField(null=True)
    reference_price = amount_field(null=True)
    day = models.DateField(null=True)
    day_open = amount_field(null=True)
    day_high = amount_field(null=True)
    day_low = amount_field(null=True)
    day_base_volume = amount_field(null=True)
    day_quote_volume = amount_field(null=True)
    sequence = models.BigIntegerField()
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(name="ticker_bid_is_whole", condition=_all_or_none("best_bid", "best_bid_size")),
            models.CheckConstraint(name="ticker_ask_is_whole", condition=_all_or_none("best_ask", "best_ask_size")),
            models.CheckConstraint(
                name="ticker_last_trade_is_whole",
                condition=_all_or_none("last_price", "last_size")
                & (
                    Q(last_price__isnull=False, last_traded_at__isnull=False)
                    | Q(last_price__isnull=True, last_traded_at__isnull=True)
                ),
            ),
            models.CheckConstraint(name="ticker_reference_is_finite", condition=within_or_null("reference_price")),
            models.CheckConstraint(
                name="ticker_day_is_whole",
                condition=_all_or_none(*DAY_FIGURES)
                & (
                    Q(day__isnull=True, day_open__isnull=True)
                    | Q(day__isnull=False, day_open__isnull=False)
                    & Q(day_low__lte=F("day_open"), day_open__lte=F("day_high"))
                ),
            ),
        ]
