"""How an order takes: the loop of steps, what ends it, and the stops that its trades wake."""

from tests.trading.model.state import Order, State, is_beyond

# How the loop can end besides by using the order up.
NOTHING_THERE = "NOTHING_THERE"
BEYOND_LIMIT = "BEYOND_LIMIT"
OUTSIDE_BAND = "OUTSIDE_BAND"
NO_LOT_LEFT = "NO_LOT_LEFT"
STOPPED_BY_ITSELF = "STOPPED_BY_ITSELF"
USED_UP = "USED_UP"


def take_steps(state: State, taker: Order) -> str:
    """Trade, and prevent, as long as there is something to meet; how that ended."""
    while taker.left > 0:
        queue = state.opposite(taker)
        if not queue:
            return NOTHING_THERE
        maker = queue[0]
        if is_beyond(taker.side, taker.limit, maker.price):
            return BEYOND_LIMIT
        if state.is_outside_execution_band(maker.price):
            return OUTSIDE_BAND
        if wanted_lots(state, taker, maker.price) == 0:
            return NO_LOT_LEFT
        if maker.group == taker.group:
            if prevent(state, taker, maker):
                return STOPPED_BY_ITSELF
        else:
            fill(state, taker, maker)
    return STOPPED_BY_ITSELF if taker.prevented else USED_UP


def wanted_lots(state: State, taker: Order, price: int) -> int:
    """What it would still buy or sell at a price."""
    if taker.quote is None:
        return taker.left
    return taker.left // (price * state.lot) * state.lot


def use(order: Order, price: int, amount: int) -> None:
    order.left -= amount if order.quote is None else price * amount


def prevent(state: State, taker: Order, maker: Order) -> bool:
    """Two of one group have met. Whether that is the end of the taker."""
    amount = min(wanted_lots(state, taker, maker.price), maker.left)
    state.tell("PREVENTED", taker.id, maker.id, amount)
    if taker.stp == "DECREMENT_AND_CANCEL":
        for order in (taker, maker):
            use(order, maker.price, amount)
            order.prevented += amount
        maker.show()
        if maker.left == 0:
            close(state, maker, "CANCELLED", "SELF_TRADE")
        return False
    if taker.stp in ("CANCEL_OLDEST", "CANCEL_BOTH"):
        close(state, maker, "CANCELLED", "SELF_TRADE")
    return taker.stp in ("CANCEL_NEWEST", "CANCEL_BOTH")


def fill(state: State, taker: Order, maker: Order) -> None:
    price = maker.price
    amount = min(wanted_lots(state, taker, price), maker.shown)
    for order in (taker, maker):
        use(order, price, amount)
        order.filled += amount
    maker.shown -= amount
    state.tell("TRADED", "MAKER", maker.id, taker.id, price, amount, maker.left)
    state.tell("TRADED", "TAKER", taker.id, maker.id, price, amount, taker.left)
    note_trade(state, price, amount)
    settle_shown(state, maker)


def note_trade(state: State, price: int, amount: int) -> None:
    state.last_price = price
    state.fallback = price
    state.trades.append((state.engine_at, price, amount))


def settle_shown(state: State, order: Order) -> None:
    """After a fill: gone if there is nothing left, refilled at the back of its level if what it showed is used up."""
    if order.left == 0:
        state.remove(order)
    elif order.shown == 0:
        order.show()
        state.tell("REFILLED", order.id, order.shown)
        order.priority = state.sequence


def close(state: State, order: Order, kind: str, reason: str) -> None:
    state.tell(kind, order.id, reason, order.left)
    order.left = 0
    state.remove(order)


def is_fillable(state: State, taker: Order) -> bool:
    """Whether all of it would trade, found out by trying."""
    trial = state.trial()
    trier = Order(**vars(taker))
    return take_steps(trial, trier) == USED_UP


def run(state: State, taker: Order) -> None:
    """All that an order does when it comes: its steps, then its rest or its end."""
    if taker.tif == "FOK" and not is_fillable(state, taker):
        close(state, taker, "EXPIRED", "FOK_NOT_FILLABLE")
        return
    end = take_steps(state, taker)
    if end == STOPPED_BY_ITSELF:
        close(state, taker, "CANCELLED", "SELF_TRADE")
    elif end == OUTSIDE_BAND:
        close(state, taker, "EXPIRED", "EXECUTION_BAND_REACHED")
    elif end == NO_LOT_LEFT:
        close(state, taker, "EXPIRED", "BUDGET_BELOW_ONE_LOT")
    elif end in (NOTHING_THERE, BEYOND_LIMIT):
        rest_or_lapse(state, taker, end)


def rest_or_lapse(state: State, order: Order, end: str) -> None:
    if order.type in ("MARKET", "STOP_MARKET"):
        close(state, order, "EXPIRED", "PROTECTION_PRICE_REACHED" if end == BEYOND_LIMIT else "IOC_REMAINDER")
    elif order.tif in ("IOC", "FOK"):
        close(state, order, "EXPIRED", "IOC_REMAINDER")
    else:
        rest(state, order)


def rest(state: State, order: Order) -> None:
    order.show()
    state.tell("RESTED", order.id, order.left)
    order.priority = state.sequence
    state.orders.append(order)


def is_met(order: Order, price: int | None) -> bool:
    if price is None:
        return False
    return price >= order.stop if order.side == "BUY" else price <= order.stop


def wake_stops(state: State) -> None:
    """Walk the trades of this instruction; whom they meet takes in turn, and his trades are walked too."""
    walked = 0
    waiting = []
    while True:
        while walked < len(state.trades):
            price = state.trades[walked][1]
            walked += 1
            met = [
                order for order in state.orders if order.is_dormant and is_met(order, price) and order not in waiting
            ]
            waiting.extend(sorted(met, key=lambda order: order.accepted))
        if not waiting:
            return
        stop = waiting.pop(0)
        state.remove(stop)
        stop.is_dormant = False
        state.tell("TRIGGERED", stop.id)
        run(state, stop)
