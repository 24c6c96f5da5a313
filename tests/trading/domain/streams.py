"""Streams of instructions for comparison tests: plain data, drawn from a seed, of several characters.

(PLACE, at, {id, side, price, amount, terms: GTC IOC MARKET, group}), (CANCEL, at, id, reason),
(CHANGE_PHASE, at, phase, reason, was), (SET_REFERENCE, at, price). An instant may lie before the one given earlier.
"""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass

PHASES = ("OPEN", "POST_ONLY", "CANCEL_ONLY", "HALTED")
WAY_BACK = {"HALTED": "CANCEL_ONLY", "CANCEL_ONLY": "POST_ONLY", "POST_ONLY": "OPEN"}


def base_seed() -> int:
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
    # Among how many of the newest orders a cancel picks one.
    crowd: int
    cancel_share: float = 0.25
    # How many of the orders may cross the middle: 0.5 has no view of the price at all.
    aggression: float = 0.5
    phase_share: float = 0.005
    # How often the middle of the prices moves.
    drift: float = 0.4


CHARACTERS = {
    # Few prices: long queues in few levels.
    "crowded": Character(spread=4, groups=8, amount=9, crowd=120),
    # One level a side is enough to live on; self-trade all the time.
    "related": Character(spread=2, groups=2, amount=5, crowd=40),
    # Many levels of one order each: levels open, empty and come back.
    "scattered": Character(spread=400, groups=50, amount=30, crowd=160, cancel_share=0.35, aggression=0.2),
    # A deep passive book that is mostly cancelled: dead entries outnumber the living in their levels.
    "fickle": Character(spread=3, groups=50, amount=30, crowd=600, cancel_share=0.43, aggression=0.02, drift=0.01),
    # Not for long in any phase.
    "interrupted": Character(spread=10, groups=10, amount=9, crowd=60, phase_share=0.15),
}


def draw_stream(seed: str, character: Character, count: int) -> Iterator[tuple]:
    """Yield `count` instructions."""
    rng = random.Random(seed)
    ids = []
    at = 1_000
    middle = 1_000
    phase = "OPEN"
    for number in range(count):
        at += rng.choice((0, 1, 1, 5, -3, -40))
        if rng.random() < character.drift:
            middle += rng.choice((-1, 1))
        # A market that is not open is asked to be so before long.
        phase_share = character.phase_share if phase == "OPEN" else 0.3
        dice = rng.random() - phase_share
        if dice < 0:
            wanted = WAY_BACK.get(phase, "") if rng.random() < 0.7 else ""
            wanted = wanted or rng.choice(PHASES)
            # What the market will make of it: what was stopped does not trade at once.
            is_too_soon = (phase, wanted) in {("HALTED", "OPEN"), ("HALTED", "POST_ONLY"), ("CANCEL_ONLY", "OPEN")}
            phase = phase if is_too_soon else wanted
            yield ("CHANGE_PHASE", at, wanted, rng.choice(("SCHEDULED", "MAINTENANCE")), None)
        elif dice < 0.01:
            yield ("SET_REFERENCE", at, middle)
        elif ids and dice < 0.01 + character.cancel_share:
            yield ("CANCEL", at, _draw_id(rng, ids, character), rng.choice(("CLIENT_REQUEST", "OPERATOR_REQUEST")))
        else:
            order = _draw_order(rng, number, middle, character)
            if order["terms"] == "GTC":
                ids.append(number)
            yield ("PLACE", at, order)


def _draw_id(rng: random.Random, ids: list[int], character: Character) -> int:
    """Mostly a recent order, at times a forgotten one, rarely one that never was."""
    if rng.random() < 0.02:
        return -1
    newest = max(0, len(ids) - character.crowd * 2)
    return ids.pop(rng.randrange(newest, len(ids))) if rng.random() < 0.9 else rng.choice(ids)


def _draw_order(rng: random.Random, number: int, middle: int, character: Character) -> dict:
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
