"""A second matching engine, slow and plain, written from the rules alone. It imports nothing of the project's.

Instructions and events are plain tuples of figures and ids:

    (PLACE, at, terms)                  terms: a mapping with the names of `state.Order`
    (AMEND, at, id, changes)            changes: some of amount, price, stop, display, expires
    (CANCEL, at, id, reason)
    (MASS_CANCEL, at, filter, reason)   filter: some of profile, side, credential
    (WAKE, at)
    (CHANGE_PHASE, at, phase, reason, was)      was: the phase it was asked for in, or None
    (SET_REFERENCE, at, price)
    (SET_PARAMETERS, at, parameters)    tick, lot, entry_band, execution_band; a band may be None
    (ENGAGE_KILL, at, scope, scope id) and (RELEASE_KILL, at, scope, scope id)
    (BUST, at, trade)                   trade: buy, sell, price, amount
    (CORRECT, at, trade, price, amount)

Every event starts with its sequence number and the engine time; a trade is two of them.
"""

from dataclasses import fields

from tests.trading.model.auction import uncross
from tests.trading.model.state import Order, State
from tests.trading.model.taking import close, is_met, rest_or_lapse, run, take_steps, wake_stops

# Phase -> what it lets in. UNLESS: allowed if it would not take.
UNLESS = "UNLESS_IT_TAKES"
LETS_IN = {
    "CLOSED": {},
    "AUCTION": {"LIMIT": True, "STOP": True, "AMEND": True},
    "OPEN": {"LIMIT": True, "TAKING": True, "POST_ONLY": True, "STOP": True, "AMEND": True},
    "POST_ONLY": {"LIMIT": UNLESS, "POST_ONLY": True, "STOP": True, "AMEND": UNLESS},
    "CANCEL_ONLY": {},
    "HALTED": {},
}
MAY_GO_TO = {
    "CLOSED": {"AUCTION", "POST_ONLY", "CANCEL_ONLY"},
    "AUCTION": {"OPEN", "CLOSED", "HALTED", "CANCEL_ONLY"},
    "OPEN": {"AUCTION", "POST_ONLY", "CANCEL_ONLY", "HALTED", "CLOSED"},
    "POST_ONLY": {"OPEN", "AUCTION", "CANCEL_ONLY", "HALTED", "CLOSED"},
    "CANCEL_ONLY": {"AUCTION", "POST_ONLY", "HALTED", "CLOSED"},
    "HALTED": {"AUCTION", "CANCEL_ONLY", "CLOSED"},
}
TERMS = {field.name for field in fields(Order)}


def column(order: Order) -> str:
    """Under which head of the phase table an order stands."""
    if order.type in ("STOP_MARKET", "STOP_LIMIT"):
        return "STOP"
    if order.type == "POST_ONLY_LIMIT":
        return "POST_ONLY"
    return "TAKING" if order.type == "MARKET" or order.tif in ("IOC", "FOK") else "LIMIT"


