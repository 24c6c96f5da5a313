"""A generator of hostile commands. It looks at the model's state, so that it can aim: at the last lot, the band's edge,
the price of a stop, the order that is just gone. What it draws is plain data and can be told again without it."""

import random
from dataclasses import dataclass, field
from typing import Any

from tests.trading.model.reference_model import MAY_GO_TO
from tests.trading.model.state import MILLION, Order, State

SECOND = MILLION
STEPS = (0, 0, 0, 0, 1, 1, SECOND, 2 * SECOND, 3 * SECOND, 10 * SECOND, -SECOND, -5 * SECOND)
# Around the 300 s that the reference remembers.
LEAPS = (30 * SECOND, 150 * SECOND, 290 * SECOND, 300 * SECOND, 310 * SECOND)
MODES = ("CANCEL_NEWEST", "CANCEL_OLDEST", "CANCEL_BOTH", "DECREMENT_AND_CANCEL")
MANY = 60
RESTING_TYPES = ("LIMIT", "POST_ONLY_LIMIT", "ICEBERG")


@dataclass(frozen=True)
class Character:
    """How a stream behaves: weights of kinds of command and of types of order, and how near together all of it is."""

    kinds: dict[str, float] = field(default_factory=dict)
    types: dict[str, float] = field(default_factory=dict)
    spread: int = 3
    groups: int = 4
    # Which share of prices lies on the side where it may cross.
    aggression: float = 0.5
    # How many commands a market that is not open stays so, on average.
    patience: float = 5


KINDS = {
    "PLACE": 60,
    "AMEND": 14,
    "CANCEL": 8,
    "MASS_CANCEL": 0.7,
    "WAKE": 2,
    "CHANGE_PHASE": 1.5,
    "SET_REFERENCE": 0.5,
    "SET_PARAMETERS": 0.4,
    "ENGAGE_KILL": 0.5,
    "RELEASE_KILL": 0.1,
    "BUST": 0.3,
    "CORRECT": 0.3,
}
TYPES = {
    "LIMIT": 30,
    "POST_ONLY_LIMIT": 6,
    "MARKET": 8,
    "BUDGET": 6,
    "STOP_MARKET": 8,
    "STOP_LIMIT": 8,
    "ICEBERG": 14,
}
CHARACTERS = {
    # A bit of everything, at few prices.
    "mixed": Character(),
    # One group against itself, all the time.
    "related": Character(spread=1, groups=2),
    # Hidden amount in every level.
    "hidden": Character(types={"ICEBERG": 60}, spread=1, groups=6),
    # Stops behind stops.
    "cascades": Character(types={"STOP_MARKET": 30, "STOP_LIMIT": 30}, spread=2, groups=8),
    # Not for long in any phase; auctions all the time.
    "interrupted": Character(kinds={"CHANGE_PHASE": 12}, spread=3, groups=5, patience=15),
    # From one auction to the next, with references between the ticks.
    "called": Character(
        kinds={"CHANGE_PHASE": 5, "SET_REFERENCE": 9, "SET_PARAMETERS": 5}, spread=4, groups=9, patience=9
    ),
    # Prices all over the bands, and a reference that is moved.
    "collared": Character(kinds={"SET_REFERENCE": 4, "SET_PARAMETERS": 3}, spread=7, groups=8),
    # Passive orders that are changed again and again.
    "fickle": Character(kinds={"AMEND": 60, "CANCEL": 20}, aggression=0.15, spread=2, groups=8),
}


