"""Write a journal down as a draft: what is to be posted, between which accounts, and why."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from core.domain.decimals import has_scale
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.operations.record_audit import Actor
from settlement.domain.transferring import MOST_ATTACHMENTS, MOST_LINES
from settlement.models import JournalLine, LedgerAccount, ManualJournal
from settlement.operations.note_journal import note_journal

# What these hold is explained by deposits and settlements one by one: their own operations move it, and nobody by hand.
GUARDED = {LedgerAccount.Kind.SUSPENSE, LedgerAccount.Kind.CLEARING}
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class LineTerms:
    """``amount`` from one ledger account to another of the same asset."""

    source_id: UUID
    destination_id: UUID
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document by its SHA-256, and where the store has it under the journal's id; without a key it is kept elsewhere."""

    sha256: str
    name: str = ""
    storage_key: str = ""


@dataclass(frozen=True, slots=True)
class JournalTerms:
    """What a journal says. ``journal_id`` is given where documents were stored under it already."""

    category: str
    reason: str
    lines: Sequence[LineTerms]
    attachments: Sequence[Attachment] = ()
    journal_id: UUID = field(default_factory=new_id)
    reverses: UUID | None = None


def draft_journal(*, terms: JournalTerms, actor: Actor, at: datetime) -> ManualJournal:
    """Store a DRAFT with its lines; nothing moves. Joins the caller's transaction.

    Refuses no reason (REASON_MISSING), no line or more than a hundred (JOURNAL_LINES_INVALID), an account that is not there
    (404), closed (ACCOUNT_CLOSED), of another asset than the other (ASSETS_DIFFER), or that nobody moves by hand
    (ACCOUNT_GUARDED), an amount that is nothing (AMOUNT_BELOW_MINIMUM) or too fine (SCALE_EXCEEDED), and attachments that are no
    hashes (ATTACHMENT_INVALID).
    """
    if terms.category not in ManualJournal.Category.values:
        raise Refusal("REQUEST_INVALID", f"{terms.category} is no category.", status=400)
    if not terms.reason.strip():
        raise Refusal("REASON_MISSING", "A journal says why.")
    if not 1 <= len(terms.lines) <= MOST_LINES:
        raise Refusal("JOURNAL_LINES_INVALID", f"A journal has 1 to {MOST_LINES} lines.")
    _refuse_attachments(terms.attachments)
    with transaction.atomic():
        accounts = LedgerAccount.objects.select_related("asset", "profile").in_bulk(
            {key for line in terms.lines for key in (line.source_id, line.destination_id)}
        )
        for number, line in enumerate(terms.lines, start=1):
            _check(number, line, accounts)
        journal = ManualJournal.objects.create(
            id=terms.journal_id,
            category=terms.category,
            reason=terms.reason.strip(),
            attachments=[_shape(each) for each in terms.attachments],
            reverses_id=terms.reverses,
            drafted_by_kind=actor.kind,
            drafted_by_id=actor.id,
            drafted_at=at,
            updated_at=at,
        )
        JournalLine.objects.bulk_create(
            JournalLine(
                journal=journal,
                number=number,
                source_id=line.source_id,
                destination_id=line.destination_id,
                asset_id=accounts[line.source_id].asset_id,
                amount=line.amount,
            )
            for number, line in enumerate(terms.lines, start=1)
        )
        note_journal(journal, verb="draft", topic="drafted", actor=actor, at=at)
    return journal


def refuse_closed(number: int, account: LedgerAccount) -> None:
    """Refuse ACCOUNT_CLOSED for an account that is closed, or whose profile is."""
    if account.status != LedgerAccount.Status.OPEN or (
        account.profile is not None and account.profile.status != "OPEN"
    ):
        raise Refusal(
            "ACCOUNT_CLOSED",
            f"Line {number}: {account.code} is closed.",
            meta={"line": number, "account": account.code},
        )


def _check(number: int, line: LineTerms, accounts: dict[UUID, LedgerAccount]) -> None:
    source, destination = accounts.get(line.source_id), accounts.get(line.destination_id)
    if source is None or destination is None:
        raise NotFound("ledger account")
    if source.pk == destination.pk:
        raise Refusal("JOURNAL_LINES_INVALID", f"Line {number} goes to where it comes from.", meta={"line": number})
    if source.asset_id != destination.asset_id:
        words = f"Line {number} goes from {source.asset.code} to {destination.asset.code}."
        raise Refusal("ASSETS_DIFFER", words, meta={"line": number})
    for account in (source, destination):
        if account.kind in GUARDED:
            words = f"Line {number}: {account.code} is moved by its own operations."
            raise Refusal("ACCOUNT_GUARDED", words, meta={"line": number, "account": account.code})
        refuse_closed(number, account)
    if not line.amount.is_finite() or line.amount <= 0:
        raise Refusal("AMOUNT_BELOW_MINIMUM", f"Line {number} moves nothing.", meta={"line": number})
    if not has_scale(line.amount, source.asset.scale):
        words = f"Line {number}: {source.asset.code} has {source.asset.scale} digits."
        raise Refusal("SCALE_EXCEEDED", words, meta={"line": number, "scale": source.asset.scale})


def _refuse_attachments(attachments: Sequence[Attachment]) -> None:
    hashes = [each.sha256 for each in attachments]
    if len(hashes) > MOST_ATTACHMENTS or len(set(hashes)) != len(hashes) or not all(map(_SHA256.match, hashes)):
        raise Refusal(
            "ATTACHMENT_INVALID", f"Attachments are up to {MOST_ATTACHMENTS} different SHA-256 in lower case."
        )


def _shape(attachment: Attachment) -> dict[str, Any]:
    return {"sha256": attachment.sha256, "name": attachment.name, "storage_key": attachment.storage_key}
