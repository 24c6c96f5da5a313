"""Take a posted journal back, by a further journal that others approve."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from core.domain.refusals import Refusal
from core.operations.record_audit import Actor
from settlement.models import ManualJournal
from settlement.operations.draft_journal import JournalTerms, LineTerms, draft_journal
from settlement.operations.submit_journal import lock_journal, submit_journal


def reverse_journal(*, journal_id: UUID, reason: str, actor: Actor, at: datetime) -> ManualJournal:
    """Draft and submit the mirror of a POSTED journal; answers the new one, SUBMITTED. Joins the caller's transaction.

    Refuses no reason (REASON_MISSING), a journal that is not POSTED or is a mirror itself, one that is being taken back already
    (409 STATE_CHANGED), and what ``submit_journal`` refuses: nobody is left with less than nothing.
    """
    with transaction.atomic():
        original = lock_journal(journal_id=journal_id, expected=("POSTED",), verb="taken back")
        if original.reverses_id is not None:
            raise Refusal(
                "STATE_CHANGED", "A journal that takes another back is not taken back: write a new one.", status=409
            )
        terms = JournalTerms(
            category=original.category,
            reason=reason,
            lines=[
                LineTerms(line.destination_id, line.source_id, line.amount)
                for line in original.lines.order_by("number")
            ],
            reverses=original.pk,
        )
        try:
            with transaction.atomic():
                mirror = draft_journal(terms=terms, actor=actor, at=at)
        except IntegrityError as error:
            if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") != "journal_is_reversed_once":
                raise
            raise Refusal("STATE_CHANGED", "It is being taken back already.", status=409) from None
        submit_journal(journal_id=mirror.pk, actor=actor, at=at)
        mirror.refresh_from_db()
    return mirror
