"""Put a wish of the firm into a market's command log. Only operations that may call it: whether somebody else has to approve is
decided before.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection

from core.operations.record_audit import Actor, record_audit
from trading.domain.instruction import THE_HOUSE
from trading.models import Instruction, Market

INITIATORS = {"PERSON": "FIRM", "CREDENTIAL": "FIRM", "ALGORITHM": "FIRM", "SYSTEM": "VENUE_AUTO"}


def write_instruction(  # noqa: PLR0913 - an instruction has this many parts
    *,
    market: Market,
    kind: str,
    payload: Mapping[str, str | None],
    actor: Actor,
    reason: str,
    at: datetime,
    approval_id: UUID | None = None,
    goes_first: bool = False,
) -> int:
    """Write the instruction with its audit entry, in the caller's transaction; answers its id. The engine decides when it
    applies it: one that ``goes_first`` before all that waits.
    """
    instruction = Instruction.objects.create(
        market=market,
        kind=kind,
        payload=dict(payload),
        instructed_at=at,
        actor_id=actor.id or THE_HOUSE,
        initiator=INITIATORS[actor.kind],
        goes_first=goes_first,
    )
    record_audit(
        actor=actor,
        action=f"trading.market.{kind.lower()}",
        object_type="trading.market",
        object_id=market.pk,
        at=at,
        changes=[{"field": key, "before": None, "after": value} for key, value in payload.items() if value is not None],
        reason=reason,
        approval_id=approval_id,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('countinghouse_instructions', %s)", [str(market.pk)])
    return instruction.id
