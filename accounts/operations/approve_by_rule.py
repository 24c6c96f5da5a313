"""Approve what nobody needs to judge: low risk, everything checked, everything clear."""

from datetime import datetime

from accounts.domain.identity_reasons import CHECKS_CLEAR
from accounts.models import Identity
from accounts.operations.decide_identity import Decision, decide_identity
from accounts.queries.identities import list_open_checks
from core.operations.record_audit import SYSTEM


def approve_by_rule(*, identity: Identity, at: datetime) -> bool:
    """Let the house (SYSTEM) approve ``identity``, which the caller has locked and stored; answers whether it did.

    It does when the identity is PENDING, its risk is LOW, and the newest result of every required check is CLEAR, still
    good, and not merely passed through by the client.
    """
    if identity.status != Identity.Status.PENDING or identity.risk_rating != Identity.RiskRating.LOW:
        return False
    if list_open_checks(identity, today=at.date(), whoever_checked=False):
        return False
    decide_identity(
        identity_id=identity.id, decision=Decision(Identity.Status.APPROVED, CHECKS_CLEAR), actor=SYSTEM, at=at
    )
    return True
