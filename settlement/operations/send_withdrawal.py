"""Hand an approved withdrawal to its gateway, exactly once, and find out what became of it.

Three steps. The intent is committed first: ``outcome_unknown`` and the attempt. Then the gateway is told, under the withdrawal's
own id. Then its answer is committed. A process that ends anywhere between leaves a withdrawal that says that nobody knows; it is
never sent again and never given up on a guess: ``ask_withdrawal`` asks the gateway under the same id, and only a gateway that
was never told of it makes it sendable again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from core.failpoints import failpoint
from core.operations.record_audit import SYSTEM, Actor
from settlement.domain.withdrawing import ENDED_UNPAID, check_state
from settlement.gateways.payout import Answer, Fate, GatewayMissing, Payment, PayoutGateway
from settlement.models import Withdrawal
from settlement.operations.complete_withdrawal import complete_withdrawal, return_withdrawal
from settlement.operations.hand_over_alone import hand_over_alone
from settlement.operations.lock_withdrawal import lock_withdrawal, refuse_unknown_outcome
from settlement.operations.name_beneficiary import name_beneficiary
from settlement.operations.note_withdrawal import note_withdrawal
from settlement.queries.sending import sends_now

log = structlog.get_logger(__name__)
Status = Withdrawal.Status
Gateways = Mapping[str, PayoutGateway]


def send_withdrawal(*, withdrawal_id: UUID, gateways: Gateways, at: datetime) -> bool:
    """Hand it over; false where it was not to be sent, because another process has it or it waits for something.

    A gateway that does not answer leaves it ERRORED with an unknown outcome. Refuses a rail whose gateway is not installed with
    ``GatewayMissing``, before anything is written.
    """
    with hand_over_alone(withdrawal_id=withdrawal_id) as is_alone:
        return is_alone and _send(withdrawal_id, gateways, at)


def _send(withdrawal_id: UUID, gateways: Gateways, at: datetime) -> bool:
    intent = _intend(withdrawal_id, gateways, at)
    failpoint("withdrawal.intent.after_commit")
    if intent is None:
        return False
    try:
        answer = intent.gateway.submit(intent.payment)
    except OSError as error:
        log.warning("the gateway did not answer", withdrawal=str(withdrawal_id), error=type(error).__name__)
        answer = None
    failpoint("withdrawal.submit.after_call")
    with transaction.atomic(durable=True):
        withdrawal = lock_withdrawal(withdrawal_id=withdrawal_id)
        if withdrawal.outcome_unknown and withdrawal.attempts == intent.attempt:
            _apply_submit(withdrawal, answer, at)
        elif answer is not None and answer.fate in (Fate.TAKEN, Fate.PAID):
            _apply_late(withdrawal, answer, at)
        failpoint("withdrawal.answer.before_commit")
    failpoint("withdrawal.answer.after_commit")
    return True


def ask_withdrawal(*, withdrawal_id: UUID, gateways: Gateways, at: datetime) -> str:
    """Ask the gateway under the withdrawal's id and book what it says; answers the status then. In transactions of its own.

    That it is being asked is kept first, so that one whose answer cannot be booked stands behind the others next time. That the
    gateway was never told is believed only of the attempt that it was asked about: the next one may be on its way.
    While another process speaks to the gateway about it nobody asks: what is on its way there, the gateway does not know yet.
    """
    with hand_over_alone(withdrawal_id=withdrawal_id) as is_alone:
        if is_alone:
            return _ask(withdrawal_id, gateways, at)
    return str(Withdrawal.objects.values_list("status", flat=True).get(pk=withdrawal_id))


def _ask(withdrawal_id: UUID, gateways: Gateways, at: datetime) -> str:
    with transaction.atomic(durable=True):
        withdrawal = lock_withdrawal(withdrawal_id=withdrawal_id)
        withdrawal.mark(at=at, asked_at=at)
    attempt = withdrawal.attempts
    answer = _gateway_of(withdrawal, gateways).ask(withdrawal_id)
    failpoint("withdrawal.ask.after_call")
    with transaction.atomic(durable=True):
        withdrawal = lock_withdrawal(withdrawal_id=withdrawal_id)
        if answer.fate != Fate.UNKNOWN or withdrawal.attempts == attempt:
            _apply_fate(withdrawal, answer, at)
        failpoint("withdrawal.fate.before_commit")
    failpoint("withdrawal.fate.after_commit")
    return str(withdrawal.status)


def retry_withdrawal(*, withdrawal_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Operations have an ERRORED withdrawal sent again under the same id: APPROVED. Joins the caller's transaction.

    While nobody knows what became of it there is nothing to retry (409 OUTCOME_UNKNOWN): it is being asked.
    """
    with transaction.atomic():
        withdrawal = lock_withdrawal(withdrawal_id=withdrawal_id)
        refuse_unknown_outcome(withdrawal)
        before = withdrawal.status
        # Approved it has been already: no other road leads past the approvers.
        check_state(before, "ERRORED")
        withdrawal.mark(Status.APPROVED, at=at, reason_code="")
        note_withdrawal(withdrawal, verb="retry", before=before, actor=actor, at=at, reason=reason)


