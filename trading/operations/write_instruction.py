"""Put a wish of the firm into a market's command log. Only operations that may call it: whether somebody else has to approve is
decided before.
"""

from datetime import datetime
from uuid import UUID

from django.db import connection

from core.operations.record_audit import Actor, record_audit
from trading.domain.instruction import THE_HOUSE
from trading.models import Instruction, Market


def write_instruction(  # noqa: PLR0913 - an instruction has this many parts
    *,
    market: Market,
    kind: str,
    payload: dict[str, str],
    actor: Actor,
    reason: str,
    at: datetime,
    approval_id: UUID | None = None,
) -> int:
    """Write the instruction with its audit entry, in the caller's transaction; answers its id. The engine decides when it
    applies it.
    """
    instruction = Instruction.objects.create(
        market=market,
        kind=kind,
        payload=payload,
        instructed_at=at,
        actor_id=actor.id or THE_HOUSE,
        initiator=Instruction.Initiator.FIRM,
    )
    record_audit(
        actor=actor,
        action=f"trading.market.{kind.lower()}",
        object_type="trading.market",
        object_id=market.pk,
        at=at,
        changes=[{"field": key, "before": None, "after": value} for key, value in payload.items()],
        reason=reason,
        approval_id=approval_id,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('countinghouse_instructions', %s)", [str(market.pk)])
    return instruction.id
