"""The clock. Interfaces read it once and pass the instant on; operations and domain never do."""

from datetime import UTC, datetime


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)
