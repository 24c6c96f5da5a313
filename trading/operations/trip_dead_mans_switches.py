"""Cancel for those who have not been heard of in time."""

from datetime import datetime

from django.db import transaction

from core.operations.record_audit import SYSTEM
from trading.models import DeadMansSwitch
from trading.operations.cancel_orders import OrderFilter, cancel_orders

MOST_AT_ONCE = 200
REASON = "DEAD_MANS_SWITCH"


def trip_dead_mans_switches(*, at: datetime) -> int:
    """Disarm each switch that is due and write a MASS_CANCEL of its credential's orders of its profile, in one transaction;
    answers how many. A switch that was pushed ahead at this moment is left alone.
    """
    with transaction.atomic(durable=True):
        due = DeadMansSwitch.objects.select_for_update(skip_locked=True).filter(due_at__lte=at).order_by("due_at", "id")
        switches = list(due[:MOST_AT_ONCE])
        for switch in switches:
            cancel_orders(
                wanted=OrderFilter(profile_id=switch.profile_id, credential_id=switch.credential_id),
                reason=REASON,
                actor=SYSTEM,
                at=at,
            )
        DeadMansSwitch.objects.filter(pk__in=[switch.pk for switch in switches]).update(due_at=None, updated_at=at)
    return len(switches)
