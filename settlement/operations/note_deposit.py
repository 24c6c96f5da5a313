"""Write down what became of a deposit: for the record, and for its client's stream."""

from datetime import datetime
from uuid import UUID

from core.domain.decimals import format_scaled, plain_text
from core.operations.publish_message import publish_message
from core.operations.record_audit import Actor, record_audit
from settlement.models import Deposit

OBJECT_TYPE = "settlement.deposit"
OF_THE_HOUSE = ("recalled", "restored")


def note_deposit(  # noqa: PLR0913 - an act has this many parts
    *,
    deposit: Deposit,
    verb: str,
    topic: str | None,
    reason: str,
    actor: Actor,
    at: datetime,
    approval_id: UUID | None = None,
) -> None:
    """One audit entry ``settlement.deposit.<verb>`` and one message ``settlement.deposit.<topic>``, in the caller's transaction.

    The client hears that a deposit is looked at, not why, and whether it is asked who sent it; while nobody knows whose it is,
    the house alone hears of it, and it alone hears that one was recalled: who is to give it back is not warned. No ``topic``, no
    message.
    """
    asset = deposit.omnibus.asset
    record_audit(
        actor=actor,
        action=f"{OBJECT_TYPE}.{verb}",
        object_type=OBJECT_TYPE,
        object_id=deposit.pk,
        at=at,
        changes=[
            {"field": "amount", "before": None, "after": f"{plain_text(deposit.amount)} {asset.code}"},
            {"field": "status", "before": None, "after": deposit.status},
            *(
                {"field": name, "before": None, "after": value}
                for name in ("review_reason", "return_reference", "recall_reference")
                if (value := getattr(deposit, name))
            ),
        ],
        reason=reason,
        object_version=deposit.version,
        approval_id=approval_id,
    )
    if topic is None:
        return
    publish_message(
        topic=f"{OBJECT_TYPE}.{topic}",
        channel="TRANSFERS",
        entity_id=None if deposit.profile is None or topic in OF_THE_HOUSE else deposit.profile.entity_id,
        subject_type=OBJECT_TYPE,
        subject_id=deposit.pk,
        payload={
            "profile_id": str(deposit.profile_id) if deposit.profile_id else None,
            "asset": asset.code,
            "amount": format_scaled(deposit.amount, asset.scale),
            "status": deposit.status,
            "needs_information": deposit.needs_information,
        },
    )
