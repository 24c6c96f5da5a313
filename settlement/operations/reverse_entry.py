"""Take an entry back by its mirror: the books are corrected by writing on, never by rubbing out."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from core.domain.refusals import NotFound, Refusal
from settlement.models import Entry, EntryReversal, Posting
from settlement.operations.post_entry import Move, post_entry


def reverse_entry(  # noqa: PLR0913 - an entry has this many parts
    *,
    entry_id: UUID,
    source_type: str,
    source_id: UUID,
    event_at: datetime,
    actor_id: UUID | None,
    narrative: str = "",
    kind: str = Entry.Kind.REVERSAL,
) -> UUID:
    """Post every posting of the entry backwards, as a further entry that names it; joins the caller's transaction.

    Answers the new entry's id. An entry is reversed once (409 ENTRY_ALREADY_REVERSED; ``entry_is_reversed_once``). Where a
    client has less than it has to give back: INSUFFICIENT_AVAILABLE, and nothing is written. A reversal may be reversed.
    """
    entry = Entry.objects.filter(pk=entry_id).first()
    if entry is None:
        raise NotFound("entry")
    if EntryReversal.objects.filter(entry_id=entry_id).exists():
        raise _already()
    moves = [
        Move(posting.destination_id, posting.source_id, posting.asset_id, posting.amount)
        for posting in Posting.objects.filter(entry_id=entry_id).order_by("id")
    ]
    try:
        with transaction.atomic():
            return post_entry(
                kind=kind,
                source_type=source_type,
                source_id=source_id,
                event_at=event_at,
                moves=moves,
                actor_id=actor_id,
                narrative=narrative,
                corrects=entry_id,
                group_id=entry.group_id,
            )
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") != "entry_is_reversed_once":
            raise
        raise _already() from None


def _already() -> Refusal:
    return Refusal("ENTRY_ALREADY_REVERSED", "It is taken back already.", status=409)