class Commander:
    """Draws one command after the other for a market it may look at."""

    def __init__(self, seed: str, character: Character) -> None:
        self.rng = random.Random(seed)
        self.character = character
        self.kinds = KINDS | character.kinds
        self.types = TYPES | character.types
        self.at = 1_700_000_000 * SECOND
        self.number = 0
        self.middle = 100
        self.placed: list[int] = []
        self.trades: list[dict[str, Any]] = []

    def draw(self, state: State) -> tuple:
        """The next command."""
        rng = self.rng
        self.at += rng.choice(STEPS if rng.random() > 0.01 else LEAPS)
        if rng.random() < 0.1:
            self.middle = max(90, min(130, (state.last_price or 100) + rng.choice((-1, 0, 1))))
        kind = rng.choices(list(self.kinds), list(self.kinds.values()))[0]
        if len(state.orders) > MANY and kind == "PLACE" and rng.random() < 0.5:
            kind = "CANCEL" if rng.random() < 0.9 else "MASS_CANCEL"
        if state.phase != "OPEN" and rng.random() * self.character.patience < 1:
            kind = "CHANGE_PHASE"
        if state.kills and rng.random() < 0.15:
            kind = "RELEASE_KILL"
        return (kind, self.at, *getattr(self, f"draw_{kind.lower()}")(state))

    def remember(self, events: list[tuple]) -> None:
        """What came of it, as far as it is of use later."""
        for event in events:
            if event[2] == "TRADED" and event[3] in ("MAKER", "BUY") and self.rng.random() < 0.05:
                self.trades = [
                    *self.trades[-5:],
                    {"id": event[0], "buy": event[4], "sell": event[5], "price": event[6], "amount": event[7]},
                ]

    # Orders.

    def draw_place(self, state: State) -> tuple:
        rng = self.rng
        self.number += 1
        kind = rng.choices(list(self.types), list(self.types.values()))[0]
        side = "BUY" if kind == "BUDGET" else rng.choice(("BUY", "SELL"))
        profile = rng.randrange(4)
        terms: dict[str, Any] = {
            "id": self.number,
            "type": "MARKET" if kind == "BUDGET" else kind,
            "side": side,
            "tif": self.draw_time_in_force(kind),
            "stp": rng.choice(MODES),
            "group": rng.randrange(self.character.groups),
            "profile": f"P{profile}",
            "entity": f"E{profile // 2}",
            "credential": f"C{rng.randrange(3)}",
        }
        terms |= getattr(self, f"price_{kind.lower()}")(state, terms)
        if terms["tif"] == "GTT":
            terms["expires"] = self.draw_expiry(state)
        if "expires" in terms or terms["tif"] == "GTC":
            self.placed = [*self.placed[-200:], self.number]
        return (terms,)

    def draw_time_in_force(self, kind: str) -> str:
        if kind == "LIMIT":
            return self.rng.choices(("GTC", "GTT", "IOC", "FOK"), (5, 4, 2, 2))[0]
        if kind == "MARKET":
            return self.rng.choice(("IOC", "FOK"))
        return "IOC" if kind == "BUDGET" else self.rng.choice(("GTC", "GTC", "GTT"))

    def draw_expiry(self, state: State) -> int:
        return max(self.at, state.engine_at) + self.rng.choice(
            (0, 1, 2, SECOND, 3 * SECOND, 20 * SECOND, 100 * SECOND, *[3_000 * SECOND] * 5)
        )

    def draw_price(self, state: State, side: str) -> int:
        rng = self.rng
        edges = self.edges(state)
        if edges and rng.random() < 0.08:
            return self.on_tick(state, rng.choice(edges) + rng.choice((-1, 0, 0, 1)))
        way = 1 if side == "BUY" else -1
        distance = rng.randrange(self.character.spread + 1)
        way = way if rng.random() < self.character.aggression else -way
        return self.on_tick(state, self.middle + way * distance)

    def edges(self, state: State) -> list[int]:
        """The last prices that the bands let pass, both ways."""
        found = [*(state.execution_bounds() or ())]
        if state.twice_mid is not None and state.entry_band is not None:
            unit = 2 * MILLION
            found.append(state.twice_mid * (MILLION + state.entry_band) // unit)
            found.append(-(-state.twice_mid * (MILLION - state.entry_band) // unit))
        return found

    def on_tick(self, state: State, price: int) -> int:
        """Nearly always."""
        return max(state.tick, price if self.rng.random() < 0.03 else price // state.tick * state.tick)

    def draw_amount(self, state: State) -> int:
        amount = self.rng.randrange(1, 10) if self.rng.random() < 0.9 else self.rng.randrange(10, 60)
        return amount if self.rng.random() < 0.03 else amount * state.lot

    def aim(self, state: State, side: str, amount: int) -> int:
        """At times just what stands on the other side, hidden included, or one more or less."""
        if self.rng.random() < 0.3:
            against = state.queue("SELL" if side == "BUY" else "BUY")[: self.rng.randrange(1, 6)]
            amount = sum(order.left for order in against) + self.rng.choice((-1, 0, 0, 1)) * state.lot
        return max(state.lot, amount)

    def price_limit(self, state: State, terms: dict) -> dict:
        side = terms["side"]
        return {"price": self.draw_price(state, side), "amount": self.aim(state, side, self.draw_amount(state))}

    price_post_only_limit = price_limit

    def price_iceberg(self, state: State, terms: dict) -> dict:
        amount = self.draw_amount(state) + state.lot
        display = self.rng.randrange(1, amount // state.lot) * state.lot if amount > 2 * state.lot else state.lot
        return {"price": self.draw_price(state, terms["side"]), "amount": amount + state.lot, "display": display}

    def price_market(self, state: State, terms: dict) -> dict:
        way = 1 if terms["side"] == "BUY" else -1
        protection = (state.reference or self.middle) + way * self.rng.choice((-1, 0, 1, 2, 2, 4))
        return {"protection": protection, "amount": self.aim(state, terms["side"], self.draw_amount(state))}

    def price_budget(self, state: State, terms: dict) -> dict:
        market = self.price_market(state, terms)
        asks = state.queue("SELL")
        price = asks[0].price if asks else self.middle
        extra = self.rng.choice((0, 0, 1, price // 2, price - 1, price, price + 1, -1))
        return {"protection": market["protection"], "quote": max(1, market["amount"] * price + extra)}

    def draw_stop(self, state: State, side: str) -> int:
        way = 1 if side == "BUY" else -1
        last = self.middle if state.last_price is None else state.last_price
        return self.on_tick(state, last + way * self.rng.choice((0, 1, 1, 1, 2, 2, 3)))

    def price_stop_market(self, state: State, terms: dict) -> dict:
        stop = self.draw_stop(state, terms["side"])
        way = 1 if terms["side"] == "BUY" else -1
        return {"stop": stop, "protection": stop + way * self.rng.randrange(3), "amount": self.draw_amount(state)}

    def price_stop_limit(self, state: State, terms: dict) -> dict:
        stop = self.draw_stop(state, terms["side"])
        return {"stop": stop, "price": max(1, stop + self.rng.randrange(-3, 4)), "amount": self.draw_amount(state)}

    # What happens to orders.

    def draw_id(self, state: State) -> int:
        """Mostly an open order, at times one that is gone, or the one that goes first."""
        rng = self.rng
        dice = rng.random()
        if dice < 0.1 and self.placed:
            return rng.choice(self.placed)
        heads = [queue[0].id for queue in (state.queue("BUY"), state.queue("SELL")) if queue]
        if dice < 0.35 and heads:
            return rng.choice(heads)
        return rng.choice(state.orders).id if state.orders else 0

    def draw_amend(self, state: State) -> tuple:
        order_id = self.draw_id(state)
        order = state.find(order_id)
        if order is None:
            return order_id, {"amount": self.draw_amount(state)}
        fields = ["amount", "amount"]
        fields += ["price", "price"] if order.price is not None else []
        fields += ["stop"] if order.stop is not None else []
        fields += ["display"] if order.display is not None else []
        fields += ["expires"] if order.expires is not None else []
        names = self.rng.sample(fields, 1 if self.rng.random() < 0.7 else 2)
        return order_id, {name: self.draw_change(state, order, name) for name in sorted(names)}

    def draw_change(self, state: State, order: Order, name: str) -> int:
        rng = self.rng
        if name == "price":
            return self.draw_price(state, order.side)
        if name == "stop":
            return self.draw_stop(state, order.side)
        if name == "expires":
            return self.draw_expiry(state)
        if name == "display":
            return max(1, order.display + rng.choice((-2, -1, 0, 1, 2)) * state.lot)
        used = order.filled + order.prevented
        return max(1, rng.choice((used - 1, used, used + 1, used + state.lot, order.amount - 1, order.amount + 1)))

    def draw_cancel(self, state: State) -> tuple:
        return self.draw_id(state), self.rng.choice(("CLIENT_REQUEST", "OPERATOR_REQUEST"))

    def draw_mass_cancel(self, state: State) -> tuple:
        rng = self.rng
        wanted = {}
        for name, values in (
            ("profile", ("P0", "P1", "P2", "P3")),
            ("side", ("BUY", "SELL")),
            ("credential", ("C0", "C1")),
        ):
            if rng.random() < 0.5:
                wanted[name] = rng.choice(values)
        return wanted, rng.choice(("MASS_CANCEL", "DEAD_MANS_SWITCH", "CONTROL_SET"))

    # The market.

    def draw_wake(self, state: State) -> tuple:
        due = [order.expires for order in state.orders if order.expires is not None]
        if due:
            self.at = max(self.at, min(due) + self.rng.choice((-1, 0, 1)))
        return ()

    def draw_change_phase(self, state: State) -> tuple:
        rng = self.rng
        choices = sorted(MAY_GO_TO) if rng.random() < 0.15 else sorted(MAY_GO_TO[state.phase])
        if "OPEN" in choices and state.phase != "OPEN" and rng.random() < 0.6:
            return "OPEN", "SCHEDULED", state.phase
        if "AUCTION" in choices and rng.random() < 0.5:
            return "AUCTION", "AUCTION", None
        was = rng.choice(sorted(MAY_GO_TO)) if rng.random() < 0.1 else None
        return rng.choice(choices), rng.choice(("SCHEDULED", "MAINTENANCE")), was

    def draw_set_reference(self, state: State) -> tuple:
        price = self.middle + self.rng.randrange(-4, 5)
        bids, asks = state.queue("BUY"), state.queue("SELL")
        if bids and asks and self.rng.random() < 0.4:
            return ((bids[0].price + asks[0].price) // 2,)
        return (price if self.rng.random() < 0.5 else self.on_tick(state, price),)

    def draw_set_parameters(self, state: State) -> tuple:
        rng = self.rng
        return (
            {
                "tick": rng.choice((1, 1, 1, 2, 2, 5)),
                "lot": rng.choice((1, 1, 1, 2, 3)),
                "entry_band": rng.choice((50_000, 50_000, 20_000, 100_000, None)),
                "execution_band": rng.choice((20_000, 20_000, 10_000, 35_000, 100_000, None)),
            },
        )

    def draw_engage_kill(self, state: State) -> tuple:
        rng = self.rng
        scopes = (("FIRM", None), ("MARKET", None), ("ENTITY", "E1"), ("PROFILE", "P2"), ("CREDENTIAL", "C1"))
        return rng.choices(scopes, (1, 1, 3, 4, 4))[0]

    def draw_release_kill(self, state: State) -> tuple:
        return self.rng.choice(sorted(state.kills, key=str)) if state.kills else ("PROFILE", "P2")

    def draw_bust(self, state: State) -> tuple:
        return (
            self.rng.choice(self.trades) if self.trades else {"id": 0, "buy": 1, "sell": 2, "price": 100, "amount": 1},
        )

    def draw_correct(self, state: State) -> tuple:
        (trade,) = self.draw_bust(state)
        return trade, trade["price"] + 1, trade["amount"]
