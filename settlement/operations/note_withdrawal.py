"""Write down what became of a withdrawal: for the record, and for its client's stream."""

from datetime import datetime
from typing import Any
from uuid import UUID

from core.domain.decimals import format_scaled, plain_text
from core.operations.publish_message import publish_message
from core.operations.record_audit import Actor, record_audit
from settlement.models import Withdrawal

OBJECT_TYPE = "settlement.withdrawal"


def note_withdrawal(  # noqa: PLR0913 - an act has this many parts
    withdrawal: Withdrawal,
    *,
    verb: str,
    before: str | None,
    actor: Actor,
    at: datetime,
    reason: str = "",
    approval_id: UUID | None = None,
    facts: dict[str, str] | None = None,
) -> None:
    """One audit entry ``settlement.withdrawal.<verb>`` and, where the status changed, one message named after the new status.

    ``before`` is the status before. In the caller's transaction. The client hears that it is looked at, not why.
    """
    asset = withdrawal.rail.asset
    changes: list[dict[str, Any]] = [
        {"field": "gross_amount", "before": None, "after": f"{plain_text(withdrawal.gross_amount)} {asset.code}"},
        {"field": "status", "before": before, "after": withdrawal.status},
        *({"field": name, "before": None, "after": value} for name, value in (facts or {}).items() if value),
    ]
    record_audit(
        actor=actor,
        action=f"{OBJECT_TYPE}.{verb}",
        object_type=OBJECT_TYPE,
        object_id=withdrawal.pk,
        at=at,
        changes=changes,
        reason=reason,
        object_version=withdrawal.version,
        approval_id=approval_id,
    )
    if before == withdrawal.status:
        return
    publish_message(
        topic=f"{OBJECT_TYPE}.{withdrawal.status.lower()}",
        channel="TRANSFERS",
        entity_id=withdrawal.profile.entity_id,
        subject_type=OBJECT_TYPE,
        subject_id=withdrawal.pk,
        payload={
            "profile_id": str(withdrawal.profile_id),
            "client_reference": withdrawal.client_reference,
            "asset": asset.code,
            "net_amount": format_scaled(withdrawal.net_amount, asset.scale),
            "status": withdrawal.status,
        },
    )
