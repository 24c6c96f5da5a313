"""Have others approve a journal; and take a draft off the table."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.operations.carry_out import Wish, carry_out
from core.domain.decimals import plain_text
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor
from settlement.models import JournalLine, ManualJournal
from settlement.operations.draft_journal import refuse_closed
from settlement.operations.note_journal import OBJECT_TYPE, note_journal
from settlement.queries.journals import weigh_lines
from settlement.queries.valuation import value_of

MANUAL_JOURNAL = "MANUAL_JOURNAL"


def submit_journal(*, journal_id: UUID, actor: Actor, at: datetime) -> UUID:
    """Ask under the policy MANUAL_JOURNAL by the sum of the lines' values; answers the approval's id. Joins the caller's
    transaction.

    Refuses a journal that is no DRAFT (409 STATE_CHANGED), whose accounts were closed meanwhile (ACCOUNT_CLOSED) or are short
    now (INSUFFICIENT_AVAILABLE), a line without a price (PRICE_MISSING), and a policy that would ask nobody
    (APPROVAL_NEEDED): a journal always takes another person.
    """
    with transaction.atomic():
        journal = lock_journal(journal_id=journal_id, expected=("DRAFT",), verb="submitted")
        lines = list(
            journal.lines.select_related("asset", "source__profile", "destination__profile").order_by("number")
        )
        _refuse_accounts(lines)
        value = sum((value_of(line.asset_id, line.amount, at).value for line in lines), Decimal(0))
        wish = Wish(
            action=MANUAL_JOURNAL,
            subject_type=OBJECT_TYPE,
            subject_id=journal.pk,
            payload=payload_of(journal, lines),
            reason=journal.reason,
            value=value,
        )
        outcome = carry_out(wish=wish, actor=actor, at=at)
        # Where nobody is asked, its execution has refused.
        assert outcome.approval_id is not None
        journal.mark_submitted(by=actor.id, approval_id=outcome.approval_id, value=value, at=at)
        note_journal(journal, verb="submit", topic="submitted", actor=actor, at=at)
    return outcome.approval_id


def cancel_journal(*, journal_id: UUID, actor: Actor, at: datetime) -> None:
    """Take a DRAFT off the table: CANCELLED. What is submitted is taken back by taking back the request for approval."""
    with transaction.atomic():
        journal = lock_journal(journal_id=journal_id, expected=("DRAFT",), verb="cancelled")
        journal.mark_ended(ManualJournal.Status.CANCELLED, reason_code="", at=at)
        note_journal(journal, verb="cancel", topic="cancelled", actor=actor, at=at)


def lock_journal(*, journal_id: UUID, expected: tuple[str, ...], verb: str) -> ManualJournal:
    """The journal, locked until the caller's transaction ends. Refuses one that is not there, and a status beside
    ``expected`` (409 STATE_CHANGED).
    """
    journal = ManualJournal.objects.select_for_update(no_key=True, of=("self",)).filter(pk=journal_id).first()
    if journal is None:
        raise NotFound("journal")
    if journal.status not in expected:
        raise Refusal(
            "STATE_CHANGED",
            f"A journal that is {journal.status} is not {verb}.",
            meta={"status": journal.status, "expected": sorted(expected)},
            status=409,
        )
    return journal


def payload_of(journal: ManualJournal, lines: list[JournalLine]) -> dict[str, Any]:
    """What others approve: the journal as text."""
    return {
        "journal_id": str(journal.pk),
        "category": journal.category,
        "reason": journal.reason,
        "reverses": str(journal.reverses_id) if journal.reverses_id else "",
        "attachments": [each["sha256"] for each in journal.attachments],
        "lines": [
            {
                "number": str(line.number),
                "source_id": str(line.source_id),
                "destination_id": str(line.destination_id),
                "asset": line.asset.code,
                "amount": plain_text(line.amount),
            }
            for line in lines
        ],
    }


def _refuse_accounts(lines: list[JournalLine]) -> None:
    for line in lines:
        refuse_closed(line.number, line.source)
        refuse_closed(line.number, line.destination)
    for touched in weigh_lines([(line.source, line.destination, line.amount) for line in lines]):
        if touched.is_short:
            account = touched.account
            available = account.balance - account.held if account.kind != "OMNIBUS" else -account.balance
            raise Refusal(
                "INSUFFICIENT_AVAILABLE",
                f"{account.code} has {plain_text(available)} available.",
                meta={"available": plain_text(available), "needed": plain_text(abs(touched.change))},
            )