def _gateway_of(withdrawal: Withdrawal, gateways: Gateways) -> PayoutGateway:
    try:
        return gateways[withdrawal.rail.gateway]
    except KeyError:
        raise GatewayMissing(withdrawal.rail.gateway) from None


@dataclass(frozen=True, slots=True)
class _Intent:
    """What was committed before the gateway is told: ``attempt`` is the number of this one."""

    payment: Payment
    gateway: PayoutGateway
    attempt: int


def _intend(withdrawal_id: UUID, gateways: Gateways, at: datetime) -> _Intent | None:
    """Commit that it is about to be handed over. What may not leave now waits: a profile that may not, a suspended asset, a rail
    that is off, past its cut-off or on one of its holidays.
    """
    with transaction.atomic(durable=True):
        withdrawal = lock_withdrawal(withdrawal_id=withdrawal_id)
        gateway = _gateway_of(withdrawal, gateways)
        profile = withdrawal.profile
        is_barred = "WITHDRAW" in profile.denied_actions or not sends_now(withdrawal.rail, at)
        if withdrawal.status != Status.APPROVED or withdrawal.outcome_unknown or is_barred:
            return None
        withdrawal.mark(at=at, outcome_unknown=True, attempts=withdrawal.attempts + 1, submitted_at=at)
        note_withdrawal(
            withdrawal,
            verb="submit",
            before=withdrawal.status,
            actor=SYSTEM,
            at=at,
            facts={"attempts": str(withdrawal.attempts)},
        )
        intent = _Intent(_payment_of(withdrawal), gateway, withdrawal.attempts)
        failpoint("withdrawal.intent.before_commit")
    return intent


def _payment_of(withdrawal: Withdrawal) -> Payment:
    destination, rail = withdrawal.destination, withdrawal.rail
    return Payment(
        id=withdrawal.pk,
        source=rail.omnibus.label,
        asset=rail.asset.code,
        network=rail.network,
        amount=withdrawal.net_amount,
        address=destination.address,
        memo=destination.memo,
        beneficiary=name_beneficiary(destination),
        client_reference=withdrawal.client_reference,
    )


def _apply_submit(withdrawal: Withdrawal, answer: Answer | None, at: datetime) -> None:
    if answer is None:
        _error(withdrawal, code="GATEWAY_SILENT", is_unknown=True, at=at)
    elif answer.fate == Fate.REFUSED:
        _error(withdrawal, code=answer.reason or "REFUSED", is_unknown=False, at=at)
    else:
        _apply_fate(withdrawal, answer, at)


def _apply_late(withdrawal: Withdrawal, answer: Answer, at: datetime) -> None:
    """The gateway has it, though meanwhile it was taken for unsent: what it says counts. Where the hold was given back, too, no
    booking can mend it: it is on the record and in the log, and reconciliation shows the difference.
    """
    if withdrawal.status in (Status.APPROVED, Status.ERRORED):
        withdrawal.mark(at=at, outcome_unknown=True)
        _apply_fate(withdrawal, answer, at)
    elif withdrawal.status in ENDED_UNPAID:
        log.error("a withdrawal that had ended unpaid was taken by its gateway", withdrawal=str(withdrawal.pk))
        note_withdrawal(
            withdrawal,
            verb="find_paid",
            before=withdrawal.status,
            actor=SYSTEM,
            at=at,
            facts={"fate": answer.fate, "outside_reference": answer.reference},
        )


def _apply_fate(withdrawal: Withdrawal, answer: Answer, at: datetime) -> None:
    if answer.fate in (Fate.PAID, Fate.RETURNED) and withdrawal.status in ("APPROVED", "SENT", "ERRORED"):
        reference = answer.reference if answer.fate == Fate.PAID else f"PAY-{withdrawal.pk}"
        complete_withdrawal(withdrawal, outside_reference=reference, at=at)
    elif answer.fate == Fate.RETURNED and withdrawal.status == Status.COMPLETED:
        return_withdrawal(withdrawal, return_reference=answer.reference, at=at)
    elif answer.fate == Fate.TAKEN and withdrawal.outcome_unknown:
        before = withdrawal.status
        withdrawal.mark(Status.SENT, at=at, outcome_unknown=False, sent_at=at, reason_code="")
        note_withdrawal(withdrawal, verb="send", before=before, actor=SYSTEM, at=at)
    elif answer.fate == Fate.REFUSED and (withdrawal.outcome_unknown or withdrawal.status == Status.SENT):
        _error(withdrawal, code=answer.reason or "REFUSED", is_unknown=False, at=at)
    elif answer.fate == Fate.UNKNOWN and withdrawal.outcome_unknown:
        withdrawal.mark(at=at, outcome_unknown=False)
        note_withdrawal(withdrawal, verb="know_unsent", before=withdrawal.status, actor=SYSTEM, at=at)


def _error(withdrawal: Withdrawal, *, code: str, is_unknown: bool, at: datetime) -> None:
    before = withdrawal.status
    withdrawal.mark(Status.ERRORED, at=at, outcome_unknown=is_unknown, reason_code=code[:64])
    note_withdrawal(withdrawal, verb="err", before=before, actor=SYSTEM, at=at, facts={"reason_code": code})
