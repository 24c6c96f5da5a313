"""A second matching engine, slow and plain, written from the rules alone. It imports nothing of the first.

Resting orders are one flat list. For every single fill the opposite orders are collected and sorted anew, so there is
no state to get wrong besides the list itself. Instructions are tuples as in `streams`; events are tuples of figures
and ids, each with its own sequence number, a trade being two of them.
"""


class ReferenceModel:
    MOVES = {("OPEN", "CANCEL_ONLY"), ("OPEN", "HALTED"), ("CANCEL_ONLY", "OPEN"), ("CANCEL_ONLY", "HALTED")} | {
        ("HALTED", "CANCEL_ONLY")
    }

    def __init__(self) -> None:
        self.resting = []
        self.sequence = 0
        self.position = 0
        self.engine_at = 0
        self.phase = "OPEN"
        self.reference = None
        self.last_price = None
        self.events = []

    def tell(self, *event: object) -> None:
        self.sequence += 1
        self.events.append((self.sequence, self.engine_at, *event))

    def apply(self, instruction: tuple) -> list[tuple]:
        """The events of one instruction: (sequence, engine time, kind, ...)."""
        self.events = []
        self.position += 1
        kind, at, *what = instruction
        self.engine_at = max(self.engine_at, at)
        if kind == "PLACE":
            self.place(dict(what[0], remaining=what[0]["amount"]))
        if kind == "CANCEL":
            self.cancel(*what)
        if kind == "CHANGE_PHASE":
            self.change_phase(*what)
        if kind == "SET_REFERENCE":
            self.reference = what[0]
            self.tell("REFERENCE_SET", what[0])
        return self.events

    def place(self, taker: dict) -> None:
        if self.phase != "OPEN":
            self.tell("REJECTED", taker["id"], "PHASE_NOT_ALLOWED")
            return
        self.tell("ACCEPTED", taker["id"])
        while taker["remaining"] > 0:
            maker = self.next_maker(taker)
            if maker is None:
                break
            lots = min(taker["remaining"], maker["remaining"])
            if maker["group"] == taker["group"]:
                self.tell("PREVENTED", taker["id"], maker["id"], lots)
                self.tell("CANCELLED", taker["id"], "SELF_TRADE", taker["remaining"])
                return
            self.trade(maker, taker, lots)
        if taker["remaining"] > 0:
            self.after_matching(taker)

    def opposite(self, taker: dict) -> list[dict]:
        """Orders of the other side, the one that goes first at the head."""
        orders = [order for order in self.resting if order["side"] != taker["side"]]
        if taker["side"] == "BUY":
            return sorted(orders, key=lambda order: (order["price"], order["priority"]))
        return sorted(orders, key=lambda order: (-order["price"], order["priority"]))

    def next_maker(self, taker: dict) -> dict | None:
        for maker in self.opposite(taker):
            if taker["side"] == "BUY" and maker["price"] > taker["price"]:
                return None
            if taker["side"] == "SELL" and maker["price"] < taker["price"]:
                return None
            return maker
        return None

    def trade(self, maker: dict, taker: dict, lots: int) -> None:
        maker["remaining"] -= lots
        taker["remaining"] -= lots
        price = maker["price"]
        self.tell("TRADED", "MAKER", maker["id"], taker["id"], price, lots, maker["remaining"])
        self.tell("TRADED", "TAKER", taker["id"], maker["id"], price, lots, taker["remaining"])
        self.last_price = price
        self.resting = [order for order in self.resting if order["remaining"] > 0]

    def after_matching(self, order: dict) -> None:
        if order["terms"] == "GTC":
            self.tell("RESTED", order["id"], order["remaining"])
            self.resting.append(dict(order, priority=self.sequence))
        elif order["terms"] == "MARKET" and self.opposite(order):
            self.tell("EXPIRED", order["id"], "PROTECTION_PRICE_REACHED", order["remaining"])
        else:
            self.tell("EXPIRED", order["id"], "IOC_REMAINDER", order["remaining"])

    def cancel(self, order_id: int, reason: str) -> None:
        found = [order for order in self.resting if order["id"] == order_id]
        if not found:
            self.tell("CANCEL_REFUSED", order_id, "ORDER_ALREADY_CLOSED")
            return
        self.resting.remove(found[0])
        self.tell("CANCELLED", order_id, reason, found[0]["remaining"])

    def change_phase(self, phase: str, reason: str) -> None:
        if (self.phase, phase) in self.MOVES:
            self.tell("PHASE_CHANGED", self.phase, phase, reason)
            self.phase = phase
        else:
            self.tell("PHASE_REFUSED", self.phase, phase, "PHASE_NOT_ALLOWED")

    def depth(self) -> tuple[list[tuple], list[tuple]]:
        """All levels: bids and asks as (price, lots), best first."""
        sums = {"BUY": {}, "SELL": {}}
        for order in self.resting:
            levels = sums[order["side"]]
            levels[order["price"]] = levels.get(order["price"], 0) + order["remaining"]
        return sorted(sums["BUY"].items(), reverse=True), sorted(sums["SELL"].items())

    def open_orders(self) -> list[tuple]:
        """(id, remaining, priority) by priority."""
        return sorted(
            [(order["id"], order["remaining"], order["priority"]) for order in self.resting],
            key=lambda order: order[2],
        )
