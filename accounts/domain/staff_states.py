"""The life of a member of staff: which status follows which."""

from collections.abc import Mapping

INVITED, ACTIVE, SUSPENDED, LEFT = "INVITED", "ACTIVE", "SUSPENDED", "LEFT"

# INVITED again: a person whose second factor is lost enrols anew, with no role until one is granted anew.
MOVES: Mapping[str, frozenset[str]] = {
    INVITED: frozenset({ACTIVE, LEFT}),
    ACTIVE: frozenset({INVITED, SUSPENDED, LEFT}),
    SUSPENDED: frozenset({INVITED, ACTIVE, LEFT}),
    LEFT: frozenset(),
}
# What somebody does to a member of staff -> the status after it.
STATUS_AFTER: Mapping[str, str] = {"suspend": SUSPENDED, "resume": ACTIVE, "invite_again": INVITED, "end": LEFT}
INVITATION_HOURS = 72
# Four eyes need two people: fewer active ones who may decide on roles cannot mend anything any more.
FEWEST_ADMINISTRATORS = 2


def may_move(before: str, after: str) -> bool:
    """Whether a member of staff who is ``before`` may become ``after``."""
    return after in MOVES[before]
