"""Internal transfers as their clients and the desk see them."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.queries.shown_names import is_named
from core.domain.refusals import NotFound
from settlement.models import Entry, InternalTransfer, Posting


def list_transfers(*, text: str = "") -> "QuerySet[InternalTransfer]":
    """The transfers whose reference, profiles or entities have ``text`` in their names; the caller orders and cuts."""
    transfers = InternalTransfer.objects.select_related("asset", "from_profile__entity", "to_profile__entity")
    if text:
        transfers = transfers.filter(
            Q(client_reference__icontains=text)
            | Q(from_profile__reference__icontains=text)
            | Q(to_profile__reference__icontains=text)
            | is_named(text, "from_profile__entity__")
            | is_named(text, "to_profile__entity__")
        )
    return transfers


def get_transfer(*, transfer_id: UUID) -> InternalTransfer:
    """The transfer, whosever it is: for the house itself."""
    transfer = list_transfers().select_related("reverses").filter(pk=transfer_id).first()
    if transfer is None:
        raise NotFound("internal transfer")
    return transfer


def list_client_transfers(*, entity_id: UUID) -> "QuerySet[InternalTransfer]":
    """The transfers out of the profiles of an entity, and those that have come to them."""
    came = Q(to_profile__entity_id=entity_id, status__in=["EXECUTED", "REVERSED"])
    transfers = InternalTransfer.objects.select_related("asset", "from_profile", "to_profile")
    return transfers.filter(Q(from_profile__entity_id=entity_id) | came)


def access_transfer(*, transfer_id: UUID, entity_id: UUID) -> InternalTransfer:
    """The transfer, if the entity may see it; otherwise there is no such transfer."""
    transfer = list_client_transfers(entity_id=entity_id).filter(pk=transfer_id).first()
    if transfer is None:
        raise NotFound("internal transfer")
    return transfer


def list_transfer_postings(transfer: InternalTransfer) -> "QuerySet[Posting]":
    """What moved for a transfer, and what took it back."""
    ids = [transfer.pk, *transfer.reversals.values_list("pk", flat=True)]
    entries = Entry.objects.filter(source_id__in=ids, source_type="settlement.internal_transfer")
    postings = Posting.objects.filter(entry__in=entries).select_related("entry", "source", "destination", "asset")
    return postings.order_by("entry__event_at", "id")
