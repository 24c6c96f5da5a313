"""What a market's trades came to in a span of time."""

from django.db import models
from django.db.models import F, Q

from core.fields import amount_field, within
from trading.models.market import Market


class Candle(models.Model):
    """First, highest, lowest and last price, volumes and count of the trades from ``opens_at`` on, for one ``interval``.

    Made of trades that stand, by engine time (``traded_at``) and in the order of sequence; a span without any has no candle. So
    it can be made anew at any time and is the same: ``manage.py rebuild_candles``. ``last_sequence`` is that of its last trade.
    Prices are in quote for one base.
    """

    is_queue = True

    class Interval(models.TextChoices):
        M1 = "1M"
        M5 = "5M"
        M15 = "15M"
        H1 = "1H"
        D1 = "1D"

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="candles", db_index=False)
    interval = models.CharField(max_length=3, choices=Interval)
    opens_at = models.DateTimeField()
    open = amount_field()
    high = amount_field()
    low = amount_field()
    close = amount_field()
    base_volume = amount_field()
    quote_volume = amount_field()
    trade_count = models.BigIntegerField()
    last_sequence = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["market", "interval", "opens_at"], name="candle_is_unique"),
            models.CheckConstraint(
                name="candle_interval_is_known", condition=Q(interval__in=["1M", "5M", "15M", "1H", "1D"])
            ),
            models.CheckConstraint(
                name="candle_is_between_low_and_high",
                condition=Q(
                    low__gt=0, low__lte=F("open"), open__lte=F("high"), close__gte=F("low"), close__lte=F("high")
                )
                & within("high"),
            ),
            models.CheckConstraint(
                name="candle_is_of_trades",
                condition=Q(trade_count__gt=0, last_sequence__gt=0, base_volume__gt=0)
                & within("base_volume")
                & within("quote_volume"),
            ),
        ]


class CandleCursor(models.Model):
    """How far a market's history has gone into its candles: all of it up to ``sequence``. Who moves it locks it.

    ``traded_until`` is the latest engine time among those trades: a trade with an earlier one comes late.
    """

    market = models.OneToOneField(Market, primary_key=True, on_delete=models.PROTECT, related_name="candle_cursor")
    sequence = models.BigIntegerField(default=0)
    traded_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(name="candle_cursor_is_a_place", condition=Q(sequence__gte=0))]
