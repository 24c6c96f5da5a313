"""Look for clients whose turn it is to be looked at again."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.domain.refreshing import NOTICE_DAYS, reminder_for
from accounts.models import Identity, IdentityControl
from accounts.operations.advance_refresh import RESTRICTION, advance_refresh
from accounts.operations.lock_identity import lock_identity

log = structlog.get_logger(__name__)

MOST_IDENTITIES = 1_000
FAILED = "FAILED"


def sweep_refreshes(*, at: datetime, most: int = MOST_IDENTITIES) -> dict[str, int]:
    """Advance the refresh of at most ``most`` APPROVED identities for which something is due, those due first first,
    each in its own transaction; answers how many refreshes were STARTED, REMINDED of and EXPIRED, and how many FAILED:
    those are in the log.

    Whoever asks again does the rest; when nothing is due, nothing is done.
    """
    done: Counter[str] = Counter()
    due = _due_ids(at, most)
    for identity_id in [*due, *_unrestricted_ids(most - len(due))]:
        try:
            with transaction.atomic(durable=True):
                identity = lock_identity(identity_id=identity_id)
                # It may have been completed or disabled since it was found.
                if identity.status == Identity.Status.APPROVED:
                    done.update(advance_refresh(identity=identity, at=at))
        except Exception:
            # One that cannot be advanced does not keep the others back; the next sweep tries it again.
            log.exception("refresh not advanced", identity_id=str(identity_id))
            done[FAILED] += 1
    return dict(done)


def _due_ids(at: datetime, most: int) -> list[UUID]:
    today = at.date()
    waiting = Q(refresh_status="NOT_DUE", refresh_due_date__lte=today + timedelta(days=NOTICE_DAYS))
    running = Q(refresh_status="DUE")
    rows = (
        Identity.objects.filter(waiting | running, status=Identity.Status.APPROVED)
        .order_by("refresh_due_date", "id")
        .values_list("id", "refresh_status", "refresh_due_date", "reminded_days")
    )
    found: list[UUID] = []
    for identity_id, status, due, reminded in rows.iterator(chunk_size=500):
        assert due is not None
        is_due = status == "NOT_DUE" or due < today or reminder_for(due=due, today=today, reminded=reminded) is not None
        if is_due:
            found.append(identity_id)
            if len(found) == most:
                break
    return found


def _unrestricted_ids(most: int) -> list[UUID]:
    """Those whose refresh is overdue and whose restriction somebody lifted all the same."""
    active = IdentityControl.objects.filter(identity=OuterRef("pk"), kind=RESTRICTION.kind, cleared_at__isnull=True)
    rows = Identity.objects.filter(~Exists(active), status=Identity.Status.APPROVED, refresh_status="OVERDUE")
    return list(rows.order_by("id").values_list("id", flat=True)[:most])
