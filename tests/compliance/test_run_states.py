"""A run goes forward, comes back to the queue only from a lost lease, and never leaves its end."""

from compliance.domain.run_states import MOVES, RunState, can_move

LEGAL = {
    ("REQUESTED", "QUEUED"),
    ("QUEUED", "RUNNING"),
    ("RUNNING", "READY"),
    ("RUNNING", "FAILED"),
    ("RUNNING", "QUEUED"),
}


def test_every_pair_of_states_is_as_the_table_says() -> None:
    assert set(MOVES) == set(RunState)
    for before in RunState:
        for after in RunState:
            assert can_move(before, after) == ((before.value, after.value) in LEGAL)
