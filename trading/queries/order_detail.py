"""One order whole: terms, events, fills, instructions and the postings its fills made."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from core.domain.refusals import NotFound
from settlement.queries.postings import PostingRow, list_postings_of_entries
from trading.models import Instruction, Order, OrderEvent
from trading.queries.desk_orders import WISHES, OrderRow, order_row
from trading.queries.desk_trades import TradeFilter, TradeRow, list_trades, trade_row

MOST_EVENTS = 200
MOST_FILLS = 100


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """An order with what happened to it, oldest event first, newest fill first; long histories are cut, and
    say so.
    """

    order: Order
    row: OrderRow
    events: Sequence[OrderEvent]
    fills: Sequence[TradeRow]
    instructions: Sequence[Instruction]
    postings: Sequence[PostingRow]
    has_more_events: bool
    has_more_fills: bool

    @property
    def arrival(self) -> OrderEvent | None:
        """The event that took the order in: the best prices at its arrival are on it."""
        return next((event for event in self.events if event.kind in ("ACCEPTED", "REJECTED")), None)


def get_order_detail(order_id: UUID) -> OrderDetail:
    """The order ``order_id`` with its history. Refuses an unknown one with ``NotFound``. Five statements."""
    order = (
        Order.objects.select_related("profile__entity", "market__base", "market__quote", "credential", "hold_asset")
        .filter(id=order_id)
        .first()
    )
    if order is None:
        raise NotFound("order")
    events = list(OrderEvent.objects.filter(order=order).order_by("sequence")[: MOST_EVENTS + 1])
    fills = list_trades(TradeFilter()).filter(Q(buy_order=order) | Q(sell_order=order)).order_by("-id")
    trades = [trade_row(trade) for trade in fills[: MOST_FILLS + 1]]
    instructions = list(Instruction.objects.filter(order=order).order_by("id")[:50])
    wishes = [wish.kind for wish in instructions if wish.status == "PENDING" and wish.kind in WISHES]
    return OrderDetail(
        order,
        order_row(order, wish=max(wishes, default=None)),
        events[:MOST_EVENTS],
        trades[:MOST_FILLS],
        instructions,
        list_postings_of_entries([trade.entry_id for trade in trades[:MOST_FILLS]]),
        has_more_events=len(events) > MOST_EVENTS,
        has_more_fills=len(trades) > MOST_FILLS,
    )
