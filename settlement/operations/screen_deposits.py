"""Ask once more about the senders of deposits that no screener has answered for."""

from datetime import datetime, timedelta
from time import monotonic

import structlog
from django.db import transaction
from django.db.models import F

from accounts.queries.details import open_details
from core.domain.refusals import Refusal
from core.operations.record_audit import SYSTEM
from settlement.domain.depositing import AFTER_SCREENING
from settlement.gateways.screening import Finding, Screener, Subject
from settlement.models import Deposit
from settlement.operations.enter_deposit import lift_review
from settlement.operations.lock_deposit import lock_deposit
from settlement.operations.note_deposit import note_deposit

log = structlog.get_logger(__name__)
MOST = 100
MOST_SILENT = 3
# A sweep begins nothing after this long: a task may run for 20 s before it is told to end.
MOST_TIME = timedelta(seconds=15)
UNREADABLE = Finding(False, "The sender's name cannot be read any more.")
# What a screener is asked about: an answer is of a deposit as long as all of these are the same.
WHO_SENT_IT = ("information_sha256", "sender_address", "sender_subject_id", "rail_id")
Screening = Deposit.Screening
Reason = Deposit.ReviewReason
UNDER_REVIEW = Deposit.Status.UNDER_REVIEW


def screen_deposits(*, screener: Screener, at: datetime) -> int:
    """Screen what is under review and was not screened; answers how many.

    CLEAR lifts the review for SCREENING; a HIT waits for compliance, and sends back there what was let on meanwhile. Who was
    asked about longest ago is asked about first: one that cannot be asked about keeps no other back; after ``MOST_SILENT`` that
    nobody answers it stops. ``at`` is when the sweep begins; each answer is of its own moment.
    """
    begun, done, silent = monotonic(), 0, 0
    for deposit in _waiting():
        moment = at + timedelta(seconds=monotonic() - begun)
        if moment >= at + MOST_TIME:
            break
        # Before it is asked: whatever becomes of the question, the others have their turn.
        Deposit.objects.filter(pk=deposit.pk).update(screening_asked_at=moment)
        try:
            finding = _look_at(deposit, screener)
        except (OSError, Refusal) as error:
            log.warning("a deposit was not screened", deposit=str(deposit.pk), error=type(error).__name__)
            silent += isinstance(error, OSError)
            if silent == MOST_SILENT:
                break
            continue
        except Exception:
            log.exception("a deposit could not be screened", deposit=str(deposit.pk))
            continue
        verdict = Screening.CLEAR if finding.is_clear else Screening.HIT
        done += _record(deposit, verdict, finding.words, at + timedelta(seconds=monotonic() - begun))
    return done


def _waiting() -> list[Deposit]:
    waiting = Deposit.objects.filter(status=UNDER_REVIEW, screening=Screening.PENDING).select_related("rail")
    return list(waiting.order_by(F("screening_asked_at").asc(nulls_first=True), "id")[:MOST])


def _look_at(deposit: Deposit, screener: Screener) -> Finding:
    """Whom nobody can name any more is not clear by an account alone: compliance looks."""
    name, network = "", deposit.rail.network if deposit.rail is not None else ""
    subject_id = deposit.sender_subject_id
    if subject_id is not None:
        # The sender's name for the screener: it goes there and nowhere else.
        kept = open_details([subject_id])[subject_id].get("full_name")
        if kept and not kept.is_readable:
            return UNREADABLE
        name = kept.text if kept else ""
    return screener.screen(Subject(deposit.sender_address, network, "", name, deposit.outside_reference))


def _record(asked: Deposit, verdict: str, words: str, at: datetime) -> bool:
    """Write the answer down, unless somebody else was named while it was asked about: then it is asked again."""
    with transaction.atomic(durable=True):
        deposit = lock_deposit(deposit_id=asked.pk, expected=Deposit.Status.values, verb="screened")
        is_of_it = all(getattr(deposit, name) == getattr(asked, name) for name in WHO_SENT_IT)
        if deposit.status != UNDER_REVIEW or deposit.screening != Screening.PENDING or not is_of_it:
            return False
        said = {"screening": verdict, "screening_words": words[:300]}
        if verdict == Screening.HIT and deposit.review_reason in AFTER_SCREENING:
            # It was let on while nobody had answered: nobody has looked at the hit.
            said["review_reason"] = Reason.SCREENING
        deposit.mark(at=at, **said)
        is_lifted = verdict == Screening.CLEAR and deposit.review_reason == Reason.SCREENING
        if is_lifted and deposit.recalled_at is None:
            lift_review(deposit, verb="screen", reason=words, actor=SYSTEM, at=at)
        else:
            note_deposit(deposit=deposit, verb="screen", topic=None, reason=words, actor=SYSTEM, at=at)
    return True
