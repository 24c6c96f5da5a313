"""How a ledger entry reads in its seal: itself and its postings."""

from collections.abc import Sequence
from uuid import UUID

from core.domain.chain import instant_text
from core.sealing import Record
from settlement.models import Entry, Posting


def entry_records(ids: Sequence[UUID]) -> dict[UUID, Record]:
    """Entries with their postings in the order of their numbers; amounts with all eighteen digits."""
    records: dict[UUID, Record] = {
        entry.pk: {
            "id": str(entry.pk),
            "kind": entry.kind,
            "event_at": instant_text(entry.event_at),
            "recorded_at": instant_text(entry.recorded_at),
            "business_date": entry.business_date.isoformat(),
            "source_type": entry.source_type,
            "source_id": str(entry.source_id),
            "group_id": str(entry.group_id),
            "corrects": None if entry.corrects_id is None else str(entry.corrects_id),
            "narrative": entry.narrative,
            "actor_id": None if entry.actor_id is None else str(entry.actor_id),
            "postings": [],
        }
        for entry in Entry.objects.filter(pk__in=ids)
    }
    postings = Posting.objects.filter(entry_id__in=ids).order_by("id")
    for number, entry_id, source, destination, asset, amount in postings.values_list(
        "id", "entry_id", "source_id", "destination_id", "asset_id", "amount"
    ):
        # Postings whose entry is gone: there is no record for them to be in.
        if entry_id in records:
            records[entry_id]["postings"].append(
                [str(number), str(source), str(destination), str(asset), format(amount, "f")]
            )
    return records
