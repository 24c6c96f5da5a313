"""Faults to plant in a copy of the engine: what each is called, the module, and what is put in the place of what.

The text is that of the module as Python itself would write it (`ast.unparse`), so neither comments nor line breaks matter.
It must stand there exactly once; where the engine is written anew, its fault is too.
"""

import ast
import importlib
import importlib.abc
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType, SimpleNamespace
from typing import NamedTuple

import trading.domain

HOME = Path(trading.domain.__file__).parent
# Shared with the true engine: whoever speaks to a broken one speaks the same language.
VOCABULARY = ("book_order", "instruction", "event", "parameters", "units")
TRUE_NAME, COPY_NAME = "trading.domain.", "broken_engine."


class Fault(NamedTuple):
    """One change to one module."""

    name: str
    module: str
    old: str
    new: str
    # The character whose streams bring it out soonest.
    seen_in: str


FAULTS = [
    Fault("the newest of a level goes first", "book", "level.append(order)", "level.appendleft(order)", "hidden"),
    Fault("a better price is not seen", "level", "rank < self.best.rank", "rank > self.best.rank", "related"),
    Fault(
        "the taker's price",
        "take",
        "orders, price, group = (book.orders, level.price,",
        "orders, price, group = (book.orders, taker.price,",
        "interrupted",
    ),
    Fault("an iceberg refills at the front", "take", "level.append(order)", "level.appendleft(order)", "hidden"),
    Fault("an iceberg shows all of the rest", "take", "min(order.display, order.hidden)", "order.hidden", "hidden"),
    Fault(
        "a refill keeps its old priority",
        "take",
        "order.priority = book.sequence",
        "order.priority = order.priority",
        "mixed",
    ),
    Fault(
        "the band's upper bound is rounded outward",
        "collars",
        "highest = reference * (MILLION + band) // step",
        "highest = -(-reference * (MILLION + band) // step)",
        "interrupted",
    ),
    Fault(
        "the band's lower bound is rounded outward",
        "collars",
        "-(-reference * (MILLION - band) // step)",
        "(reference * (MILLION - band) // step)",
        "hidden",
    ),
    Fault("the band's bound is outside", "run", "min(limit, furthest)", "min(limit, furthest - 1)", "called"),
    Fault("what the band stops may rest", "run", "best is None or best.rank > limit)", "True)", "collared"),
    Fault(
        "an IOC remainder rests", "run", "if order.is_resting_allowed and reason is None", "if reason is None", "called"
    ),
    Fault(
        "the entry band's bound is outside",
        "collars",
        "return 2 * MILLION * price > twice_mid",
        "return 2 * MILLION * price >= twice_mid",
        "fickle",
    ),
    Fault("mid is always the reference", "collars", "if bid is not None and ask is not None", "if False", "called"),
    Fault("the average is rounded down", "window", "(2 * notional + lots * step)", "(2 * notional)", "interrupted"),
    Fault(
        "the window is a bucket too long",
        "window",
        "self._past[0].number <= number - BUCKETS",
        "self._past[0].number < number - BUCKETS",
        "cascades",
    ),
    Fault(
        "an instruction's own trades move its band",
        "collars",
        "if book.measured_position != book.position",
        "if True",
        "related",
    ),
    Fault("a reference set does not empty the window", "govern", "book.window = TradeWindow()", "pass", "called"),
    Fault(
        "FOK does not count hidden lots",
        "fill_or_kill",
        "sum((order.open_lots for order in others))",
        "sum((order.remaining for order in others))",
        "collared",
    ),
    Fault(
        "FOK counts its own group",
        "fill_or_kill",
        "sum((order.open_lots for order in others))",
        "sum((order.open_lots for order in orders))",
        "related",
    ),
    Fault("FOK goes past its own group", "fill_or_kill", "return (shown, True)", "return (shown, False)", "related"),
    Fault(
        "a budget is rounded up to a lot",
        "spend",
        "taker.budget // (level.price * lot) * lot",
        "-(-taker.budget // (level.price * lot)) * lot",
        "collared",
    ),
    Fault(
        "the maker's mode decides",
        "prevent",
        "if taker.mode == DECREMENT_AND_CANCEL",
        "if maker.mode == DECREMENT_AND_CANCEL",
        "related",
    ),
    Fault(
        "CANCEL_BOTH spares the taker",
        "prevent",
        "is_end = taker.mode != CANCEL_OLDEST",
        "is_end = taker.mode == CANCEL_NEWEST",
        "cascades",
    ),
    Fault(
        "DECREMENT overlooks hidden lots",
        "prevent",
        "min(taker.remaining, maker.open_lots)",
        "min(taker.remaining, maker.remaining)",
        "hidden",
    ),
    Fault("DECREMENT costs no budget", "prevent", "taker.budget -= lots * level.price", "pass", "mixed"),
    Fault("more amount keeps its place", "amend", " or new.amount > old.amount", "", "fickle"),
    Fault("less amount loses its place", "amend", "new.amount > old.amount", "new.amount != old.amount", "related"),
    Fault("more display keeps its place", "amend", " or is_more_shown", "", "related"),
    Fault(
        "an amended total forgets the fills", "amend", "done = old.amount - order.open_lots", "done = 0", "interrupted"
    ),
    Fault(
        "an amended price does not take",
        "amend",
        "book.phase == OPEN and book.is_met(order.is_buy, order.price)",
        "False",
        "related",
    ),
    Fault("a new expiry is forgotten", "amend", "order.expires_at != old.expires_at", "False", "fickle"),
    Fault(
        "stops are woken latest first",
        "stops",
        "key=lambda order: order.accepted",
        "key=lambda order: -order.accepted",
        "called",
    ),
    Fault("a stop woken later goes first", "stops", "queue.popleft()", "queue.pop()", "called"),
    Fault(
        "a stop wants a price beyond its own",
        "stops",
        "book.buy_stops.take_up_to(price)",
        "book.buy_stops.take_up_to(price - 1)",
        "interrupted",
    ),
    Fault(
        "a stop already met is taken",
        "stops",
        "price >= stop_price if order.is_buy",
        "price > stop_price if order.is_buy",
        "interrupted",
    ),
    Fault(
        "a triggered stop wakes no other",
        "stops",
        "mark = len(events)\n        if not queue",
        "mark = len(events) + 99\n        if not queue",
        "called",
    ),
    Fault(
        "a waiting stop never expires",
        "place",
        "if order.expires_at is not None:\n            book.hours.put(order)",
        "pass",
        "mixed",
    ),
    Fault(
        "an order expires a moment late",
        "cancel",
        "take_up_to(book.engine_at)",
        "take_up_to(book.engine_at - 1)",
        "fickle",
    ),
    Fault(
        "orders expire by their hour, not as accepted",
        "agenda",
        "for accepted in sorted(taken)",
        "for accepted in taken",
        "hidden",
    ),
    Fault("time runs back", "engine", "if at > book.engine_at", "if True", "collared"),
    Fault(
        "post only takes",
        "refuse",
        "return order.order_type == POST_ONLY_LIMIT or book.phase == POST_ONLY",
        "return book.phase == POST_ONLY",
        "mixed",
    ),
    Fault("a phase lets too much in", "refuse", "if not is_let_in(book.phase, order)", "if False", "fickle"),
    Fault("an amend in any phase", "refuse", "if book.phase not in AMENDABLE", "if False", "mixed"),
    Fault(
        "a mass cancel spares stops",
        "cancel",
        "[*book.orders.values(), *book.dormant.values()]",
        "[*book.orders.values()]",
        "hidden",
    ),
    Fault("a kill switch does not last", "govern", "book.kills |= {(scope, scope_id)}", "pass", "mixed"),
    Fault("an auction does not look at the reference", "auction", "abs(price - reference)", "0", "mixed"),
    Fault("an auction does not look at the imbalance", "auction", "abs(imbalance)", "0", "related"),
    Fault(
        "an auction overlooks hidden lots",
        "auction",
        "sum((order.open_lots for order in level",
        "sum((order.remaining for order in level",
        "called",
    ),
    Fault(
        "an auction cancels the earlier of a group", "auction", "left_out.append(max(", "left_out.append(min(", "mixed"
    ),
    Fault("an auction trades outside the band", "uncross", "return AUCTION_PRICE_OUTSIDE_BAND", "pass", "mixed"),
    Fault(
        "a closing auction wakes stops", "change_phase", "if new == OPEN and book.dormant", "if book.dormant", "called"
    ),
    Fault("a phase asked for in another", "change_phase", "was is not None and was != old", "False", "interrupted"),
    Fault(
        "a crossed book opens",
        "change_phase",
        "BOOK_IS_CROSSED if new in MUST_NOT_CROSS and book.is_crossed() else None",
        "None",
        "interrupted",
    ),
    Fault("a new book forgets the kill switches", "snapshot", ", kills=snapshot.kills", "", "mixed"),
    Fault("a new book forgets the window", "snapshot", ", buckets=snapshot.buckets", "", "mixed"),
]