class ReferenceModel:
    """The market, told one instruction after the other."""

    def __init__(self, **start: object) -> None:
        self.state = State(**start)

    def apply(self, instruction: tuple) -> list[tuple]:
        """The events of one instruction: (sequence, engine time, kind, ...)."""
        state = self.state
        kind, at, *what = instruction
        state.events = []
        state.trades = []
        state.position += 1
        state.engine_at = max(state.engine_at, at)
        due = [order for order in state.orders if order.expires is not None and order.expires <= state.engine_at]
        for order in sorted(due, key=lambda order: order.accepted):
            close(state, order, "EXPIRED", "TIME_REACHED")
        state.look_at_prices()
        getattr(self, f"do_{kind.lower()}")(*what)
        state.history.extend(state.trades)
        return state.events

    # An order comes.

    def do_place(self, terms: dict) -> None:
        state = self.state
        order = Order(**{name: value for name, value in terms.items() if name in TERMS})
        order.left = order.amount if order.quote is None else order.quote
        refusal = self.refuse_place(order)
        if refusal:
            state.tell("REJECTED", order.id, refusal)
            return
        state.tell("ACCEPTED", order.id)
        order.accepted = state.sequence
        if self.is_late(order):
            close(state, order, "EXPIRED", "TIME_REACHED")
        elif order.stop is not None:
            order.is_dormant = True
            state.tell("PARKED", order.id, order.left)
            state.orders.append(order)
        elif state.phase == "AUCTION":
            rest_or_lapse(state, order, "NOTHING_THERE")
        else:
            run(state, order)
            wake_stops(state)

    def is_late(self, order: Order) -> bool:
        return order.expires is not None and order.expires <= self.state.engine_at

    def refuse_place(self, order: Order) -> str | None:
        allowed = LETS_IN[self.state.phase].get(column(order), False)
        if not allowed or (allowed == UNLESS and self.would_take(order)):
            return "PHASE_NOT_ALLOWED"
        return self.refuse_terms(order, {"amount", "price", "stop", "display"})

    def would_take(self, order: Order) -> bool:
        return self.state.crosses(order.side, order.price)

    def refuse_terms(self, order: Order, changed: set[str]) -> str | None:
        """What is wrong with new terms of an order; the first that holds, in the order of the table of codes."""
        state = self.state
        is_stop = column(order) == "STOP"
        if "price" in changed and column(order) == "POST_ONLY" and self.would_take(order):
            return "POST_ONLY_WOULD_TAKE"
        if "price" in changed and order.price and not is_stop and state.is_beyond_entry_band(order.side, order.price):
            return "PRICE_BEYOND_ENTRY_BAND"
        if "stop" in changed and is_stop and is_met(order, state.last_price):
            return "STOP_WOULD_TRIGGER"
        if any(self.is_in_scope(order, *kill) for kill in state.kills):
            return "KILL_SWITCH_ENGAGED"
        steps = {"price": state.tick, "stop": state.tick, "amount": state.lot, "display": state.lot}
        if any((getattr(order, name) or 0) % step for name, step in steps.items() if name in changed):
            return "PARAMETERS_CHANGED"
        return None

    # An order is changed.

    def do_amend(self, order_id: object, changes: dict) -> None:
        state = self.state
        order = state.find(order_id)
        if order is None:
            state.tell("AMEND_REFUSED", order_id, "ORDER_ALREADY_CLOSED")
            return
        wish = Order(**(vars(order) | changes))
        changed = {name for name in changes if getattr(wish, name) != getattr(order, name)}
        refusal = self.refuse_amend(order, wish, changed)
        if refusal:
            state.tell("AMEND_REFUSED", order_id, refusal)
            return
        self.change(order, wish, changed)

    def refuse_amend(self, order: Order, wish: Order, changed: set[str]) -> str | None:
        allowed = LETS_IN[self.state.phase].get("AMEND", False)
        if not allowed:
            return "PHASE_NOT_ALLOWED"
        is_stop = column(order) == "STOP"
        moves = "price" in changed and not order.is_dormant
        if allowed == UNLESS and moves and column(order) != "POST_ONLY" and self.would_take(wish):
            return "PHASE_NOT_ALLOWED"
        if is_stop and not order.is_dormant:
            # It has been met once and for all; what is left of it is a limit order.
            wish = Order(**(vars(wish) | {"type": "LIMIT"}))
            late = "stop" in changed
            band = moves and self.state.is_beyond_entry_band(wish.side, wish.price)
            return "STOP_WOULD_TRIGGER" if late and not band else self.refuse_terms(wish, changed - {"stop"})
        return self.refuse_terms(wish, changed)

    def change(self, order: Order, wish: Order, changed: set[str]) -> None:
        state = self.state
        used = order.filled + order.prevented
        old = order.terms()
        is_more = wish.amount > order.amount or ("display" in changed and wish.display > order.display)
        is_kept = order.is_dormant or not ("price" in changed or is_more)
        order.amount, order.price = wish.amount, wish.price
        order.stop, order.display, order.expires = wish.stop, wish.display, wish.expires
        order.amount = max(order.amount, used)
        order.left = order.amount - used
        state.tell("AMENDED", order.id, old, order.terms(), is_kept, order.left)
        if order.left == 0:
            close(state, order, "CANCELLED", "AMENDED_BELOW_FILLED")
        elif self.is_late(order):
            close(state, order, "EXPIRED", "TIME_REACHED")
        elif is_kept:
            order.shown = min(order.shown, order.left if order.display is None else order.display, order.left)
        else:
            self.start_again(order)

    def start_again(self, order: Order) -> None:
        """To the back of its level, taking first where it may."""
        state = self.state
        number = state.sequence
        order.show()
        order.priority = number
        if state.phase != "OPEN":
            return
        state.remove(order)
        trial = state.trial()
        take_steps(trial, Order(**vars(order)))
        if trial.sequence == number and not self.ends_at_once(order):
            state.orders.append(order)
            return
        run(state, order)
        wake_stops(state)

    def ends_at_once(self, order: Order) -> bool:
        """Whether it meets a level it may not trade at: then it does not rest."""
        state = self.state
        return state.crosses(order.side, order.price)

    # Orders are taken out.

    def do_cancel(self, order_id: object, reason: str) -> None:
        order = self.state.find(order_id)
        if order is None:
            self.state.tell("CANCEL_REFUSED", order_id, "ORDER_ALREADY_CLOSED")
        else:
            close(self.state, order, "CANCELLED", reason)

    def do_mass_cancel(self, wanted: dict, reason: str) -> None:
        found = [o for o in self.state.orders if all(getattr(o, name) == value for name, value in wanted.items())]
        self.cancel_all(found, reason)
        self.state.tell("MASS_CANCELLED", len(found))

    def cancel_all(self, orders: list[Order], reason: str) -> None:
        for order in sorted(orders, key=lambda order: order.accepted):
            close(self.state, order, "CANCELLED", reason)

    def do_wake(self) -> None:
        """Nothing more than what every instruction does first."""

    # The market itself.

    def do_change_phase(self, phase: str, reason: str, was: str | None) -> None:
        state = self.state
        old = state.phase
        refusal = "PHASE_NOT_ALLOWED" if was not in (None, old) else self.refuse_phase(old, phase)
        if refusal:
            state.tell("PHASE_REFUSED", old, phase, refusal)
            return
        state.phase = phase
        state.tell("PHASE_CHANGED", old, phase, reason)
        if phase == "OPEN":
            wake_stops(state)

    def refuse_phase(self, old: str, phase: str) -> str | None:
        """Why not. Where the move uncrosses, that is done here."""
        state = self.state
        if phase not in MAY_GO_TO[old]:
            return "PHASE_NOT_ALLOWED"
        if old == "AUCTION" and phase in ("OPEN", "CLOSED"):
            return None if uncross(state) else "AUCTION_PRICE_OUTSIDE_BAND"
        bids, asks = state.queue("BUY"), state.queue("SELL")
        if phase in ("OPEN", "POST_ONLY") and bids and asks and bids[0].price >= asks[0].price:
            return "BOOK_IS_CROSSED"
        return None

    def do_set_reference(self, price: int) -> None:
        self.state.fallback = price
        self.state.history = []
        self.state.tell("REFERENCE_SET", price)

    def do_set_parameters(self, parameters: dict) -> None:
        old = {name: getattr(self.state, name) for name in parameters}
        for name, value in parameters.items():
            setattr(self.state, name, value)
        self.state.tell("PARAMETERS_CHANGED", old, parameters)

    def is_in_scope(self, order: Order, scope: str, scope_id: object) -> bool:
        return scope in ("FIRM", "MARKET") or getattr(order, scope.lower()) == scope_id

    def do_engage_kill(self, scope: str, scope_id: object) -> None:
        self.state.kills = self.state.kills | {(scope, scope_id)}
        self.state.tell("KILL_ENGAGED", scope, scope_id)
        self.cancel_all([o for o in self.state.orders if self.is_in_scope(o, scope, scope_id)], "KILL_SWITCH")

    def do_release_kill(self, scope: str, scope_id: object) -> None:
        self.state.kills = self.state.kills - {(scope, scope_id)}
        self.state.tell("KILL_RELEASED", scope, scope_id)

    # A trade is undone.

    def do_bust(self, trade: dict) -> None:
        for side in ("buy", "sell"):
            self.state.tell("BUSTED", side.upper(), trade[side], trade["price"], trade["amount"])

    def do_correct(self, trade: dict, price: int, amount: int) -> None:
        self.do_bust(trade)
        for side in ("buy", "sell"):
            self.state.tell("CORRECTED", side.upper(), trade[side], price, amount)

    # What stands there now.

    def open_orders(self) -> list[tuple]:
        """(id, left, shown, priority) of what rests, by priority; then (id, left) of what is dormant, by acceptance."""
        resting = sorted((o for o in self.state.orders if not o.is_dormant), key=lambda o: o.priority)
        dormant = sorted((o for o in self.state.orders if o.is_dormant), key=lambda o: o.accepted)
        return [(o.id, o.left, o.shown, o.priority) for o in resting] + [(o.id, o.left) for o in dormant]
