"""Take an address out of a client's book."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.domain.refusals import NotFound
from core.operations.record_audit import Actor
from settlement.models import Destination
from settlement.operations.add_destination import note_destination


def remove_destination(*, destination_id: UUID, entity_id: UUID, actor: Actor, at: datetime) -> None:
    """REMOVED: nothing new goes there; what was asked for before still does, unless it is cancelled. Again does nothing.

    Refuses a destination that is not the entity's with ``NotFound``.
    """
    with transaction.atomic():
        destination = (
            Destination.objects.select_for_update(no_key=True, of=("self",))
            .select_related("rail")
            .filter(pk=destination_id, entity_id=entity_id)
            .first()
        )
        if destination is None:
            raise NotFound("destination")
        if destination.status == Destination.Status.REMOVED:
            return
        destination.mark_removed(at=at)
        note_destination(destination, verb="remove", topic="removed", actor=actor, at=at)
