"""Where two assets are exchanged."""

from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.fields import amount_field, rate_field, signed_within, within, within_or_null
from core.ids import new_id
from settlement.models import Asset
from trading.models.fee_schedule import FeeSchedule

PHASES = ["CLOSED", "AUCTION", "OPEN", "POST_ONLY", "CANCEL_ONLY", "HALTED"]


class Market(models.Model):
    """One order book, ``BASE-QUOTE``, with its terms, and how far its history has come.

    The book counts prices in ticks of ``tick_size`` and amounts in lots of ``lot_size``, for ever; what is asked for has to be
    a multiple of ``tick_step`` ticks and ``lot_step`` lots, which may change. Tick x lot is a whole multiple of the quote asset's
    smallest unit, so that no trade is ever rounded (``market_notional_is_exact``, a trigger). ``sequence`` numbers the market's
    events and ``position`` its applied instructions; both are moved by the matcher alone, under this row's lock: the fence. So
    are the phase, the bands and the steps, and what the running auction would come to (null while none runs, or nothing meets).
    ``book_facts`` is what the book keeps besides its orders, as of ``sequence``: see ``trading.domain.book_facts``. Those
    that it began with are ``listed_facts``: history is replayed from there.
    """

    class Phase(models.TextChoices):
        CLOSED = "CLOSED"
        AUCTION = "AUCTION"
        OPEN = "OPEN"
        POST_ONLY = "POST_ONLY"
        CANCEL_ONLY = "CANCEL_ONLY"
        HALTED = "HALTED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    symbol = models.CharField(max_length=33)
    base = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    quote = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    fee_schedule = models.ForeignKey(FeeSchedule, on_delete=models.PROTECT, related_name="markets")
    tick_size = amount_field()
    lot_size = amount_field()
    price_scale = models.SmallIntegerField()
    amount_scale = models.SmallIntegerField()
    min_amount = amount_field()
    max_amount = amount_field()
    min_notional = amount_field()
    max_notional = amount_field()
    entry_band = rate_field(default=Decimal("0.05"))
    execution_band = rate_field(default=Decimal("0.02"))
    tick_step = models.IntegerField(default=1)
    lot_step = models.IntegerField(default=1)
    phase = models.CharField(max_length=11, choices=Phase, default=Phase.OPEN)
    sequence = models.BigIntegerField(default=0)
    position = models.BigIntegerField(default=0)
    engine_at = models.DateTimeField(null=True)
    reference_price = amount_field(null=True)
    last_price = amount_field(null=True)
    book_facts = models.JSONField(default=dict)
    listed_facts = models.JSONField(default=dict)
    auction_price = amount_field(null=True)
    auction_volume = amount_field(null=True)
    auction_imbalance = amount_field(null=True)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["symbol"], name="market_symbol_is_unique"),
            models.CheckConstraint(
                name="market_symbol_is_base_and_quote",
                condition=Q(symbol__regex=r"^[A-Z0-9]{2,16}-[A-Z0-9]{2,16}$"),
            ),
            models.CheckConstraint(name="market_assets_differ", condition=~Q(base=F("quote"))),
            models.CheckConstraint(
                name="market_steps_are_positive",
                condition=Q(tick_size__gt=0, lot_size__gt=0) & within("tick_size") & within("lot_size"),
            ),
            models.CheckConstraint(
                name="market_bounds_are_ordered",
                condition=Q(min_amount__gt=0, max_amount__gte=F("min_amount"), max_notional__gte=F("min_notional"))
                & within("max_amount")
                & within("min_notional")
                & within("max_notional"),
            ),
            models.CheckConstraint(
                name="market_prices_are_finite",
                condition=within_or_null("reference_price")
                & within_or_null("last_price")
                & within_or_null("auction_price")
                & within_or_null("auction_volume")
                & (Q(auction_imbalance__isnull=True) | signed_within("auction_imbalance")),
            ),
            models.CheckConstraint(name="market_phase_is_known", condition=Q(phase__in=PHASES)),
            models.CheckConstraint(name="market_history_runs_forward", condition=Q(sequence__gte=0, position__gte=0)),
            models.CheckConstraint(
                name="market_band_is_a_fraction",
                condition=Q(execution_band__gt=0, execution_band__lt=1, entry_band__gt=0, entry_band__lt=1),
            ),
            models.CheckConstraint(
                name="market_step_is_bounded",
                condition=Q(tick_step__gte=1, tick_step__lte=1_000_000, lot_step__gte=1, lot_step__lte=1_000_000),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="market_notional_is_exact",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("tick_size", "lot_size", "base_id", "quote_id"),  # type: ignore[no-untyped-call]
                declare=[("base_scale", "int"), ("quote_scale", "int")],
                func="""
                    SELECT scale INTO base_scale FROM settlement_asset WHERE id = NEW.base_id;
                    SELECT scale INTO quote_scale FROM settlement_asset WHERE id = NEW.quote_id;
                    IF quote_scale > 12
                        OR scale(trim_scale(NEW.tick_size * NEW.lot_size)) > quote_scale
                        OR scale(trim_scale(NEW.lot_size)) > LEAST(base_scale, NEW.amount_scale)
                        OR scale(trim_scale(NEW.tick_size)) > NEW.price_scale
                    THEN
                        RAISE EXCEPTION 'a trade of one lot at one tick of % would have to be rounded', NEW.symbol
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'market_notional_is_exact';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return self.symbol