def broken_code(fault: Fault) -> CodeType:
    """The module with the fault in it."""
    text = ast.unparse(ast.parse((HOME / f"{fault.module}.py").read_text(encoding="utf-8")))
    assert text.count(fault.old) == 1, f"{fault.old!r} stands {text.count(fault.old)} times in {fault.module}"
    return compile(_renamed(text.replace(fault.old, fault.new)), f"{COPY_NAME}{fault.module}", "exec")


_WHOLE: dict[str, CodeType] = {}


def whole_code(module: str) -> CodeType:
    """A module of the engine that speaks to the copies of the others."""
    if module not in _WHOLE:
        text = (HOME / f"{module}.py").read_text(encoding="utf-8")
        _WHOLE[module] = compile(_renamed(text), f"{COPY_NAME}{module}", "exec")
    return _WHOLE[module]


def _renamed(text: str) -> ast.Module:
    """The source with its imports of other modules of the engine turned to the copies."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        if node.module == TRUE_NAME[:-1]:
            node.module = COPY_NAME[:-1]
        elif node.module.startswith(TRUE_NAME) and node.module.removeprefix(TRUE_NAME) not in VOCABULARY:
            node.module = COPY_NAME + node.module.removeprefix(TRUE_NAME)
    return tree


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules of the copy, one of them with a fault."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name == COPY_NAME[:-1]:
            return ModuleSpec(name, self, is_package=True)
        return ModuleSpec(name, self) if name.startswith(COPY_NAME) else None

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__.removeprefix(COPY_NAME)
        if module.__name__ == COPY_NAME[:-1]:
            return
        exec(broken_code(self.fault) if name == self.fault.module else whole_code(name), vars(module))


@contextmanager
def planted(fault: Fault) -> Iterator[SimpleNamespace]:
    """The parts of an engine with the fault in it, as `tests.trading.model.engine.Engine` takes them."""
    finder = _Finder(fault)
    sys.meta_path.insert(0, finder)
    try:
        wanted = {
            "Book": "book",
            "apply": "engine",
            "indicative": "auction",
            "take_snapshot": "snapshot",
            "book_of": "snapshot",
        }
        modules = {part: importlib.import_module(COPY_NAME + module) for part, module in wanted.items()}
        yield SimpleNamespace(**{part: getattr(module, part) for part, module in modules.items()})
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if f"{name}.".startswith(COPY_NAME)]:
            del sys.modules[name]
