"""Executions: a trade seen from one of its sides, named ``{trade id}:BUY`` or ``{trade id}:SELL``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet

from core.domain.decimals import at_scale
from core.domain.refusals import NotFound
from core.ids import first_id_at
from trading.models import Trade
from trading.queries.client_orders import list_profile_ids


@dataclass(frozen=True, slots=True)
class ExecutionView:
    """One side of a trade: price at the market's price scale, amounts and the fee at their assets' scales."""

    id: str
    trade_id: UUID
    order_id: UUID
    client_order_id: str
    profile_id: UUID
    market: str
    side: str
    price: Decimal
    base_amount: Decimal
    quote_amount: Decimal
    fee_amount: Decimal
    fee_asset: str
    liquidity: str
    sequence: int
    status: str
    corrects_id: UUID | None
    settlement_date: date
    traded_at: datetime


@dataclass(frozen=True, slots=True)
class ExecutionsWish:
    """Which page: up to ``limit`` rows after (trade id, side); ascending ones stop before ``settled_at``.

    ``values`` narrows by ``profile_id``, ``order_id``, ``market`` and ``status``, each a list of which one must match.
    """

    limit: int
    is_ascending: bool
    after: tuple[UUID, str] | None
    values: Mapping[str, Sequence[object]]
    settled_at: datetime


def access_execution(*, trade_id: UUID, side: str, entity_id: UUID) -> ExecutionView:
    """The execution, if its order is the entity's; otherwise there is no such execution."""
    owner = "buy_profile_id__in" if side == "BUY" else "sell_profile_id__in"
    trade = _rows(side).filter(id=trade_id, **{owner: list_profile_ids(entity_id=entity_id)}).first()
    if trade is None:
        raise NotFound("execution")
    return _view(trade, side)


def list_client_executions(*, entity_id: UUID, wish: ExecutionsWish) -> list[ExecutionView]:
    """The page of the executions of an entity's orders, by trade and then BUY before SELL. Three statements."""
    profiles: Sequence[object] = list_profile_ids(entity_id=entity_id)
    if "profile_id" in wish.values:
        profiles = [profile for profile in wish.values["profile_id"] if profile in profiles]
    sides = [_view(trade, side) for side in ("BUY", "SELL") for trade in _page(side, profiles, wish)]
    sides.sort(key=lambda view: (view.trade_id, view.side), reverse=not wish.is_ascending)
    return sides[: wish.limit]


def _page(side: str, profiles: Sequence[object], wish: ExecutionsWish) -> "QuerySet[Trade]":
    prefix = "buy" if side == "BUY" else "sell"
    rows = _rows(side).filter(**{f"{prefix}_profile_id__in": profiles})
    lookups = {"order_id": f"{prefix}_order_id__in", "market": "market__symbol__in", "status": "status__in"}
    for name, lookup in lookups.items():
        if name in wish.values:
            rows = rows.filter(**{lookup: wish.values[name]})
    if wish.after is not None:
        rows = rows.filter(_after(side, wish.after, is_ascending=wish.is_ascending))
    if wish.is_ascending:
        rows = rows.filter(id__lt=first_id_at(wish.settled_at))
    return rows.order_by("id" if wish.is_ascending else "-id")[: wish.limit]


def _after(side: str, after: tuple[UUID, str], *, is_ascending: bool) -> Q:
    """Rows of ``side`` that come after (trade id, side) in the order of the list."""
    trade_id, last_side = after
    if is_ascending:
        return Q(id__gte=trade_id) if side > last_side else Q(id__gt=trade_id)
    return Q(id__lte=trade_id) if side < last_side else Q(id__lt=trade_id)


def _rows(side: str) -> "QuerySet[Trade]":
    order = "buy_order" if side == "BUY" else "sell_order"
    return Trade.objects.select_related("market__base", "market__quote", order)


def _view(trade: Trade, side: str) -> ExecutionView:
    is_buy = side == "BUY"
    order = trade.buy_order if is_buy else trade.sell_order
    market = trade.market
    return ExecutionView(
        id=f"{trade.id}:{side}",
        trade_id=trade.id,
        order_id=order.id,
        client_order_id=order.client_order_id,
        profile_id=order.profile_id,
        market=market.symbol,
        side=side,
        price=at_scale(trade.price, market.price_scale),
        base_amount=at_scale(trade.base_amount, market.base.scale),
        quote_amount=at_scale(trade.quote_amount, market.quote.scale),
        fee_amount=at_scale(trade.buyer_fee if is_buy else trade.seller_fee, market.quote.scale),
        fee_asset=market.quote.code,
        liquidity=trade.liquidity_of(side),
        sequence=trade.sequence,
        status=trade.status,
        corrects_id=None,
        settlement_date=trade.settlement_date,
        traded_at=trade.traded_at,
    )
