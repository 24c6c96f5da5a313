"""The name of an event: whose stream, and which number in it."""

import re
from uuid import UUID

FIRM = "firm"
_FORM = re.compile(r"(firm|[0-9a-f]{32})-([1-9][0-9]{0,17})\Z")


def event_id(entity_id: UUID | None, seq: int) -> str:
    """The event's name, unique for ever: the entity in hexadecimal, or ``firm``, and the number in its stream."""
    return f"{FIRM if entity_id is None else entity_id.hex}-{seq}"


def parse_event_id(text: str) -> tuple[UUID | None, int] | None:
    """Whose stream and which number ``text`` names; None if it is no event's name."""
    found = _FORM.match(text)
    if found is None:
        return None
    return (None if found[1] == FIRM else UUID(found[1])), int(found[2])
