"""The uncross: which price clears the most, who may not meet whom, and the fills at that one price."""

from tests.trading.model.state import Order, State
from tests.trading.model.taking import close, note_trade, settle_shown


def clearing_price(state: State) -> int | None:
    """None if no buy reaches a sell."""
    bids, asks = state.queue("BUY"), state.queue("SELL")
    if not bids or not asks or bids[0].price < asks[0].price:
        return None
    best_bid, best_ask = bids[0].price, asks[0].price
    wanted = state.reference
    if wanted is None:
        wanted = (best_ask + best_bid) // (2 * state.tick) * state.tick
    candidates = {order.price for order in bids + asks if best_ask <= order.price <= best_bid}
    candidates.update(price for price in range(best_ask, best_bid) if price % state.tick == 0)

    def rank(price: int) -> tuple:
        demand, supply = volumes_at(state, price)
        return -min(demand, supply), abs(demand - supply), abs(price - wanted), -price

    return min(candidates, key=rank)


def volumes_at(state: State, price: int) -> tuple[int, int]:
    """(bought at this price or above, sold at it or below), hidden included."""
    demand = sum(order.left for order in state.queue("BUY") if order.price >= price)
    supply = sum(order.left for order in state.queue("SELL") if order.price <= price)
    return demand, supply


def pair_off(state: State, price: int) -> tuple[Order, Order] | None:
    """Fill pair after pair until one side is out; or stop at two of one group and say who they are."""
    while True:
        bids = [order for order in state.queue("BUY") if order.price >= price]
        asks = [order for order in state.queue("SELL") if order.price <= price]
        if not bids or not asks:
            return None
        buy, sell = bids[0], asks[0]
        if buy.group == sell.group:
            return buy, sell
        amount = min(buy.shown, sell.shown)
        for order in (buy, sell):
            order.left -= amount
            order.filled += amount
            order.shown -= amount
        state.tell("TRADED", "BUY", buy.id, sell.id, price, amount, buy.left)
        state.tell("TRADED", "SELL", sell.id, buy.id, price, amount, sell.left)
        note_trade(state, price, amount)
        settle_shown(state, buy)
        settle_shown(state, sell)


def uncross(state: State) -> bool:
    """Do it all, or nothing if the price would be outside the execution band. Whether it was done."""
    related = []
    while True:
        trial = state.trial(without=tuple(related))
        price = clearing_price(trial)
        if price is None:
            break
        volumes = volumes_at(trial, price)
        met = pair_off(trial, price)
        if met is None:
            break
        # The later as they stand: what was refilled while trying does not count.
        related.append(max((state.find(order.id) for order in met), key=lambda order: order.priority))
    if price is not None and state.is_outside_execution_band(price):
        return False
    for order in related:
        close(state, state.find(order.id), "CANCELLED", "SELF_TRADE")
    if price is not None:
        state.tell("UNCROSSED", price, min(volumes), volumes[0] - volumes[1])
        pair_off(state, price)
    return True


def indicative(state: State) -> tuple[int, int, int] | None:
    """(price, volume, imbalance) that a crossed book would clear at now."""
    state = state.trial()
    state.look_at_prices()
    price = clearing_price(state)
    if price is None:
        return None
    demand, supply = volumes_at(state, price)
    return price, min(demand, supply), demand - supply
