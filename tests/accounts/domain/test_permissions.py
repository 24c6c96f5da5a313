"""The grid, cell by cell as the documentation prints it, and how causes add up."""

from itertools import combinations
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from accounts.domain.permissions import (
    GRID,
    NOBODY,
    Action,
    CauseKind,
    Standing,
    Verdict,
    causes_of,
    permissions_of,
    strictest,
)

PAGE = Path(__file__).resolve().parents[3] / "docs" / "permissions.md"
SIGN = {Verdict.ALLOWED: "+", Verdict.DENIED: "-", Verdict.REVIEW: "R"}
CELLS = [(cause, action) for cause in GRID for action in Action]


def printed_grid() -> dict[tuple[str, str], dict[str, str]]:
    """The table of docs/permissions.md: (kind, name) -> action -> sign."""
    lines = [line.strip().strip("|").split("|") for line in PAGE.read_text().splitlines() if line.startswith("|")]
    start = next(number for number, cells in enumerate(lines) if "HOLD" in [cell.strip() for cell in cells])
    actions = [cell.strip() for cell in lines[start][1:]]
    rows = {}
    for cells in lines[start + 2 : start + 2 + len(GRID)]:
        kind, name = cells[0].strip().split()
        rows[kind.upper(), name] = dict(zip(actions, [cell.strip() for cell in cells[1:]], strict=True))
    return rows


@pytest.mark.parametrize(("cause", "action"), CELLS, ids=[f"{c[1]}-{a}" for c, a in CELLS])
def test_each_cell_is_as_it_is_printed(cause: tuple[CauseKind, str], action: Action) -> None:
    assert SIGN[GRID[cause][action]] == printed_grid()[cause][action]


def test_the_printed_grid_has_no_other_row_or_column() -> None:
    printed = printed_grid()
    assert printed.keys() == GRID.keys()
    assert all(set(row) == set(Action) for row in printed.values())


def test_strictest_is_denied_before_review_before_allowed() -> None:
    assert strictest([]) == Verdict.ALLOWED
    assert strictest([Verdict.ALLOWED, Verdict.REVIEW]) == Verdict.REVIEW
    assert strictest([Verdict.REVIEW, Verdict.DENIED, Verdict.ALLOWED]) == Verdict.DENIED


def test_more_causes_never_allow_more() -> None:
    controls = [name for kind, name in GRID if kind == CauseKind.CONTROL]
    rank = [Verdict.ALLOWED, Verdict.REVIEW, Verdict.DENIED].index
    for status in (name for kind, name in GRID if kind == CauseKind.STATUS):
        for size in range(len(controls)):
            for chosen in combinations(controls, size):
                before = permissions_of([Standing(uuid4(), "HOLDER", status, frozenset(chosen))])
                for more in controls:
                    after = permissions_of([Standing(uuid4(), "HOLDER", status, frozenset({*chosen, more}))])
                    assert all(rank(after[action]) >= rank(before[action]) for action in Action)


def test_nothing_but_an_approved_identity_without_controls_may_do_everything() -> None:
    holder = Standing(uuid4(), "HOLDER", "APPROVED")
    assert set(permissions_of([holder]).values()) == {Verdict.ALLOWED}


def test_a_profile_without_a_holder_is_like_one_that_nobody_has_looked_at() -> None:
    owner, adviser = Standing(uuid4(), "BENEFICIAL_OWNER", "APPROVED"), Standing(uuid4(), "ADVISER", "APPROVED")
    for standings in ([], [owner], [adviser], [owner, adviser]):
        assert permissions_of(standings) == dict(GRID[NOBODY])


def test_those_who_only_act_for_a_profile_do_not_decide_for_it() -> None:
    holder = Standing(uuid4(), "HOLDER", "APPROVED")
    for role in ("ADVISER", "TRUSTEE", "AUTHORISED_TRADER"):
        helper = Standing(uuid4(), role, "DENIED", frozenset({"FROZEN"}))
        assert set(permissions_of([holder, helper]).values()) == {Verdict.ALLOWED}


def test_one_owner_binds_all() -> None:
    first, second = UUID(int=1), UUID(int=2)
    standings = [
        Standing(first, "HOLDER", "APPROVED"),
        Standing(second, "BENEFICIAL_OWNER", "APPROVED", frozenset({"DORMANT"})),
    ]
    assert permissions_of(standings)[Action.SELL] == Verdict.DENIED
    assert (second, (CauseKind.CONTROL, "DORMANT")) in causes_of(standings)
