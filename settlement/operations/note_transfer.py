"""Write down what became of an internal transfer: for the record, and for the streams of those whom it is of."""

from datetime import datetime
from uuid import UUID

from core.domain.decimals import format_scaled, plain_text
from core.operations.publish_message import publish_message
from core.operations.record_audit import Actor, record_audit
from settlement.models import InternalTransfer

OBJECT_TYPE = "settlement.internal_transfer"


def note_transfer(
    transfer: InternalTransfer, *, verb: str, topic: str, actor: Actor, at: datetime, approval_id: UUID | None = None
) -> None:
    """One audit entry ``settlement.internal_transfer.<verb>`` and a message ``.<topic>``, in the caller's transaction.

    Who receives hears of what has come or was taken back, and not of what is only asked for.
    """
    asset = transfer.asset
    record_audit(
        actor=actor,
        action=f"{OBJECT_TYPE}.{verb}",
        object_type=OBJECT_TYPE,
        object_id=transfer.pk,
        at=at,
        changes=[
            {"field": "from_profile_id", "before": None, "after": str(transfer.from_profile_id)},
            {"field": "to_profile_id", "before": None, "after": str(transfer.to_profile_id)},
            {"field": "amount", "before": None, "after": f"{plain_text(transfer.amount)} {asset.code}"},
            {"field": "status", "before": None, "after": transfer.status},
            *(
                [{"field": "reason_code", "before": None, "after": transfer.reason_code}]
                if transfer.reason_code
                else []
            ),
        ],
        reason=transfer.reason,
        object_version=transfer.version,
        approval_id=approval_id,
    )
    entities = [transfer.from_profile.entity_id]
    if transfer.status in (InternalTransfer.Status.EXECUTED, InternalTransfer.Status.REVERSED):
        entities.append(transfer.to_profile.entity_id)
    for entity_id in dict.fromkeys(entities):
        publish_message(
            topic=f"{OBJECT_TYPE}.{topic}",
            channel="TRANSFERS",
            entity_id=entity_id,
            subject_type=OBJECT_TYPE,
            subject_id=transfer.pk,
            payload={
                "from_profile_id": str(transfer.from_profile_id),
                "to_profile_id": str(transfer.to_profile_id),
                "asset": asset.code,
                "amount": format_scaled(transfer.amount, asset.scale),
                "status": transfer.status,
            },
        )
