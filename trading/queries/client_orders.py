"""Orders on a client's behalf: the gates, and the events of one order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Profile
from core.domain.decimals import at_scale
from core.domain.refusals import NotFound
from trading.models import Order, OrderEvent
from trading.queries.orders import list_order_rows


@dataclass(frozen=True, slots=True)
class OrderEventView:
    """One fact of an order's history. Prices at the market's price scale, amounts in base, the fee in quote, the change
    of the hold in its asset.
    """

    id: UUID
    market: str
    sequence: int
    instruction_id: int
    kind: str
    order_id: UUID
    trade_id: UUID | None
    initiator: str
    event_at: datetime
    recorded_at: datetime
    business_date: date
    before_status: str | None
    after_status: str | None
    price: Decimal | None
    amount: Decimal | None
    cum_base: Decimal | None
    leaves_base: Decimal | None
    last_price: Decimal | None
    last_base: Decimal | None
    fee: Decimal | None
    hold_change: Decimal | None
    phase: str
    best_bid: Decimal | None
    best_ask: Decimal | None
    reason: str | None


def list_profile_ids(*, entity_id: UUID) -> list[UUID]:
    """The profiles of an entity: the orders of each are found by an index of its own."""
    return list(Profile.objects.filter(entity_id=entity_id).values_list("id", flat=True))


def list_client_orders(*, entity_id: UUID) -> "QuerySet[Order]":
    """The orders of all profiles of an entity, as ``order_views`` takes them; the caller orders and cuts."""
    return list_order_rows().filter(profile_id__in=list_profile_ids(entity_id=entity_id))


def access_order(*, order_id: UUID, entity_id: UUID) -> Order:
    """The order, if it is the entity's; otherwise there is no such order."""
    return _one(list_order_rows().filter(id=order_id, profile__entity_id=entity_id))


def access_order_by_client_id(*, profile_id: UUID, client_order_id: str, entity_id: UUID) -> Order:
    """The order that a profile of the entity gave this id; otherwise there is no such order."""
    return _one(
        list_order_rows().filter(profile_id=profile_id, client_order_id=client_order_id, profile__entity_id=entity_id)
    )


def list_order_events(order: Order) -> "QuerySet[OrderEvent]":
    """The events of an order; the caller orders by ``sequence`` and cuts."""
    return OrderEvent.objects.filter(order=order)


def order_event_views(rows: Iterable[OrderEvent], order: Order) -> list[OrderEventView]:
    """The views of events of ``order``, which came with its market."""
    return [_event_view(row, order) for row in rows]


def _event_view(event: OrderEvent, order: Order) -> OrderEventView:
    market = order.market
    base, quote, price = market.base.scale, market.quote.scale, market.price_scale
    return OrderEventView(
        id=event.id,
        market=market.symbol,
        sequence=event.sequence,
        instruction_id=event.instruction_id,
        kind=event.kind,
        order_id=order.id,
        trade_id=event.trade_id,
        initiator=event.initiator,
        event_at=event.event_at,
        recorded_at=event.recorded_at,
        business_date=event.business_date,
        before_status=event.before_status,
        after_status=event.after_status,
        price=_scaled(event.price, price),
        amount=_scaled(event.amount, base),
        cum_base=_scaled(event.cum_base, base),
        leaves_base=_scaled(event.leaves_base, base),
        last_price=_scaled(event.last_price, price),
        last_base=_scaled(event.last_base, base),
        fee=_scaled(event.fee, quote),
        hold_change=_scaled(event.hold_change, base if order.hold_asset_id == market.base_id else quote),
        phase=event.phase,
        best_bid=_scaled(event.best_bid, price),
        best_ask=_scaled(event.best_ask, price),
        reason=event.reason,
    )


def _one(rows: "QuerySet[Order]") -> Order:
    order = rows.first()
    if order is None:
        raise NotFound("order")
    return order


def _scaled(value: Decimal | None, scale: int) -> Decimal | None:
    return None if value is None else at_scale(value, scale)
