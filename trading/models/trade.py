"""Two orders that met."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.fields import amount_field, signed_within, within
from core.ids import new_id
from core.schema import Partitioning
from trading.models.market import Market
from trading.models.order import Order

OTHER_SIDE = {"BUY": "SELL", "SELL": "BUY"}


class Trade(models.Model):
    """``base_amount`` of a market's base asset for ``quote_amount``, exactly price x base. Append-only.

    ``sequence`` is that of its first TRADED event. An execution is one side of a trade and is named
    ``{trade id}:BUY`` or ``{trade id}:SELL``. ``entry_id`` is the ledger entry that posted it.
    In an auction nobody was first: it has no ``maker_side``.
    """

    partitioning = Partitioning(by="MONTH", unique={"trade_sequence_is_used_once": ("market_id", "sequence")})
    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    market = models.ForeignKey(
        Market, on_delete=models.PROTECT, related_name="trades", db_index=False, db_constraint=False
    )
    sequence = models.BigIntegerField()
    # That the orders exist is a trigger's to see: trade_names_its_buy_order, trade_names_its_sell_order.
    buy_order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    sell_order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    buy_profile_id = models.UUIDField()
    sell_profile_id = models.UUIDField()
    maker_side = models.CharField(max_length=4, choices=Order.Side, null=True)
    price = amount_field()
    base_amount = amount_field()
    quote_amount = amount_field()
    buyer_fee = amount_field()
    seller_fee = amount_field()
    liquidity = models.CharField(max_length=10, default="CONTINUOUS")
    status = models.CharField(max_length=8, default="SETTLED")
    traded_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    business_date = models.DateField()
    settlement_date = models.DateField()
    entry_id = models.UUIDField()

    @property
    def taker_side(self) -> str | None:
        """The side that came to the book and took; none in an auction."""
        return None if self.maker_side is None else OTHER_SIDE[self.maker_side]

    def liquidity_of(self, side: str) -> str:
        """What the trade was to one of its sides: MAKER, TAKER or AUCTION."""
        if self.maker_side is None:
            return "AUCTION"
        return "MAKER" if self.maker_side == side else "TAKER"

    class Meta:
        constraints = [
            models.CheckConstraint(name="trade_has_two_orders", condition=~Q(buy_order=F("sell_order"))),
            models.CheckConstraint(
                name="trade_moves_something",
                condition=Q(price__gt=0, base_amount__gt=0, quote_amount__gt=0)
                & within("price")
                & within("base_amount")
                & within("quote_amount"),
            ),
            models.CheckConstraint(
                name="trade_notional_is_exact", condition=Q(quote_amount=F("price") * F("base_amount"))
            ),
            models.CheckConstraint(
                name="trade_has_a_maker",
                condition=Q(sequence__gt=0)
                & (
                    Q(liquidity="CONTINUOUS", maker_side__isnull=False, maker_side__in=["BUY", "SELL"])
                    | Q(liquidity="AUCTION", maker_side__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="trade_fees_are_finite",
                condition=signed_within("buyer_fee") & signed_within("seller_fee"),
            ),
        ]
        indexes = [
            models.Index(fields=["buy_profile_id", "id"], name="trade_of_buyer"),
            models.Index(fields=["sell_profile_id", "id"], name="trade_of_seller"),
            models.Index(fields=["buy_order"], name="trade_of_buy_order"),
            models.Index(fields=["sell_order"], name="trade_of_sell_order"),
            # A span of time, where candles are made anew. Next to nothing to keep: trades come in the order of time.
            BrinIndex(fields=["traded_at"], name="trade_by_time", autosummarize=True, pages_per_range=32),
        ]
