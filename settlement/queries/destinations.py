"""The address book of a client."""

from uuid import UUID

from django.db.models import Count, Q, QuerySet

from accounts.queries.shown_names import is_named
from core.domain.refusals import NotFound
from settlement.models import Destination


def list_destinations(*, entity_id: UUID) -> "QuerySet[Destination]":
    """The destinations of an entity, removed ones among them."""
    return Destination.objects.select_related("rail__asset").filter(entity_id=entity_id)


def list_all_destinations(*, text: str = "", status: str = "") -> "QuerySet[Destination]":
    """The destinations of all clients in a state, with ``text`` in label, address or the entity's names: for the desk."""
    found = Destination.objects.select_related("rail__asset", "entity")
    if status:
        found = found.filter(status=status)
    if text:
        found = found.filter(
            Q(label__icontains=text)
            | Q(address__icontains=text)
            | Q(beneficiary_name__icontains=text)
            | is_named(text, "entity__")
        )
    return found


def get_destination(*, destination_id: UUID) -> Destination:
    """The destination, whosever it is: for the house itself."""
    destination = list_all_destinations().filter(pk=destination_id).first()
    if destination is None:
        raise NotFound("destination")
    return destination


def count_destinations() -> dict[str, int]:
    """How many destinations are in which state."""
    return dict(Destination.objects.values_list("status").annotate(count=Count("id")))


def access_destination(*, destination_id: UUID, entity_id: UUID) -> Destination:
    """The destination, if it is the entity's; otherwise there is no such destination."""
    destination = list_destinations(entity_id=entity_id).filter(pk=destination_id).first()
    if destination is None:
        raise NotFound("destination")
    return destination
