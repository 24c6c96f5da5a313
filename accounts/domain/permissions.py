"""What a client may do: the grid of causes and actions, as data. Pure.

A cause is a status of an identity or a control set on it. A profile's permission is the strictest over the status and all active
controls of its holders and beneficial owners. The database keeps the same table as rows (``accounts_permissionrule``) and each
profile's result in two columns; a test compares every cell. Its model is what custodians of digital assets publish of their
identity controls; the meaning of each row is in docs/permissions.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID


class Action(StrEnum):
    """What somebody may want to do with a profile's value."""

    HOLD = "HOLD"
    DEPOSIT_ADDRESS = "DEPOSIT_ADDRESS"
    RECEIVE = "RECEIVE"
    BUY = "BUY"
    SELL = "SELL"
    EXECUTE = "EXECUTE"
    SETTLE = "SETTLE"
    TRANSFER_OUT = "TRANSFER_OUT"
    WITHDRAW = "WITHDRAW"


class Verdict(StrEnum):
    """Whether an action is allowed; under REVIEW compliance decides each time."""

    ALLOWED = "ALLOWED"
    REVIEW = "REVIEW"
    DENIED = "DENIED"


class CauseKind(StrEnum):
    """What decides: the status of an identity, or a control on it."""

    STATUS = "STATUS"
    CONTROL = "CONTROL"


# The roles whose identities decide for a profile. Advisers, trustees and traders act for it; they do not own it.
DECIDING_ROLES = ("HOLDER", "BENEFICIAL_OWNER")

# Columns as in Action. + allowed, - denied, R review.
_ROWS = {
    (CauseKind.STATUS, "PENDING"): "- - R - - - - - -",
    (CauseKind.STATUS, "APPROVED"): "+ + + + + + + + +",
    (CauseKind.STATUS, "DENIED"): "- - R - - - - - R",
    (CauseKind.STATUS, "DISABLED"): "+ - R - + + + - R",
    (CauseKind.CONTROL, "SELL_ONLY"): "+ - R - + + + - R",
    (CauseKind.CONTROL, "DORMANT"): "+ - R - - - + - -",
    (CauseKind.CONTROL, "FROZEN"): "+ - R - - - - - -",
    (CauseKind.CONTROL, "CLOSED"): "- - R - - - + - R",
}
_SIGNS = {"+": Verdict.ALLOWED, "R": Verdict.REVIEW, "-": Verdict.DENIED}
_STRICTNESS = {Verdict.ALLOWED: 0, Verdict.REVIEW: 1, Verdict.DENIED: 2}

Cause = tuple[CauseKind, str]
GRID: Mapping[Cause, Mapping[Action, Verdict]] = MappingProxyType(
    {
        cause: MappingProxyType({action: _SIGNS[sign] for action, sign in zip(Action, row.split(), strict=True)})
        for cause, row in _ROWS.items()
    }
)

# A profile without a holder is treated as one whose holder nobody has looked at yet.
NOBODY: Cause = (CauseKind.STATUS, "PENDING")


@dataclass(frozen=True, slots=True)
class Standing:
    """One deciding identity as it stands: its status and the kinds of its active controls."""

    identity_id: UUID
    role: str
    status: str
    controls: frozenset[str] = frozenset()

    @property
    def causes(self) -> list[Cause]:
        """The status first, then the controls by name."""
        return [(CauseKind.STATUS, self.status), *((CauseKind.CONTROL, kind) for kind in sorted(self.controls))]


def strictest(verdicts: Iterable[Verdict]) -> Verdict:
    """The strictest of ``verdicts``; ALLOWED when there are none."""
    return max(verdicts, key=_STRICTNESS.__getitem__, default=Verdict.ALLOWED)


def causes_of(standings: Iterable[Standing]) -> list[tuple[UUID | None, Cause]]:
    """Everything that decides for a profile, with the identity it belongs to; none where there is no holder."""
    deciding = [standing for standing in standings if standing.role in DECIDING_ROLES]
    causes: list[tuple[UUID | None, Cause]] = [
        (standing.identity_id, cause) for standing in deciding for cause in standing.causes
    ]
    if not any(standing.role == "HOLDER" for standing in deciding):
        causes.append((None, NOBODY))
    return causes


def permissions_of(standings: Iterable[Standing]) -> dict[Action, Verdict]:
    """What the profile of these identities may do: for each action the strictest verdict of all causes."""
    causes = [cause for _, cause in causes_of(standings)]
    return {action: strictest(GRID[cause][action] for cause in causes) for action in Action}
