"""Streams of instructions for comparison tests: plain data, drawn from a seed, of several characters.

(PLACE, at, {id, side, price, amount, terms: GTC IOC MARKET, group}), (CANCEL, at, id, reason),
(CHANGE_PHASE, at, phase, reason), (SET_REFERENCE, at, price). An instant may lie before the one given earlier.
"""

import os
import random
from dataclasses import dataclass

PHASES = ("OPEN", "CANCEL_ONLY", "HALTED")


def base_seed():
    """The seed of this run: SEED from the environment, else drawn; printed, so that a failure can be repeated."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(2**32))
    print(f"SEED={seed}")
    return seed


@dataclass(frozen=True)
class Character:
    """How a stream behaves. `share` values are weights of the kinds of instruction."""

    spread: int
    groups: int
    amount: int
    # Resting orders above which cancels outweigh placements.
    crowd: int
    cancel_share: float = 0.25
    # How many of the orders may cross the middle: 0.5 has no view of the price at all.
    aggression: float = 0.5
    phase_share: float = 0.01


CHARACTERS = {
    # Few prices: long queues in few levels, every order meets another.
    "crowded": Character(spread=4, groups=8, amount=9, crowd=120),
    # One level a side is enough to live on; self-trade all the time.
    "incestuous": Character(spread=2, groups=2, amount=5, crowd=40),
    # Many levels of one order each: levels open, empty and come back.
    "scattered": Character(spread=400, groups=50, amount=30, crowd=160, aggression=0.1),
    # Deep passive book that is mostly cancelled: dead entries and emptied levels outnumber the living.
    "fickle": Character(spread=60, groups=50, amount=30, crowd=220, cancel_share=0.48, aggression=0.03),
    # Rarely open.
    "interrupted": Character(spread=10, groups=10, amount=9, crowd=60, phase_share=0.15),
}


def draw_stream(seed, character, count):
    """Yield `count` instructions."""
    rng = random.Random(seed)
    ids = []
    at = 1_000
    middle = 1_000
    for number in range(count):
        at += rng.choice((0, 1, 1, 5, -3, -40))
        middle += rng.choice((-1, 0, 0, 0, 1))
        dice = rng.random()
        if dice < character.phase_share:
            yield ("CHANGE_PHASE", at, rng.choice(PHASES), rng.choice(("SCHEDULED", "MAINTENANCE")))
        elif dice < character.phase_share + 0.01:
            yield ("SET_REFERENCE", at, middle)
        elif ids and dice < character.phase_share + 0.01 + character.cancel_share:
            yield ("CANCEL", at, _draw_id(rng, ids, character), rng.choice(("CLIENT_REQUEST", "OPERATOR_REQUEST")))
        else:
            ids.append(number)
            yield ("PLACE", at, _draw_order(rng, number, middle, character))


def _draw_id(rng, ids, character):
    """Mostly a recent order, at times a forgotten one, rarely one that never was."""
    if rng.random() < 0.02:
        return -1
    newest = max(0, len(ids) - character.crowd * 2)
    return ids.pop(rng.randrange(newest, len(ids))) if rng.random() < 0.9 else rng.choice(ids)


def _draw_order(rng, number, middle, character):
    side = rng.choice(("BUY", "SELL"))
    way = 1 if side == "BUY" else -1
    distance = rng.randrange(character.spread + 1)
    price = middle + way * distance if rng.random() < character.aggression else middle - way * distance
    terms = rng.choices(("GTC", "IOC", "MARKET"), (8, 1, 1))[0]
    amount = rng.randrange(1, character.amount + 1) if rng.random() < 0.9 else character.amount * 10
    return {
        "id": number,
        "side": side,
        "price": price,
        "amount": amount,
        "terms": terms,
        "group": rng.randrange(character.groups),
    }
