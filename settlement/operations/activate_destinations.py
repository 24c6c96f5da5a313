"""End the cooling-off of destinations."""

from datetime import datetime

from django.db import transaction

from core.operations.record_audit import SYSTEM
from settlement.models import Destination
from settlement.operations.add_destination import note_destination


def activate_destinations(*, at: datetime, limit: int = 500) -> int:
    """Make ACTIVE up to ``limit`` PENDING destinations whose time has come, oldest first; answers how many."""
    with transaction.atomic(durable=True):
        due = Destination.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).filter(
            status=Destination.Status.PENDING, usable_from__lte=at
        )
        found = list(due.select_related("rail").order_by("usable_from", "id")[:limit])
        for destination in found:
            destination.mark_active(at=at)
            note_destination(destination, verb="activate", topic="activated", actor=SYSTEM, at=at)
    return len(found)
