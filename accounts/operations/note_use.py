"""Note that a credential is in use, at most once a minute."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

INTERVAL_SECONDS = 60

# Whoever changes the credential just now is not waited for: the next minute notes it.
NOTE = """
UPDATE accounts_apicredential SET last_used_at = %(at)s, last_used_from = %(address)s
WHERE id = (
    SELECT id FROM accounts_apicredential
    WHERE id = %(id)s AND (last_used_at IS NULL OR last_used_at <= %(before)s)
    FOR NO KEY UPDATE SKIP LOCKED
)
"""


def is_due(last_used_at: datetime | None, *, at: datetime) -> bool:
    """Whether a use at ``at`` is to be noted."""
    return last_used_at is None or last_used_at <= at - timedelta(seconds=INTERVAL_SECONDS)


def note_use(*, credential_id: UUID, address: str | None, at: datetime) -> None:
    """Note the use and the client's address, unless one of the last minute is noted already. One statement of its own."""
    before = at - timedelta(seconds=INTERVAL_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(NOTE, {"id": credential_id, "address": address, "at": at, "before": before})
