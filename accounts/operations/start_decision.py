"""A program of the firm asks for a decision about an identity: it starts what a rule decides, and decides nothing."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.domain.identity_reasons import CHECKS_CLEAR
from accounts.models import Identity
from accounts.operations.decide_identity import Decision, decide_identity
from accounts.operations.lock_identity import lock_identity
from accounts.operations.note_identity import OBJECT_TYPE, changed
from core.operations.record_audit import Actor, record_audit


def start_decision(
    *, identity_id: UUID, decision: Decision, actor: Actor, at: datetime, version: int | None = None
) -> Identity:
    """Have the house look whether its rule approves the identity now, as it does by itself after each check: for
    CHECKS_CLEAR, at LOW risk. Everything else is for a person (403 PERSON_NEEDED); otherwise refuses what
    ``decide_identity`` refuses of the house itself.
    """
    with transaction.atomic():
        identity = lock_identity(identity_id=identity_id, version=version)
        is_by_rule = (decision.status, decision.reason_code) == (Identity.Status.APPROVED, CHECKS_CLEAR)
        decider = Actor("SYSTEM", None, actor.request_id, actor.source_ip) if is_by_rule else actor
        before = identity.version
        decided = decide_identity(identity_id=identity_id, decision=decision, actor=decider, at=at)
        if decided.version != before:
            record_audit(
                actor=actor,
                action="accounts.identity.ask_decision",
                object_type=OBJECT_TYPE,
                object_id=identity.id,
                at=at,
                changes=[changed("status", identity.status, decided.status)],
                reason=decision.note,
                object_version=decided.version,
            )
    return decided
