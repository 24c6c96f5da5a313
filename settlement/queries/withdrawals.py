"""Withdrawals as their clients and the desk see them."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.queries.shown_names import is_named
from core.domain.refusals import NotFound
from settlement.models import Entry, Posting, Withdrawal

WAITING = ("IN_REVIEW", "AWAITING_APPROVAL", "APPROVED", "SENT", "ERRORED")

# For settlement/holders.py: gross is held from the request to the end, which is one row's two instants.
HOLDS_SINCE = """
SELECT w.profile_id, r.asset_id, side.change
FROM settlement_withdrawal w
JOIN settlement_rail r ON r.id = w.rail_id
CROSS JOIN LATERAL (VALUES (w.requested_at, w.gross_amount), (w.ended_at, -w.gross_amount)) AS side (at, change)
WHERE side.at >= %(since)s
"""


def list_withdrawals(*, text: str = "") -> "QuerySet[Withdrawal]":
    """All withdrawals whose references, profile or entity have ``text`` in their names; the caller orders and cuts."""
    found = Withdrawal.objects.select_related("profile__entity", "rail__asset", "destination", "approval")
    if text:
        found = found.filter(
            Q(client_reference__icontains=text)
            | Q(outside_reference__icontains=text)
            | Q(profile__reference__icontains=text)
            | is_named(text, "profile__entity__")
        )
    return found


def list_client_withdrawals(*, entity_id: UUID) -> "QuerySet[Withdrawal]":
    """The withdrawals of an entity's profiles."""
    return list_withdrawals().filter(profile__entity_id=entity_id)


def access_withdrawal(*, withdrawal_id: UUID, entity_id: UUID) -> Withdrawal:
    """The withdrawal, if it is of a profile of the entity; otherwise there is no such withdrawal."""
    withdrawal = list_client_withdrawals(entity_id=entity_id).filter(pk=withdrawal_id).first()
    if withdrawal is None:
        raise NotFound("withdrawal")
    return withdrawal


def get_withdrawal(*, withdrawal_id: UUID) -> Withdrawal:
    """The withdrawal, whosever it is: for the house itself."""
    withdrawal = list_withdrawals().filter(pk=withdrawal_id).first()
    if withdrawal is None:
        raise NotFound("withdrawal")
    return withdrawal


def list_withdrawal_postings(withdrawal: Withdrawal) -> "QuerySet[Posting]":
    """What moved for a withdrawal, in order."""
    entries = Entry.objects.filter(source_id=withdrawal.pk, source_type="settlement.withdrawal")
    return Posting.objects.filter(entry__in=entries).select_related("entry", "source", "destination").order_by("id")


def count_waiting_withdrawals() -> int:
    """How many have not ended."""
    return Withdrawal.objects.filter(status__in=WAITING).count()
