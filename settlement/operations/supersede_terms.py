"""Let terms that are in line fall away, because others were decided in their place."""

from collections.abc import Sequence

from accounts.approvable import Execution
from core.operations.record_audit import record_audit
from settlement.models import RailChange, SupersededTerms, WithdrawalFee, WithdrawalLimit


def supersede_terms(
    *, terms: Sequence[RailChange | WithdrawalFee | WithdrawalLimit], execution: Execution, reason: str
) -> None:
    """None of ``terms`` comes in force any more; each is on the record. In the caller's transaction."""
    names: dict[type, tuple[str, str]] = {
        RailChange: ("change", "settlement.rail"),
        WithdrawalFee: ("fee", "settlement.rail"),
        WithdrawalLimit: ("limit", "settlement.withdrawal_limit"),
    }
    for each in terms:
        column, object_type = names[type(each)]
        SupersededTerms.objects.create(**{column: each}, superseded_at=execution.at, approval_id=execution.approval_id)
        record_audit(
            actor=execution.requester,
            action=f"{object_type}.supersede",
            object_type=object_type,
            object_id=each.pk if isinstance(each, WithdrawalLimit) else each.rail_id,
            at=execution.at,
            changes=[{"field": column, "before": f"{each.pk} from {each.in_force_from.isoformat()}", "after": None}],
            reason=reason,
            approval_id=execution.approval_id,
        )
