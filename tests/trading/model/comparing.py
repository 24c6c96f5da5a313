"""Model and engine told the same: where they differ, and the shortest stream found that still makes them differ."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.trading.model.auction import indicative
from tests.trading.model.commands import Character, Commander
from tests.trading.model.engine import Engine, start_model
from tests.trading.model.reference_model import ReferenceModel

MakeEngine = Callable[[], Engine]
STATE_EVERY = 50
START_AGAIN_EVERY = 40


@dataclass(frozen=True)
class Difference:
    """Two answers to the last of some commands."""

    commands: list[tuple]
    model: object
    engine: object

    def __str__(self) -> str:
        stream = ",\n".join(map(repr, self.commands))
        return f"after {len(self.commands)} commands:\n{stream}\n\nmodel:  {self.model}\nengine: {self.engine}"


def find_difference(seed: str, character: Character, count: int, make: MakeEngine = Engine) -> Difference | None:
    """Draw commands until the two differ, `count` at most."""
    model, engine, commander = start_model(), make(), Commander(seed, character)
    told = []
    for number in range(count):
        command = commander.draw(model.state)
        told.append(command)
        difference = step(model, engine, command, with_state=number % STATE_EVERY == 0)
        if difference:
            return Difference(told, *difference)
        commander.remember(model.state.events)
        if number % START_AGAIN_EVERY == START_AGAIN_EVERY - 1:
            engine.start_again()
    return None


def repeat(commands: Iterable[tuple], make: MakeEngine = Engine, *, is_restarted: bool = False) -> Difference | None:
    """The first difference that these commands bring about; on request the book is made anew after each of them."""
    model, engine = start_model(), make()
    told = []
    for command in commands:
        told.append(command)
        difference = step(model, engine, command, with_state=True)
        if difference:
            return Difference(told, *difference)
        if is_restarted:
            engine.start_again()
    return None


def step(model: ReferenceModel, engine: Engine, command: tuple, *, with_state: bool) -> tuple | None:
    """(what the model says, what the engine says) if that is not the same."""
    expected, got = model.apply(command), engine.apply(command)
    if expected != got:
        return expected, got
    if with_state:
        expected, got = state_of_model(model), engine.state()
        if expected != got:
            return expected, got
    return None


def state_of_model(model: ReferenceModel) -> dict[str, object]:
    state = model.state
    names = ("phase", "sequence", "position", "engine_at", "last_price")
    found = {name: getattr(state, name) for name in names}
    bids, asks = state.depth()
    clearing = indicative(state) if state.phase == "AUCTION" else None
    return found | {"bids": bids, "asks": asks, "orders": model.open_orders(), "indicative": clearing}


def shrink(difference: Difference, make: MakeEngine = Engine, tries: int = 3_000) -> Difference:
    """Leave out whatever can be left out: halves, quarters, ... single commands, as long as something is gained."""
    is_restarted = repeat(difference.commands, make) is None
    best = difference
    size = max(1, len(best.commands) // 2)
    while size and tries > 0:
        before = len(best.commands)
        start = 0
        while start < len(best.commands) and tries > 0:
            tries -= 1
            rest = best.commands[:start] + best.commands[start + size :]
            shorter = repeat(rest, make, is_restarted=is_restarted)
            if shorter:
                best = shorter
            else:
                start += size
        if size > 1 or len(best.commands) == before:
            size = size // 2
    return best
