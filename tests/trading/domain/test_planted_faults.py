"""A comparison is worth what it finds: each of these faults, planted in a copy of the engine, is found by it."""

from functools import partial

import pytest

from tests.trading.domain.planted_faults import FAULTS, Fault, planted
from tests.trading.model.commands import CHARACTERS
from tests.trading.model.comparing import find_difference, repeat, shrink
from tests.trading.model.engine import Engine

# Enough for the rarest of them; most are found in a few hundred commands.
COMMANDS = 2_500


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_found(fault: Fault) -> None:
    names = sorted(CHARACTERS, key=lambda name: name != fault.seen_in)
    found = None
    with planted(fault) as parts:
        while names and not found:
            name = names.pop(0)
            found = find_difference(f"faults {name}", CHARACTERS[name], COMMANDS, partial(Engine, parts))
    assert found, f"nothing found: {fault.old!r} might as well be {fault.new!r}"
    # It is the fault that was found: the engine itself answers the same commands as the model does.
    assert repeat(found.commands) is None


def test_there_are_faults_of_every_kind() -> None:
    assert len(FAULTS) == len({fault.name for fault in FAULTS}) >= 25
    assert len({fault.module for fault in FAULTS}) >= 12


def test_a_difference_is_told_as_a_short_story() -> None:
    fault = next(fault for fault in FAULTS if fault.name == "more amount keeps its place")
    with planted(fault) as parts:
        make = partial(Engine, parts)
        found = find_difference("a story", CHARACTERS["mixed"], COMMANDS, make)
        assert found
        short = shrink(found, make)
    assert [command[0] for command in short.commands] == ["PLACE", "AMEND"]
    assert "after 2 commands" in str(short) and "AMENDED" in str(short)
