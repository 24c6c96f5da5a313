"""One process at a time speaks to a gateway about a withdrawal."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection

_TRY = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
_GIVE_BACK = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"


@contextmanager
def hand_over_alone(*, withdrawal_id: UUID) -> Iterator[bool]:
    """Whether nobody else is speaking to a gateway about it; then nobody does until this ends.

    The lock is the connection's, over several transactions: it goes with the process. A gateway that is asked while a payment is
    on its way to it says that it does not know it, and on that word the hold would be given back.
    """
    key = f"settlement.withdrawal:{withdrawal_id}"
    with connection.cursor() as cursor:
        cursor.execute(_TRY, [key])
        (is_alone,) = cursor.fetchone()
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute(_GIVE_BACK, [key])
