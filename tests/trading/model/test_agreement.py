"""The engine and the model, told the same hostile commands, answer the same: every event, every number, every level.

The suite has a share of it; `python -m tests.trading.model.agree --commands 500000` goes on for longer.
"""

import ast
import sys
from pathlib import Path
from typing import get_args

import pytest

from tests.trading.domain.engine_runs import assert_sound
from tests.trading.domain.streams import base_seed
from tests.trading.model.commands import CHARACTERS, Commander
from tests.trading.model.comparing import find_difference, shrink
from tests.trading.model.engine import Engine, start_model, swept_early
from trading.domain import event as events

COMMANDS = 3_000


class SoundEngine(Engine):
    """An engine whose book is looked through wherever its state is compared."""

    def state(self) -> dict[str, object]:
        assert_sound(self.book)
        return super().state()


@pytest.mark.parametrize("name", CHARACTERS)
def test_a_stream_is_answered_alike_by_a_book_that_is_swept_early(name: str) -> None:
    with swept_early():
        difference = find_difference(f"{base_seed()} swept {name}", CHARACTERS[name], COMMANDS // 2, SoundEngine)
        assert difference is None, str(shrink(difference))


@pytest.mark.parametrize("name", CHARACTERS)
def test_a_stream_is_answered_alike(name: str) -> None:
    difference = find_difference(f"{base_seed()} {name}", CHARACTERS[name], COMMANDS, SoundEngine)
    assert difference is None, str(shrink(difference))


def test_the_streams_bring_about_whatever_the_engine_can_say() -> None:
    """A comparison proves only what it has seen."""
    words = {value for name, value in vars(events).items() if name.isupper() and isinstance(value, str)}
    seen = set()
    for name, character in CHARACTERS.items():
        model, commander = start_model(), Commander(f"seen {name}", character)
        for _ in range(2_500):
            told = model.apply(commander.draw(model.state))
            commander.remember(told)
            seen.update(part for event in told for part in event if isinstance(part, str))
    # In the model's words an auction's trade is a trade like any other.
    assert words - seen == {"AUCTIONED"}
    kinds = {get_args(get_args(kind)[0])[0] for kind in get_args(events.Event)}
    assert kinds <= words


def test_the_model_imports_nothing_of_the_engine() -> None:
    home = Path(__file__).parent
    for name in ("state", "taking", "auction", "reference_model"):
        for node in ast.walk(ast.parse((home / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert {alias.name.split(".")[0] for alias in node.names} <= sys.stdlib_module_names
            elif isinstance(node, ast.ImportFrom):
                assert node.module.startswith("tests.trading.model.") or node.module in sys.stdlib_module_names
