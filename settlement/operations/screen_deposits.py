"""Ask once more about the senders of deposits that no screener has answered for."""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from accounts.queries.details import open_details
from core.domain.refusals import Refusal
from core.operations.record_audit import SYSTEM
from settlement.gateways.screening import Screener, Subject
from settlement.models import Deposit
from settlement.operations.enter_deposit import lift_review
from settlement.operations.lock_deposit import lock_deposit
from settlement.operations.note_deposit import note_deposit

log = structlog.get_logger(__name__)
MOST = 100
Screening = Deposit.Screening


def screen_deposits(*, screener: Screener, at: datetime) -> int:
    """Screen what is under review and was not screened; answers how many. It stops at the first that is not answered.

    CLEAR lifts the review for SCREENING; a HIT waits for compliance.
    """
    waiting = Deposit.objects.filter(status=Deposit.Status.UNDER_REVIEW, screening=Screening.PENDING)
    done = 0
    for deposit in waiting.select_related("rail").order_by("id")[:MOST]:
        try:
            finding = screener.screen(_subject_of(deposit))
        except (OSError, Refusal) as error:
            log.warning("a deposit was not screened", deposit=str(deposit.pk), error=type(error).__name__)
            return done
        _record(deposit.pk, Screening.CLEAR if finding.is_clear else Screening.HIT, finding.words, at)
        done += 1
    return done


def _subject_of(deposit: Deposit) -> Subject:
    network = deposit.rail.network if deposit.rail is not None else ""
    return Subject(deposit.sender_address, network, "", _name_of(deposit.sender_subject_id), deposit.outside_reference)


def _name_of(subject_id: UUID | None) -> str:
    """The sender's name for the screener: it goes there and nowhere else."""
    if subject_id is None:
        return ""
    name = open_details([subject_id])[subject_id].get("full_name")
    return name.text if name and name.is_readable else ""


def _record(deposit_id: UUID, verdict: str, words: str, at: datetime) -> None:
    with transaction.atomic(durable=True):
        deposit = lock_deposit(deposit_id=deposit_id, expected=Deposit.Status.values, verb="screened")
        if deposit.status != Deposit.Status.UNDER_REVIEW or deposit.screening != Screening.PENDING:
            return
        deposit.mark(at=at, screening=verdict, screening_words=words[:300])
        is_lifted = verdict == Screening.CLEAR and deposit.review_reason == Deposit.ReviewReason.SCREENING
        if is_lifted and deposit.recalled_at is None:
            lift_review(deposit, verb="screen", reason=words, actor=SYSTEM, at=at)
        else:
            note_deposit(deposit=deposit, verb="screen", topic=None, reason=words, actor=SYSTEM, at=at)
