"""What the hub asks the database, each in one call from a thread: the event loop never touches it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core import clock
from core.domain.refusals import NotFound, Refusal
from core.models import StreamHead
from core.operations.record_audit import Actor
from core.queries.feeds import FeedMessage, Heads, read_heads, read_messages
from core.queries.verifying import one_picture
from settlement.queries.telling import read_balances
from trading.api.shapes import ORDER_OUT
from trading.models import Order
from trading.operations.cancel_orders import OrderFilter, cancel_orders
from trading.queries.client_orders import list_client_orders
from trading.queries.market_feed import (
    FIGURES,
    News,
    Told,
    read_book,
    read_figures,
    read_newest_trades,
    read_news,
    read_sequences,
)
from trading.queries.markets import get_market_row
from trading.queries.order_book import BookView
from trading.queries.orders import order_views
from trading.realtime.stream.messages import compact

SHOWN_ORDERS = 500
SHOWN_BALANCES = 1_000
STANDING = ("PENDING", "DORMANT", "OPEN")


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a client's feed begins: the stream's number, the channel's, and the SNAPSHOT's data where the channel has one."""

    seq: int
    channel_seq: int
    data: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """How far everything has come that somebody here hears."""

    heads: Heads
    sequences: Mapping[UUID, int]


def find_market(symbol: str) -> UUID:
    """The market. Refuses one that is not there with UNKNOWN_MARKET."""
    try:
        return get_market_row(symbol=symbol).pk
    except NotFound as unknown:
        raise Refusal("UNKNOWN_MARKET", "There is no such market.", status=404) from unknown


@dataclass(frozen=True, slots=True)
class MarketBeginning:
    """A market as it stands: its book where it was wanted, newest trades and figures as (sequence, JSON)."""

    book: BookView | None
    trades: list[tuple[int, str]]
    figures: dict[str, tuple[int, str]]


def begin_market(market_id: UUID, symbol: str, wants_book: bool) -> MarketBeginning:
    """All that feeds of a market begin with, in one picture."""
    with one_picture():
        figures = {channel: read_figures(channel, [market_id]).get(market_id, (0, "null")) for channel in FIGURES}
        book = read_book(symbol) if wants_book else None
        return MarketBeginning(book, read_newest_trades(market_id), figures)


def begin_channel(entity_id: UUID, channel: str) -> Beginning:
    """A channel of a client's stream as it stands, in one picture: nothing lies between the snapshot and its number."""
    with one_picture():
        heads = read_heads([entity_id])[entity_id]
        seq, channel_seq = heads[StreamHead.ALL], heads.get(channel, 0)
        if channel == "ORDERS":
            return Beginning(seq, channel_seq, _open_orders(entity_id))
        if channel == "BALANCES":
            return Beginning(seq, channel_seq, _balances(entity_id))
    return Beginning(seq, channel_seq)


def _open_orders(entity_id: UUID) -> str:
    rows = list_client_orders(entity_id=entity_id).filter(status__in=STANDING).order_by("-id")[: SHOWN_ORDERS + 1]
    views = order_views(rows)
    shown = [ORDER_OUT.to_representation(view) for view in views[:SHOWN_ORDERS]]
    return compact({"orders": shown, "is_complete": len(views) <= SHOWN_ORDERS})


def _balances(entity_id: UUID) -> str:
    rows = read_balances(entity_id=entity_id, limit=SHOWN_BALANCES + 1)
    is_complete = "true" if len(rows) <= SHOWN_BALANCES else "false"
    return f'{{"balances":[{",".join(rows[:SHOWN_BALANCES])}],"is_complete":{is_complete}}}'


def look(entity_ids: Sequence[UUID], market_ids: Sequence[UUID]) -> Look:
    """How far these streams and markets have come. Two statements."""
    return Look(read_heads(entity_ids), read_sequences(market_ids))


def read_all(
    after: Sequence[tuple[UUID, int]], told: Sequence[Told], since: datetime
) -> tuple[list[FeedMessage], dict[UUID, News]]:
    """What is new in these streams and markets. Three statements at most."""
    return read_messages(after) if after else [], read_news(told, since=since) if told else {}


def cancel_of(credential_id: UUID, entity_id: UUID) -> list[int]:
    """Ask for everything that the credential has resting to be cancelled; answers the instructions' ids."""
    profiles = Order.objects.filter(credential_id=credential_id, status__in=STANDING, profile__entity_id=entity_id)
    actor = Actor("CREDENTIAL", credential_id)
    instructions: list[int] = []
    for profile_id in sorted(set(profiles.values_list("profile_id", flat=True))):
        wanted = OrderFilter(profile_id=profile_id, credential_id=credential_id)
        instructions += cancel_orders(wanted=wanted, reason="DEAD_MANS_SWITCH", actor=actor, at=clock.now())
    return instructions
