"""What one browser wants to hear."""

from dataclasses import dataclass, field
from uuid import UUID

from django.http import QueryDict

from core.domain.refusals import Refusal
from trading.pages.blotter import read_order_filter
from trading.pages.markets import read_interval
from trading.pages.trades import read_trade_filter
from trading.queries.desk_orders import OrderFilter, parse_id
from trading.queries.desk_trades import TradeFilter
from trading.realtime.line import Line

VIEWS = ("BLOTTER", "TRADES", "MARKET")
MOST_ROWS = 300
# More ids than a page shows are kept for rows that came since; the oldest go first.
MOST_KNOWN = 600
KEPT_KNOWN = 300
MOST_MISSED = 5_000


@dataclass(eq=False, slots=True)
class Subscription:
    """A view with its filter, the rows its page shows (``known``), and whether the page holds new rows back."""

    line: Line
    session_key: str
    staff_user_id: UUID
    view: str = ""
    orders: OrderFilter = field(default_factory=OrderFilter)
    trades: TradeFilter = field(default_factory=TradeFilter)
    market: str = ""
    interval: str = ""
    known: set[UUID] = field(default_factory=set)
    is_frozen: bool = False
    is_paused: bool = False
    waiting: set[UUID] = field(default_factory=set)
    # While the page reads itself anew nobody knows its rows: what changed meanwhile and was not sent is kept, and owed
    # for those rows that the page then shows.
    is_reading: bool = False
    missed: set[UUID] = field(default_factory=set)
    owed: set[UUID] = field(default_factory=set)
    owes_resync: str = ""
    resynced_at: float = 0.0
    counts: dict[str, str] = field(default_factory=dict)

    def choose(self, view: object, query: object, rows: object) -> None:
        """Begin to hear a view. Refuses a view, query or list of rows that is none with MALFORMED_MESSAGE."""
        if view not in VIEWS or not isinstance(query, str) or len(query) > 2_000:
            raise Refusal("MALFORMED_MESSAGE", "No such view.")
        wanted = QueryDict(query)
        self.view = str(view)
        self.orders = read_order_filter(wanted)
        self.trades = read_trade_filter(wanted)
        self.market = wanted.get("market", "")[:33]
        self.interval = read_interval(wanted.get("interval", ""))
        self.show(rows)
        self.begin_reading()
        self.owes_resync = ""

    def begin_reading(self) -> None:
        """The page is about to read itself anew; until it says which rows it shows, changes are kept for it."""
        self.is_reading = True
        self.missed.clear()

    def miss(self, rows: set[UUID]) -> None:
        """Rows that changed and were not sent while the page is read."""
        self.missed |= rows
        if len(self.missed) > MOST_MISSED:
            self.owes_resync = self.owes_resync or "TOO_MANY"
            self.missed.clear()

    def show(self, rows: object) -> None:
        """The page was read anew and shows these rows."""
        if not isinstance(rows, list) or len(rows) > MOST_ROWS:
            raise Refusal("MALFORMED_MESSAGE", "A list of at most 300 ids.")
        ids = [parse_id(text) if isinstance(text, str) else None for text in rows]
        if None in ids:
            raise Refusal("MALFORMED_MESSAGE", "A row that has no id.")
        self.known = {row for row in ids if row is not None}
        self.owed = self.missed & self.known
        self.missed = set()
        self.is_reading = False
        self.waiting.clear()

    def learn(self, rows: set[UUID]) -> None:
        """New rows were sent; the page shows them now."""
        self.known |= rows
        if len(self.known) > MOST_KNOWN:
            self.known = set(sorted(self.known)[-KEPT_KNOWN:])

    @property
    def hears(self) -> bool:
        """Whether frames of its view are wanted now."""
        return bool(self.view) and not self.is_paused
