"""Postings as people read them: from where, to where, why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet

from settlement.models import LedgerAccount, Posting

MOST_POSTINGS = 500


@dataclass(frozen=True, slots=True)
class PostingRow:
    """``amount`` of one asset from ``source`` to ``destination``. ``change`` is signed when an account looks
    at it.
    """

    id: int
    entry_id: UUID
    kind: str
    event_at: datetime
    business_date: date
    source: str
    source_id: UUID
    destination: str
    destination_id: UUID
    amount: Decimal
    asset: str
    scale: int
    payment_scale: int
    narrative: str
    change: Decimal


def list_postings(account: LedgerAccount) -> "QuerySet[Posting]":
    """Every posting into or out of an account; the caller orders and cuts."""
    return _with_names(Posting.objects.filter(Q(source=account) | Q(destination=account)))


def list_postings_of_entries(entry_ids: Sequence[UUID]) -> list[PostingRow]:
    """The postings of these entries, newest first, at most ``MOST_POSTINGS``. One statement."""
    postings = _with_names(Posting.objects.filter(entry_id__in=entry_ids)).order_by("-id")
    return [posting_row(posting) for posting in postings[:MOST_POSTINGS]]


def posting_row(posting: Posting, *, seen_from: UUID | None = None) -> PostingRow:
    """The row of a posting; ``change`` is what it did to the account ``seen_from``."""
    return PostingRow(
        id=posting.id,
        entry_id=posting.entry_id,
        kind=posting.entry.kind,
        event_at=posting.entry.event_at,
        business_date=posting.entry.business_date,
        source=_name(posting.source),
        source_id=posting.source_id,
        destination=_name(posting.destination),
        destination_id=posting.destination_id,
        amount=posting.amount,
        asset=posting.asset.code,
        scale=posting.asset.scale,
        payment_scale=posting.asset.payment_scale,
        narrative=posting.entry.narrative,
        change=-posting.amount if seen_from == posting.source_id else posting.amount,
    )


def _with_names(postings: "QuerySet[Posting]") -> "QuerySet[Posting]":
    return postings.select_related("entry", "asset", "source__profile__entity", "destination__profile__entity")


def _name(account: LedgerAccount) -> str:
    """A client's account by its owner, the firm's by its code."""
    if account.profile is None:
        return account.code
    return f"{account.profile.entity.shown_name} · {account.profile.reference}"
