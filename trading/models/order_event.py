"""What happened in a market, in order."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.fields import amount_field, signed_within
from core.ids import new_id
from core.schema import Partitioning
from trading.models.market import Market
from trading.models.order import Order

OF_A_TRADE = ["TRADED", "BUSTED", "CORRECTED"]


class OrderEvent(models.Model):
    """One fact of a market's history with its gapless ``sequence``. Append-only.

    ``best_bid`` and ``best_ask`` are the book as it stood before the instruction. ``hold_change`` is signed, in the order's
    hold asset. Amounts are in base, prices in quote for one base. An auction's fills are TRADED too: their trade says that it was
    one. BUSTED and CORRECTED name the trade that is undone. ``detail`` has what only one kind needs: of AMENDED each term before
    and after, of an order by quote amount what it leaves to spend, of PREVENTED the other order (where both lose the amount the
    event is the maker's, else the taker's).
    """

    partitioning = Partitioning(by="MONTH", unique={"market_sequence_is_gapless": ("market_id", "sequence")})
    is_append_only = True

    class Kind(models.TextChoices):
        ACCEPTED = "ACCEPTED"
        REJECTED = "REJECTED"
        TRADED = "TRADED"
        REFILLED = "REFILLED"
        PREVENTED = "PREVENTED"
        RESTED = "RESTED"
        PARKED = "PARKED"
        EXPIRED = "EXPIRED"
        CANCELLED = "CANCELLED"
        TRIGGERED = "TRIGGERED"
        AMENDED = "AMENDED"
        AMEND_REFUSED = "AMEND_REFUSED"
        CANCEL_REFUSED = "CANCEL_REFUSED"
        MASS_CANCELLED = "MASS_CANCELLED"
        PHASE_CHANGED = "PHASE_CHANGED"
        PHASE_REFUSED = "PHASE_REFUSED"
        UNCROSSED = "UNCROSSED"
        REFERENCE_SET = "REFERENCE_SET"
        PARAMETERS_CHANGED = "PARAMETERS_CHANGED"
        KILL_ENGAGED = "KILL_ENGAGED"
        KILL_RELEASED = "KILL_RELEASED"
        BUSTED = "BUSTED"
        CORRECTED = "CORRECTED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    market = models.ForeignKey(
        Market, on_delete=models.PROTECT, related_name="events", db_index=False, db_constraint=False
    )
    sequence = models.BigIntegerField()
    instruction_id = models.BigIntegerField()
    kind = models.CharField(max_length=18, choices=Kind)
    # That the order exists is a trigger's to see: event_names_its_order.
    order = models.ForeignKey(
        Order, null=True, on_delete=models.PROTECT, related_name="events", db_index=False, db_constraint=False
    )
    trade_id = models.UUIDField(null=True)
    initiator = models.CharField(max_length=11)
    actor_id = models.UUIDField()
    event_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    business_date = models.DateField()
    before_status = models.CharField(max_length=9, null=True)
    after_status = models.CharField(max_length=9, null=True)
    price = amount_field(null=True)
    amount = amount_field(null=True)
    cum_base = amount_field(null=True)
    leaves_base = amount_field(null=True)
    last_price = amount_field(null=True)
    last_base = amount_field(null=True)
    fee = amount_field(null=True)
    hold_change = amount_field(default=0)
    phase = models.CharField(max_length=11)
    best_bid = amount_field(null=True)
    best_bid_amount = amount_field(null=True)
    best_ask = amount_field(null=True)
    best_ask_amount = amount_field(null=True)
    reason = models.CharField(max_length=40, null=True)
    detail = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="event_has_a_place", condition=Q(sequence__gt=0)),
            models.CheckConstraint(
                name="traded_event_names_its_trade",
                condition=Q(
                    kind__in=OF_A_TRADE,
                    trade_id__isnull=False,
                    last_base__isnull=False,
                    last_base__gt=0,
                    last_price__isnull=False,
                    last_price__gt=0,
                )
                | (~Q(kind__in=OF_A_TRADE) & Q(trade_id__isnull=True)),
            ),
            models.CheckConstraint(name="event_hold_change_is_finite", condition=signed_within("hold_change")),
        ]
        indexes = [
            models.Index(fields=["order", "sequence"], name="event_of_order"),
            # Whose candles are to be made anew.
            models.Index(fields=["market", "sequence"], name="event_of_bust", condition=models.Q(kind="BUSTED")),
        ]
