"""The engine, spoken to in the commands of the model and answering in its figures. All that is known here of the engine is
its vocabulary: instructions, events, and what a book shows of itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

from tests.trading.model.reference_model import ReferenceModel
from trading.domain import agenda, level
from trading.domain.auction import indicative
from trading.domain.book import Book
from trading.domain.book_order import BookOrder
from trading.domain.engine import apply
from trading.domain.event import count_sequence_numbers
from trading.domain.instruction import Amendment, Selection, TradeFacts
from trading.domain.parameters import Parameters
from trading.domain.snapshot import book_of, take_snapshot

AMENDED_NAMES = ("amount", "price", "stop_price", "display", "expires_at")
OURS = ("amount", "price", "stop", "display", "expires")
BANDS = Parameters(entry_band=50_000, execution_band=20_000)


THE_ENGINE = SimpleNamespace(
    Book=Book, apply=apply, indicative=indicative, take_snapshot=take_snapshot, book_of=book_of
)


def start_model() -> ReferenceModel:
    return ReferenceModel(entry_band=BANDS.entry_band, execution_band=BANDS.execution_band)


class Engine:
    """A book and what moves it. `parts` are the engine's own unless a test breaks a copy of it."""

    def __init__(self, parts: SimpleNamespace = THE_ENGINE, parameters: Parameters = BANDS) -> None:
        self.parts = parts
        self.book = parts.Book(parameters=parameters)

    def apply(self, command: tuple) -> list[tuple]:
        """Events as the model tells them; an error of the engine's is told as one."""
        before = self.book.sequence
        events = []
        try:
            self.parts.apply(self.book, to_instruction(command), events)
        except Exception as error:
            return [("CRASHED", type(error).__name__, str(error))]
        told = []
        for event in events:
            lines = to_lines(event)
            assert len(lines) == count_sequence_numbers(event)
            for line in lines:
                told.append((before + len(told) + 1, self.book.engine_at, *line))
        if self.book.sequence != before + len(told):
            told.append(("SEQUENCE", self.book.sequence))
        return told

    def start_again(self) -> None:
        """Go on with a second book that was made from what the first keeps of itself."""
        self.book = self.parts.book_of(self.parts.take_snapshot(self.book))

    def state(self) -> dict[str, object]:
        """What the book shows of itself, in the words of the model."""
        book = self.book
        names = ("phase", "sequence", "position", "engine_at", "last_price")
        found = {name: getattr(book, name) for name in names}
        bids, asks = book.depth(1_000)
        return found | {"bids": bids, "asks": asks, "orders": self.open_orders(), "indicative": self.indicative()}

    def open_orders(self) -> list[tuple]:
        resting = sorted(self.book.orders.values(), key=lambda order: order.priority)
        dormant = sorted(self.book.dormant.values(), key=lambda order: order.accepted)
        lots = [(order.order_id, order.open_lots, order.remaining, order.priority) for order in resting]
        return lots + [(order.order_id, order.open_lots) for order in dormant]

    def indicative(self) -> tuple | None:
        """What an auction would clear at now."""
        clearing = self.parts.indicative(self.book) if self.book.phase == "AUCTION" else None
        return None if clearing is None else tuple(clearing)


@contextmanager
def swept_early() -> Iterator[None]:
    """What closed orders leave behind in a book is swept away after a few instead of dozens: small books are swept too."""
    with patch.object(agenda, "_SWEEP_FROM", 2), patch.object(level, "_SWEEP_FROM", 1):
        yield


def to_order(terms: dict) -> BookOrder:
    is_market = terms["type"] in ("MARKET", "STOP_MARKET")
    amount = terms.get("amount") or 0
    return BookOrder(
        order_id=terms["id"],
        is_buy=terms["side"] == "BUY",
        price=terms["protection"] if is_market else terms["price"],
        amount=amount,
        remaining=amount,
        is_resting_allowed=not is_market and terms["tif"] in ("GTC", "GTT"),
        is_market=is_market,
        group=terms["group"],
        order_type=terms["type"],
        is_fill_or_kill=terms["tif"] == "FOK",
        mode=terms["stp"],
        budget=terms.get("quote"),
        stop_price=terms.get("stop"),
        display=terms.get("display"),
        expires_at=terms.get("expires"),
        profile=terms["profile"],
        entity=terms["entity"],
        credential=terms["credential"],
    )


def to_instruction(command: tuple) -> tuple:
    """The same in the engine's words."""
    kind, at, *what = command
    if kind == "PLACE":
        return kind, at, to_order(what[0])
    if kind == "AMEND":
        changes = {AMENDED_NAMES[OURS.index(name)]: value for name, value in what[1].items()}
        return kind, at, what[0], Amendment(**changes)
    if kind == "MASS_CANCEL":
        wanted = dict(what[0])
        side = wanted.pop("side", None)
        return kind, at, Selection(is_buy=None if side is None else side == "BUY", **wanted), what[1]
    if kind == "SET_PARAMETERS":
        return kind, at, Parameters(**what[0])
    if kind in ("BUST", "CORRECT"):
        trade = what[0]
        facts = TradeFacts(trade["id"], trade["buy"], trade["sell"], trade["price"], trade["amount"])
        return kind, at, facts, *what[1:]
    return command


def to_lines(event: tuple) -> list[tuple]:
    """An event of the engine's in the model's words: a line for each sequence number."""
    kind, *rest = event
    if kind in ("TRADED", "AUCTIONED"):
        first, second, price, lots, first_left, second_left = rest
        sides = ("MAKER", "TAKER") if kind == "TRADED" else ("BUY", "SELL")
        return [
            ("TRADED", sides[0], first.order_id, second.order_id, price, lots, first_left),
            ("TRADED", sides[1], second.order_id, first.order_id, price, lots, second_left),
        ]
    if kind in ("BUSTED", "CORRECTED"):
        trade = rest[0]
        price, lots = rest[1:] if kind == "CORRECTED" else (trade.price, trade.lots)
        return [(kind, "BUY", trade.buy_order_id, price, lots), (kind, "SELL", trade.sell_order_id, price, lots)]
    return [(kind, *(to_figure(part) for part in rest))]


def to_figure(part: object) -> object:
    if isinstance(part, BookOrder):
        return part.order_id
    if isinstance(part, Amendment):
        return tuple(part)
    return part._asdict() if isinstance(part, Parameters) else part
