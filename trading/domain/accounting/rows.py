"""What a batch comes to: the rows of history, the accounts of orders, and the sums per ledger account."""

from dataclasses import dataclass, field
from typing import NamedTuple

from trading.domain.book_order import BookOrder

PENDING, DORMANT, OPEN, FILLED, CANCELLED, EXPIRED, REJECTED = (
    "PENDING", "DORMANT", "OPEN", "FILLED", "CANCELLED", "EXPIRED", "REJECTED",
)  # fmt: skip
LIVE = frozenset({OPEN, DORMANT})


@dataclass(slots=True, eq=False)
class OrderAccount:
    """The money side of an order: what it has traded, paid and reserved so far. Lives in ``BookOrder.account``.

    ``budget`` is what an order by quote amount has left to spend, in tick-lots; none of any other.
    """

    order_id: str
    profile_id: str
    base_account: str
    quote_account: str
    maker_rate: int
    taker_rate: int
    fee_step: int
    held: int
    filled_lots: int = 0
    filled_quote: int = 0
    fee_exact: int = 0
    fee_charged: int = 0
    prevented_lots: int = 0
    lapsed_lots: int = 0
    budget: int | None = None
    status: str = PENDING
    done_reason: str = ""
    accepted_sequence: int | None = None
    accepted_at: int | None = None
    last_sequence: int = 0
    closed_at: int | None = None


Detail = dict[str, object]


class EventRow(NamedTuple):
    """One event with everything that cannot be read later; see ``trading.models.OrderEvent``."""

    sequence: int
    kind: str
    order_id: str | None
    trade_id: str | None
    before_status: str | None
    after_status: str | None
    price: int | None
    amount: int | None
    cum_lots: int | None
    leaves_lots: int | None
    last_price: int | None
    last_lots: int | None
    fee: int | None
    hold_change: int
    is_base_hold: bool
    reason: str | None
    detail: Detail | None


class TradeRow(NamedTuple):
    """One trade with its fees in quote units; ``at`` is engine time in microseconds. An auction's has no maker."""

    trade_id: str
    entry_id: str
    sequence: int
    buy: OrderAccount
    sell: OrderAccount
    maker_side: str | None
    price: int
    lots: int
    quote: int
    buyer_fee: int
    seller_fee: int
    at: int


class PostingRow(NamedTuple):
    """Moves ``units`` of the base or the quote asset from one ledger account to another."""

    entry_id: str
    source: str
    destination: str
    is_base: bool
    units: int


class Pledge(NamedTuple):
    """What the door has taken for an amend beyond what the order holds: ``units`` of the base or the quote asset."""

    account: str
    is_base: bool
    units: int


@dataclass(slots=True)
class Outcome:
    """All that one batch changes: new rows, touched orders, and the sums per ledger account (balance and held).

    ``reshaped`` are those of the touched orders whose terms have changed, or that have lost amounts to their own group.
    """

    events: list[EventRow] = field(default_factory=list)
    trades: list[TradeRow] = field(default_factory=list)
    postings: list[PostingRow] = field(default_factory=list)
    touched: dict[str, BookOrder] = field(default_factory=dict)
    reshaped: set[str] = field(default_factory=set)
    base_balances: dict[str, int] = field(default_factory=dict)
    quote_balances: dict[str, int] = field(default_factory=dict)
    base_holds: dict[str, int] = field(default_factory=dict)
    quote_holds: dict[str, int] = field(default_factory=dict)
