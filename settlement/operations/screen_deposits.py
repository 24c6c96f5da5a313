"""Ask once more about the senders of deposits that no screener has answered for."""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from accounts.queries.details import open_details
from core.domain.refusals import Refusal
from core.operations.record_audit import SYSTEM
from settlement.domain.depositing import REASONS
from settlement.gateways.screening import Screener, Subject
from settlement.models import Deposit
from settlement.operations.enter_deposit import lift_review
from settlement.operations.lock_deposit import lock_deposit
from settlement.operations.note_deposit import note_deposit

log = structlog.get_logger(__name__)
MOST = 100
MOST_SILENT = 3
Screening = Deposit.Screening
Reason = Deposit.ReviewReason
UNDER_REVIEW = Deposit.Status.UNDER_REVIEW
AFTER_SCREENING = REASONS[REASONS.index(Reason.SCREENING) + 1 :]


def screen_deposits(*, screener: Screener, at: datetime) -> int:
    """Screen what is under review and was not screened; answers how many.

    CLEAR lifts the review for SCREENING; a HIT waits for compliance, and sends back there what was let on meanwhile. One that
    cannot be asked about keeps no other back; after ``MOST_SILENT`` that nobody answers it stops. Where there are more than
    ``MOST``, each sweep begins elsewhere among them.
    """
    done = silent = 0
    for deposit in _waiting(at):
        try:
            finding = screener.screen(_subject_of(deposit))
        except (OSError, Refusal) as error:
            log.warning("a deposit was not screened", deposit=str(deposit.pk), error=type(error).__name__)
            silent += isinstance(error, OSError)
            if silent == MOST_SILENT:
                break
            continue
        except Exception:
            log.exception("a deposit could not be screened", deposit=str(deposit.pk))
            continue
        done += _record(deposit, Screening.CLEAR if finding.is_clear else Screening.HIT, finding.words, at)
    return done


def _waiting(at: datetime) -> list[Deposit]:
    waiting = Deposit.objects.filter(status=UNDER_REVIEW, screening=Screening.PENDING)
    ids = list(waiting.order_by("id").values_list("id", flat=True))
    first = int(at.timestamp()) % len(ids) if len(ids) > 1 else 0
    turn = (ids[first:] + ids[:first])[:MOST]
    found = waiting.select_related("rail").in_bulk(turn)
    return [found[each] for each in turn if each in found]


def _subject_of(deposit: Deposit) -> Subject:
    network = deposit.rail.network if deposit.rail is not None else ""
    return Subject(deposit.sender_address, network, "", _name_of(deposit.sender_subject_id), deposit.outside_reference)


def _name_of(subject_id: UUID | None) -> str:
    """The sender's name for the screener: it goes there and nowhere else."""
    if subject_id is None:
        return ""
    name = open_details([subject_id])[subject_id].get("full_name")
    return name.text if name and name.is_readable else ""


def _record(asked: Deposit, verdict: str, words: str, at: datetime) -> bool:
    """Write the answer down, unless somebody else was named while it was asked about: then it is asked again."""
    with transaction.atomic(durable=True):
        deposit = lock_deposit(deposit_id=asked.pk, expected=Deposit.Status.values, verb="screened")
        is_of_it = deposit.information_sha256 == asked.information_sha256
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
