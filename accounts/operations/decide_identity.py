"""Decide whether the house does business with somebody."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.domain.identity_reasons import CHECKS_CLEAR, NOTED_REASONS, reasons_of_move
from accounts.domain.identity_states import can_move
from accounts.domain.refreshing import due_date
from accounts.models import Identity
from accounts.operations.advance_refresh import advance_refresh
from accounts.operations.lock_identity import lock_identity
from accounts.operations.note_identity import Deed, changed, note_identity
from accounts.queries.identities import list_open_checks
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor


@dataclass(frozen=True, slots=True)
class Decision:
    """The status to give, the code that explains it, and the house's own note (no personal data in it)."""

    status: str
    reason_code: str
    note: str = ""


def decide_identity(
    *, identity_id: UUID, decision: Decision, actor: Actor, at: datetime, version: int | None = None
) -> Identity:
    """Give an identity another status; what its profiles may do follows in the same transaction.

    PENDING goes to APPROVED or DENIED, DENIED back to PENDING, APPROVED to DISABLED and back. An approval begins the
    first round of refreshing. The same decision again is no decision. Refuses a move that there is not (409
    STATE_CHANGED), a reason that does not explain it (REASON_NOT_ALLOWED), a judgement without a note (NOTE_MISSING),
    CHECKS_CLEAR while a required check is not (CHECKS_NOT_CLEAR with the open ones), and everybody but a person (403
    PERSON_NEEDED): the house itself (SYSTEM) may only approve, for CHECKS_CLEAR, a PENDING identity of LOW risk.
    """
    with transaction.atomic():
        identity = lock_identity(identity_id=identity_id, version=version)
        if (identity.status, identity.reason_code) == (decision.status, decision.reason_code):
            return identity
        _check_move(identity, decision)
        _check_decider(identity, decision, actor)
        if decision.reason_code == CHECKS_CLEAR:
            _check_checks(identity, actor=actor, at=at)
        was_disabled = identity.status == Identity.Status.DISABLED
        _decide(identity, decision, actor=actor, at=at)
        if was_disabled:
            # Nobody looked at its refresh meanwhile.
            advance_refresh(identity=identity, at=at)
    return identity


def _check_move(identity: Identity, decision: Decision) -> None:
    if not can_move(identity.status, decision.status):
        raise Refusal(
            "STATE_CHANGED",
            f"An identity that is {identity.status} does not become {decision.status}.",
            meta={"from": identity.status, "to": decision.status},
            status=409,
        )
    allowed = reasons_of_move(identity.status, decision.status)
    if decision.reason_code not in allowed:
        raise Refusal(
            "REASON_NOT_ALLOWED",
            f"{decision.reason_code} does not explain {decision.status}.",
            meta={"allowed": sorted(allowed)},
        )
    if decision.reason_code in NOTED_REASONS and not decision.note.strip():
        raise Refusal("NOTE_MISSING", f"{decision.reason_code} is a judgement: say in a note what it rests on.")


def _check_decider(identity: Identity, decision: Decision, actor: Actor) -> None:
    by_rule = (
        actor.kind == "SYSTEM"
        and identity.status == Identity.Status.PENDING
        and identity.risk_rating == Identity.RiskRating.LOW
        and decision.reason_code == CHECKS_CLEAR
    )
    if actor.kind != "PERSON" and not by_rule:
        raise Refusal("PERSON_NEEDED", "A person of compliance decides this.", status=403)


def _check_checks(identity: Identity, *, actor: Actor, at: datetime) -> None:
    still_open = list_open_checks(identity, today=at.date(), whoever_checked=actor.kind == "PERSON")
    if still_open:
        raise Refusal("CHECKS_NOT_CLEAR", "A required check is not CLEAR.", meta={"checks": list(still_open)})


def _decide(identity: Identity, decision: Decision, *, actor: Actor, at: datetime) -> None:
    before = identity.status
    is_first_approval = before == Identity.Status.PENDING and decision.status == Identity.Status.APPROVED
    if is_first_approval:
        today = at.date()
        due = due_date(last_refresh=today, risk_rating=identity.risk_rating)
        identity.set_refresh(last=today, due=due, status=Identity.RefreshStatus.NOT_DUE)
    identity.mark_decided(status=decision.status, reason_code=decision.reason_code, at=at)
    note_identity(
        identity=identity,
        deed=Deed(
            verb="decide",
            topic="status_changed",
            changes=[
                changed("status", before, decision.status),
                changed("reason_code", None, decision.reason_code),
                *([changed("refresh_due_date", None, str(identity.refresh_due_date))] if is_first_approval else []),
            ],
            payload={"from": before, "status": decision.status, "reason_code": decision.reason_code},
            reason=f"{decision.reason_code}: {decision.note}".rstrip(": "),
        ),
        actor=actor,
        at=at,
    )
