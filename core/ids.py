"""Identifiers: UUIDv7 (RFC 9562), so that ids sort by the time they were given."""

from datetime import datetime
from uuid import UUID

from uuid_utils import uuid7 as fast_uuid7
from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh id; ids given by one process sort in the order they were given."""
    return uuid7()


def new_id_text() -> str:
    """A fresh id as text, for rows that go by COPY: an eighth of the time, and ordered with ``new_id``."""
    return str(fast_uuid7())


def first_id_at(instant: datetime) -> UUID:
    """The lowest UUID of the millisecond of ``instant``: a bound for ranges by time, not an id to give away."""
    return UUID(int=int(instant.timestamp() * 1000) << 80)
