"""Entries as people read them: why value moved, and what corrects what."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from core.domain.refusals import NotFound
from settlement.models import Entry, Posting


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries: those of a business date, of a kind, and that touch an account. Empty: all."""

    day: date | None = None
    kind: str = ""
    account_id: UUID | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it lets every entry through."""
        return not (self.day or self.kind or self.account_id)


def list_entries(looked_for: EntryFilter) -> "QuerySet[Entry]":
    """The entries that fit; the caller orders and cuts."""
    entries = Entry.objects.all()
    if looked_for.day is not None:
        entries = entries.filter(business_date=looked_for.day)
    if looked_for.kind:
        entries = entries.filter(kind=looked_for.kind)
    if looked_for.account_id is not None:
        touching = Posting.objects.filter(Q(source_id=looked_for.account_id) | Q(destination_id=looked_for.account_id))
        entries = entries.filter(pk__in=touching.values("entry_id"))
    return entries


def get_entry(entry_id: UUID) -> Entry:
    """The entry ``entry_id``. Refuses an unknown one with ``NotFound``."""
    entry = Entry.objects.select_related("corrects").filter(pk=entry_id).first()
    if entry is None:
        raise NotFound("ledger entry")
    return entry


def list_corrections(entry: Entry) -> list[Entry]:
    """The entries that correct this one, first ones first."""
    return list(Entry.objects.filter(corrects_id=entry.pk).order_by("pk")[:100])


def list_siblings(entry: Entry) -> list[Entry]:
    """The other entries of the same source: what else became of one deposit or withdrawal."""
    return list(Entry.objects.filter(source_id=entry.source_id).exclude(pk=entry.pk).order_by("pk")[:100])
