"""The address book of a client."""

from uuid import UUID

from django.db.models import QuerySet

from core.domain.refusals import NotFound
from settlement.models import Destination


def list_destinations(*, entity_id: UUID) -> "QuerySet[Destination]":
    """The destinations of an entity, removed ones among them."""
    return Destination.objects.select_related("rail__asset").filter(entity_id=entity_id)


def access_destination(*, destination_id: UUID, entity_id: UUID) -> Destination:
    """The destination, if it is the entity's; otherwise there is no such destination."""
    destination = list_destinations(entity_id=entity_id).filter(pk=destination_id).first()
    if destination is None:
        raise NotFound("destination")
    return destination
