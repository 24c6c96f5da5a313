"""Orders as others see them."""

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from core.domain.decimals import CONTEXT, Rounding, at_scale, quantize
from trading.contracts import OrderTerms, OrderView, PlacingContext
from trading.domain.door import Admission
from trading.models import Instruction, Order

ZERO = Decimal(0)


def list_order_rows() -> QuerySet[Order]:
    """Orders with what their view needs joined and annotated; filter and order it, then ``order_views``."""
    pending = Instruction.objects.filter(order_id=OuterRef("pk"), status="PENDING", kind__in=["AMEND", "CANCEL"])
    return Order.objects.select_related("market__base", "market__quote").annotate(
        # Of two wishes the one to cancel: the other will have been for nothing.
        wish=Subquery(pending.order_by("-kind").values("kind")[:1]),
        pledged=Subquery(pending.filter(kind="AMEND").values("hold_change")[:1]),
    )


def order_views(rows: Iterable[Order]) -> list[OrderView]:
    return [order_view(row) for row in rows]


def list_order_views(*, order_ids: Collection[UUID]) -> list[OrderView]:
    """These orders, whoever's they are; the caller has already found that its asker may see them."""
    return order_views(list_order_rows().filter(pk__in=order_ids))


def get_order_view(*, order_id: UUID) -> OrderView:
    """The order; the caller has already found that its asker may see it."""
    return order_view(list_order_rows().get(pk=order_id))


def average_scaled(filled_quote: Decimal, filled_base: Decimal, price_scale: int) -> Decimal | None:
    """Quote for one base over all fills, rounded half up at the price scale; none without a fill."""
    if not filled_base:
        return None
    return quantize(CONTEXT.divide(filled_quote, filled_base), price_scale, Rounding.HALF_UP)


def _scaled(value: Decimal | None, scale: int) -> Decimal | None:
    return None if value is None else at_scale(value, scale)


def order_view(order: Order) -> OrderView:
    """``order``, a row of ``list_order_rows``, at its market's scales. What an amend on its way has taken is held too."""
    market = order.market
    base_scale, quote_scale, price_scale = market.base.scale, market.quote.scale, market.price_scale
    hold_asset = market.base if order.hold_asset_id == market.base_id else market.quote
    wish: str | None = getattr(order, "wish", None)
    pledged: Decimal = getattr(order, "pledged", None) or ZERO
    return OrderView(
        id=order.id,
        client_order_id=order.client_order_id,
        profile_id=order.profile_id,
        market=market.symbol,
        side=order.side,
        type=order.type,
        time_in_force=order.time_in_force,
        status=order.status,
        done_reason=order.done_reason or None,
        base_amount=_scaled(order.base_amount, base_scale),
        quote_amount=_scaled(order.quote_amount, quote_scale),
        limit_price=_scaled(order.limit_price, price_scale),
        stop_price=_scaled(order.stop_price, price_scale),
        protection_price=_scaled(order.protection_price, price_scale),
        display_amount=_scaled(order.display_amount, base_scale),
        expires_at=order.expires_at,
        self_trade_prevention=order.self_trade_prevention,
        filled_base_amount=at_scale(order.filled_base, base_scale),
        filled_quote_amount=at_scale(order.filled_quote, quote_scale),
        average_price=average_scaled(order.filled_quote, order.filled_base, price_scale),
        remaining_base_amount=at_scale(order.remaining_base, base_scale),
        prevented_base_amount=at_scale(order.prevented_base, base_scale),
        lapsed_base_amount=at_scale(order.lapsed_base, base_scale),
        busted_base_amount=at_scale(order.busted_base, base_scale),
        fee_amount=at_scale(order.fee_charged, quote_scale),
        fee_asset=market.quote.code,
        maker_rate=order.maker_rate,
        taker_rate=order.taker_rate,
        held_amount=at_scale(order.held + pledged, hold_asset.scale),
        held_asset=hold_asset.code,
        pending_instruction=wish,
        last_sequence=order.last_sequence,
        metadata=order.metadata,
        version=order.version,
        created_at=order.created_at,
        updated_at=order.updated_at,
        closed_at=order.closed_at,
    )


def order_view_of_placing(
    order_id: UUID, terms: OrderTerms, context: PlacingContext, admission: Admission, at: datetime
) -> OrderView:
    """The view of an order that has just been stored: the same as reading it, without reading it."""
    base_zero, quote_zero = at_scale(ZERO, context.base_scale), at_scale(ZERO, context.quote_scale)
    amount = _scaled(terms.base_amount, context.base_scale)
    hold_scale = context.base_scale if admission.is_base_hold else context.quote_scale
    return OrderView(
        id=order_id,
        client_order_id=terms.client_order_id,
        profile_id=terms.profile_id,
        market=context.symbol,
        side=terms.side,
        type=terms.type,
        time_in_force=terms.time_in_force,
        status="PENDING",
        done_reason=None,
        base_amount=amount,
        quote_amount=_scaled(terms.quote_amount, context.quote_scale),
        limit_price=_scaled(terms.limit_price, context.price_scale),
        stop_price=_scaled(terms.stop_price, context.price_scale),
        protection_price=_scaled(admission.protection_price, context.price_scale),
        display_amount=_scaled(terms.display_amount, context.base_scale),
        expires_at=terms.expires_at,
        self_trade_prevention=terms.self_trade_prevention,
        filled_base_amount=base_zero,
        filled_quote_amount=quote_zero,
        average_price=None,
        remaining_base_amount=base_zero if amount is None else amount,
        prevented_base_amount=base_zero,
        lapsed_base_amount=base_zero,
        busted_base_amount=base_zero,
        fee_amount=quote_zero,
        fee_asset=context.quote_code,
        maker_rate=context.maker_rate,
        taker_rate=context.taker_rate,
        held_amount=at_scale(admission.hold_amount, hold_scale),
        held_asset=context.base_code if admission.is_base_hold else context.quote_code,
        pending_instruction=None,
        last_sequence=None,
        metadata=terms.metadata,
        version=1,
        created_at=at,
        updated_at=at,
        closed_at=None,
    )
