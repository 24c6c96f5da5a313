"""Every invariant that the house knows, of all apps, in the order of their numbers."""

from accounts.queries.approval_invariants import INVARIANTS as APPROVALS
from accounts.queries.permission_invariants import INVARIANTS as PERMISSIONS
from core.invariants import Invariant
from core.queries.invariants import INVARIANTS as CORE
from settlement.queries.invariants import INVARIANTS as SETTLEMENT
from trading.queries.invariants import INVARIANTS as TRADING

INVARIANTS: tuple[Invariant, ...] = tuple(
    sorted((*CORE, *APPROVALS, *PERMISSIONS, *SETTLEMENT, *TRADING), key=lambda invariant: int(invariant.number[1:]))
)
