"""Orders as the desk sees them: rows of the blotter, in the list and on the live feed alike."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast, Right

from accounts.queries.shown_names import is_named
from core.domain.decimals import CONTEXT, Rounding, quantize
from trading.models import Instruction, Order, OrderEvent
from trading.models.order import NOT_CLOSED

WISHES = ["AMEND", "CANCEL"]
"""What an order may have waiting for the engine; of both the one to cancel is told."""

COUNTED_ROWS = 10_000
"""Counts per status are of the newest so many orders that fit: a count costs the same however long the
history is.
"""

_LAST_EIGHT = re.compile(r"\A…?([0-9a-f]{8})\Z")
_ORDER_FIELDS = (
    "id",
    "client_order_id",
    "side",
    "type",
    "time_in_force",
    "base_amount",
    "quote_amount",
    "limit_price",
    "stop_price",
    "status",
    "done_reason",
    "filled_base",
    "filled_quote",
    "received_at",
    "version",
    "profile__id",
    "profile__reference",
    "profile__name",
    "profile__entity__legal_name",
    "profile__entity__reference",
    "market__id",
    "market__symbol",
    "market__price_scale",
    "market__amount_scale",
    "market__quote__code",
    "market__quote__payment_scale",
    "market__quote__scale",
)


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What a blotter shows. Empty parts take everything; ``text`` is an id, its last eight characters, the
    client's order id, or part of the name of a profile or entity.
    """

    status: str = ""
    market: str = ""
    side: str = ""
    text: str = ""

    def narrow(self, orders: "QuerySet[Order]", *, without_status: bool = False) -> "QuerySet[Order]":
        """The orders that fit."""
        if self.status and not without_status:
            orders = orders.filter(status=self.status)
        if self.market:
            orders = orders.filter(market__symbol=self.market)
        if self.side:
            orders = orders.filter(side=self.side)
        return self._narrow_by_text(orders) if self.text else orders

    def _narrow_by_text(self, orders: "QuerySet[Order]") -> "QuerySet[Order]":
        whole = parse_id(self.text)
        if whole is not None:
            return orders.filter(id=whole)
        ending = _LAST_EIGHT.match(self.text.lower())
        fits = (
            Q(client_order_id=self.text)
            | Q(profile__reference__icontains=self.text)
            | Q(profile__name__icontains=self.text)
            | is_named(self.text, "profile__entity__")
        )
        if ending:
            orders = orders.annotate(ending=Right(Cast("id", TextField()), 8))
            fits |= Q(ending=ending.group(1))
        return orders.filter(fits)

    def takes(self, row: "OrderRow") -> bool:
        """Whether a row fits: the same answer as ``narrow`` gives, without a database."""
        return (
            self.status in ("", row.status)
            and self.market in ("", row.symbol)
            and self.side in ("", row.side)
            and (not self.text or self._names(row))
        )

    def _names(self, row: "OrderRow") -> bool:
        whole = parse_id(self.text)
        if whole is not None:
            return row.id == whole
        ending = _LAST_EIGHT.match(self.text.lower())
        if self.text == row.client_order_id or (ending and str(row.id).endswith(ending.group(1))):
            return True
        part = self.text.upper()
        return any(part in name.upper() for name in (row.profile_reference, row.profile_name, row.entity_name))


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order of the blotter. Amounts in base at ``amount_scale``, or the one in quote that it spends; prices in quote for one
    base at ``price_scale``. ``wish`` is the AMEND or CANCEL that waits for the engine.
    """

    id: UUID
    version: int
    received_at: datetime
    client_order_id: str
    profile_reference: str
    profile_name: str
    entity_name: str
    symbol: str
    side: str
    type: str
    time_in_force: str
    base_amount: Decimal | None
    quote_amount: Decimal | None
    filled_base: Decimal
    filled_quote: Decimal
    limit_price: Decimal | None
    stop_price: Decimal | None
    price_scale: int
    amount_scale: int
    quote_code: str
    payment_scale: int
    quote_scale: int
    status: str
    done_reason: str
    wish: str | None

    @property
    def is_cancelling(self) -> bool:
        return self.wish == "CANCEL"

    @property
    def is_amending(self) -> bool:
        return self.wish == "AMEND"

    @property
    def average_price(self) -> Decimal | None:
        """What one base has cost on average, rounded half up at the price's scale; None before the first
        fill.
        """
        if not self.filled_base:
            return None
        return quantize(CONTEXT.divide(self.filled_quote, self.filled_base), self.price_scale, Rounding.HALF_UP)

    @property
    def filled_percent(self) -> int:
        """How much is filled, or spent, in whole hundredths; 100 only when all of it is."""
        if self.base_amount is None:
            return int(self.filled_quote * 100 / (self.quote_amount or self.filled_quote))
        return int(self.filled_base * 100 / self.base_amount)

    @property
    def is_working(self) -> bool:
        """Whether the order can still trade or be cancelled."""
        return self.status in NOT_CLOSED

    @property
    def shown_state(self) -> str:
        """The state as its chip is coloured: an open order that has traded is PART_FILLED."""
        return "PART_FILLED" if self.status == "OPEN" and self.filled_base else self.status

    @property
    def state_word(self) -> str:
        """The state as the chip says it: an open order with fills says how far it is."""
        if self.status == "OPEN" and self.filled_base:
            return f"Open · {self.filled_percent}\u202f%"
        return self.status.capitalize()


def parse_id(text: str) -> UUID | None:
    """The id that ``text`` spells whole, else None."""
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def list_orders(order_filter: OrderFilter) -> "QuerySet[Order]":
    """The orders that fit, with all that a row shows; the caller orders and cuts."""
    wishes = Instruction.objects.filter(order=OuterRef("pk"), kind__in=WISHES, status="PENDING").order_by("-kind")
    return (
        order_filter.narrow(Order.objects.all())
        .select_related("profile__entity", "market__quote")
        .only(*_ORDER_FIELDS)
        .annotate(wish=Subquery(wishes.values("kind")[:1]))
    )


def list_order_rows(ids: Sequence[UUID]) -> list[OrderRow]:
    """The rows of these orders, newest first. One statement."""
    return [order_row(order) for order in list_orders(OrderFilter()).filter(id__in=ids).order_by("-id")]


def order_row(order: Order, *, wish: str | None = None) -> OrderRow:
    """The row of an order that ``list_orders`` read, or of a whole one whose wish is told."""
    wish = getattr(order, "wish", wish)
    return OrderRow(
        id=order.id,
        version=order.version,
        received_at=order.received_at,
        client_order_id=order.client_order_id,
        profile_reference=order.profile.reference,
        profile_name=order.profile.name,
        entity_name=order.profile.entity.shown_name,
        symbol=order.market.symbol,
        side=order.side,
        type=order.type,
        time_in_force=order.time_in_force,
        base_amount=order.base_amount,
        quote_amount=order.quote_amount,
        filled_base=order.filled_base,
        filled_quote=order.filled_quote,
        limit_price=order.limit_price,
        stop_price=order.stop_price,
        price_scale=order.market.price_scale,
        amount_scale=order.market.amount_scale,
        quote_code=order.market.quote.code,
        payment_scale=order.market.quote.payment_scale,
        quote_scale=order.market.quote.scale,
        status=order.status,
        done_reason=order.done_reason,
        wish=wish if order.status in NOT_CLOSED else None,
    )


def count_orders_by_status(order_filter: OrderFilter) -> tuple[dict[str, int], bool]:
    """How many of the newest ``COUNTED_ROWS`` orders that fit are in each status, and whether there are more
    orders.

    The filter's own status does not narrow: the counts stand beside each choice of it. One statement.
    """
    newest = order_filter.narrow(Order.objects.all(), without_status=True).order_by("-id")
    sql, params = newest.values("status")[: COUNTED_ROWS + 1].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT counted.status, count(*) FROM ({sql}) AS counted GROUP BY counted.status",  # noqa: S608
            params,
        )
        counts: dict[str, int] = dict(cursor.fetchall())
    return counts, sum(counts.values()) > COUNTED_ROWS


def list_changes(market_id: UUID, first_sequence: int, last_sequence: int) -> tuple[list[UUID], list[UUID]]:
    """The ids of the orders and of the trades that the events of a market between two sequences speak of."""
    orders: set[UUID] = set()
    trades: set[UUID] = set()
    events = OrderEvent.objects.filter(market_id=market_id, sequence__gte=first_sequence, sequence__lte=last_sequence)
    for order_id, trade_id in events.values_list("order_id", "trade_id"):
        if order_id is not None:
            orders.add(order_id)
        if trade_id is not None:
            trades.add(trade_id)
    return sorted(orders), sorted(trades)
