"""Instructions on a client's behalf: what became of a wish."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.models import ApiCredential
from core.domain.refusals import NotFound
from trading.models import Instruction

LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class InstructionView:
    """An instruction as its client sees it: PENDING, APPLIED at ``position``, or REFUSED with the engine's reason."""

    id: int
    market: str
    kind: str
    order_id: UUID | None
    status: str
    refusal: str | None
    position: int | None
    instructed_at: datetime
    applied_at: datetime | None


def access_instruction(*, instruction_id: int, entity_id: UUID) -> InstructionView:
    """The instruction, if it is about an order of the entity's or came from a credential of it; else there is no such one."""
    found = (
        Instruction.objects.filter(pk=instruction_id)
        .filter(
            Q(order__profile__entity_id=entity_id)
            | Q(actor_id__in=ApiCredential.objects.filter(entity_id=entity_id).values("pk"))
        )
        .select_related("market")
        .first()
        if instruction_id <= LARGEST_ID
        else None
    )
    if found is None:
        raise NotFound("instruction")
    return InstructionView(
        id=found.pk,
        market=found.market.symbol,
        kind=found.kind,
        order_id=found.order_id,
        status=found.status,
        refusal=found.refusal or None,
        position=found.position,
        instructed_at=found.instructed_at,
        applied_at=found.applied_at,
    )
