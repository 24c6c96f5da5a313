"""What somebody wants."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import ApiCredential, Profile
from core.fields import amount_field, rate_field, signed_within, within, within_or_null
from core.ids import new_id
from settlement.models import Asset
from trading.models.fee_schedule import FeeTier
from trading.models.market import Market

CLOSED_STATUSES = ["FILLED", "CANCELLED", "EXPIRED", "REJECTED"]
# In the book: it rests, or waits for its price.
LIVE_STATUSES = ["OPEN", "DORMANT"]
NOT_CLOSED = ["PENDING", *LIVE_STATUSES]
LIMITS, STOPS = ["LIMIT", "POST_ONLY_LIMIT", "ICEBERG"], ["STOP_MARKET", "STOP_LIMIT"]


class Order(models.Model):
    """An order of one profile in one market. The door inserts it as PENDING; from then on the engine alone moves it.

    Terms are those of now: an amend changes them, and its event tells what they were. An order is by ``base_amount``, or (a
    MARKET buy) by ``quote_amount``, which excludes fees. ``protection_price`` bounds a MARKET and a STOP_MARKET order; a stop is
    DORMANT until a trade at ``stop_price`` or beyond; an ICEBERG shows ``display_amount`` at a time, and ``displayed_base`` is
    what it shows of ``remaining_base`` now; ``hold_amount`` is what was reserved at placing and ``held`` what is reserved now,
    both in ``hold_asset``. ``fee_exact`` is what the fills cost so far, ``fee_charged`` that amount rounded up once an order.
    base_amount = filled + remaining + prevented + lapsed, always; of an order by quote amount only filled and prevented say
    anything.
    """

    class Side(models.TextChoices):
        BUY = "BUY"
        SELL = "SELL"

    class Type(models.TextChoices):
        LIMIT = "LIMIT"
        POST_ONLY_LIMIT = "POST_ONLY_LIMIT"
        MARKET = "MARKET"
        STOP_MARKET = "STOP_MARKET"
        STOP_LIMIT = "STOP_LIMIT"
        ICEBERG = "ICEBERG"

    class TimeInForce(models.TextChoices):
        GTC = "GTC"
        GTT = "GTT"
        IOC = "IOC"
        FOK = "FOK"

    class Status(models.TextChoices):
        PENDING = "PENDING"
        DORMANT = "DORMANT"
        OPEN = "OPEN"
        FILLED = "FILLED"
        CANCELLED = "CANCELLED"
        EXPIRED = "EXPIRED"
        REJECTED = "REJECTED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="orders", db_index=False)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="orders", db_index=False)
    client_order_id = models.CharField(max_length=64)
    credential = models.ForeignKey(ApiCredential, on_delete=models.PROTECT, related_name="+", db_index=False)
    request_sha256 = models.CharField(max_length=64)
    side = models.CharField(max_length=4, choices=Side)
    type = models.CharField(max_length=15, choices=Type)
    time_in_force = models.CharField(max_length=3, choices=TimeInForce)
    base_amount = amount_field(null=True)
    quote_amount = amount_field(null=True)
    limit_price = amount_field(null=True)
    stop_price = amount_field(null=True)
    protection_price = amount_field(null=True)
    display_amount = amount_field(null=True)
    expires_at = models.DateTimeField(null=True)
    self_trade_prevention = models.CharField(max_length=20, default="CANCEL_NEWEST")
    self_trade_group = models.UUIDField()
    fee_tier = models.ForeignKey(FeeTier, on_delete=models.PROTECT, related_name="+", db_index=False)
    maker_rate = rate_field()
    taker_rate = rate_field()
    fee_scale = models.SmallIntegerField()
    status = models.CharField(max_length=9, choices=Status, default=Status.PENDING)
    done_reason = models.CharField(max_length=40, blank=True)
    filled_base = amount_field(default=0)
    filled_quote = amount_field(default=0)
    fee_exact = amount_field(default=0)
    fee_charged = amount_field(default=0)
    remaining_base = amount_field()
    displayed_base = amount_field(null=True)
    prevented_base = amount_field(default=0)
    lapsed_base = amount_field(default=0)
    busted_base = amount_field(default=0, db_default=0)
    hold_asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", db_index=False)
    hold_amount = amount_field()
    held = amount_field()
    channel = models.CharField(max_length=8, default="API")
    capacity = models.CharField(max_length=4, default="AOTC")
    received_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_sequence = models.BigIntegerField(null=True)
    priority_sequence = models.BigIntegerField(null=True)
    last_sequence = models.BigIntegerField(null=True)
    closed_at = models.DateTimeField(null=True)
    metadata = models.JSONField(default=dict)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["profile", "client_order_id"], name="client_order_id_is_unique"),
            models.CheckConstraint(
                name="order_client_id_is_plain",
                condition=Q(client_order_id__regex=r"^[A-Za-z0-9._:-]{1,64}$"),
            ),
            models.CheckConstraint(name="order_side_is_known", condition=Q(side__in=["BUY", "SELL"])),
            models.CheckConstraint(
                name="order_status_is_known", condition=Q(status__in=[*NOT_CLOSED, *CLOSED_STATUSES])
            ),
            models.CheckConstraint(
                name="order_prices_match_type",
                # A comparison with null is unknown, and a check lets the unknown through: each says that it is there.
                condition=Q(type__in=[*LIMITS, "STOP_LIMIT"], protection_price__isnull=True, limit_price__isnull=False)
                & Q(limit_price__gt=0)
                | Q(type__in=["MARKET", "STOP_MARKET"], limit_price__isnull=True, protection_price__isnull=False)
                & Q(protection_price__gt=0),
            ),
            models.CheckConstraint(
                name="stop_has_its_price",
                condition=Q(type__in=STOPS, stop_price__isnull=False, stop_price__gt=0)
                | (~Q(type__in=STOPS) & Q(stop_price__isnull=True)),
            ),
            models.CheckConstraint(name="dormant_order_is_a_stop", condition=~Q(status="DORMANT") | Q(type__in=STOPS)),
            models.CheckConstraint(
                name="order_has_one_amount",
                condition=Q(base_amount__isnull=False, quote_amount__isnull=True)
                | Q(
                    base_amount__isnull=True,
                    quote_amount__isnull=False,
                    quote_amount__gt=0,
                    type="MARKET",
                    side="BUY",
                    time_in_force="IOC",
                ),
            ),
            models.CheckConstraint(
                name="order_prices_are_finite",
                condition=within_or_null("limit_price")
                & within_or_null("protection_price")
                & within_or_null("stop_price"),
            ),
            models.CheckConstraint(
                name="order_amounts_add_up",
                condition=Q(
                    base_amount__isnull=False,
                    base_amount=F("filled_base") + F("remaining_base") + F("prevented_base") + F("lapsed_base"),
                )
                | Q(
                    quote_amount__isnull=False,
                    filled_quote__lte=F("quote_amount"),
                    remaining_base=0,
                    lapsed_base=0,
                ),
            ),
            models.CheckConstraint(
                name="order_amounts_are_finite",
                condition=(Q(base_amount__isnull=True) | Q(base_amount__gt=0))
                & within_or_null("base_amount")
                & within_or_null("quote_amount")
                & within("filled_base")
                & within("filled_quote")
                & within("remaining_base")
                & within("prevented_base")
                & within("lapsed_base")
                & within("held")
                & within("hold_amount"),
            ),
            models.CheckConstraint(
                name="busted_amount_was_filled",
                condition=within("busted_base") & Q(busted_base__lte=F("filled_base")),
            ),
            models.CheckConstraint(
                name="order_time_in_force_is_known", condition=Q(time_in_force__in=["GTC", "GTT", "IOC", "FOK"])
            ),
            models.CheckConstraint(
                name="order_terms_are_allowed",
                condition=Q(type="LIMIT")
                | Q(type="MARKET", time_in_force__in=["IOC", "FOK"])
                | Q(type__in=["POST_ONLY_LIMIT", "ICEBERG", *STOPS], time_in_force__in=["GTC", "GTT"]),
            ),
            models.CheckConstraint(
                name="order_expiry_matches_time_in_force",
                condition=Q(time_in_force="GTT", expires_at__isnull=False)
                | (~Q(time_in_force="GTT") & Q(expires_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="iceberg_shows_a_part",
                condition=Q(
                    type="ICEBERG",
                    display_amount__isnull=False,
                    display_amount__gt=0,
                    displayed_base__isnull=False,
                    displayed_base__gte=0,
                    displayed_base__lte=F("remaining_base"),
                )
                # An amend to less than was filled closes the order at what it has come to.
                & (Q(display_amount__lt=F("base_amount")) | Q(status__in=CLOSED_STATUSES))
                | (~Q(type="ICEBERG") & Q(display_amount__isnull=True, displayed_base__isnull=True)),
            ),
            models.CheckConstraint(
                name="order_rates_are_bounded",
                condition=Q(
                    maker_rate__gte=Decimal("-0.01"), maker_rate__lte=F("taker_rate"), taker_rate__lte=Decimal("0.1")
                ),
            ),
            models.CheckConstraint(
                name="order_fees_are_finite",
                condition=signed_within("fee_exact") & signed_within("fee_charged"),
            ),
            models.CheckConstraint(
                name="closed_order_has_reason",
                condition=Q(status__in=NOT_CLOSED, done_reason="", closed_at__isnull=True)
                | Q(status="FILLED", done_reason="", closed_at__isnull=False)
                | (Q(status__in=["CANCELLED", "EXPIRED", "REJECTED"], closed_at__isnull=False) & ~Q(done_reason="")),
            ),
            models.CheckConstraint(
                name="closed_order_holds_nothing",
                condition=Q(status__in=NOT_CLOSED) | Q(held=0, remaining_base=0),
            ),
        ]
        indexes = [
            models.Index(fields=["profile", "id"], name="order_of_profile"),
            # The book's rebuild, and the open orders of a market.
            models.Index(
                fields=["market", "priority_sequence"], name="order_in_book", condition=Q(status__in=LIVE_STATUSES)
            ),
            models.Index(fields=["market", "id"], name="order_of_market"),
            models.Index(
                fields=["expires_at"], name="order_due", condition=Q(status__in=LIVE_STATUSES, time_in_force="GTT")
            ),
        ]
