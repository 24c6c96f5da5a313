"""Write down that somebody takes an account's statement with them; before the first byte of it goes out."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.operations.record_audit import Actor, record_audit
from settlement.queries.statement import Period


def record_statement_export(*, account_id: UUID, period: Period, most_rows: int, actor: Actor, at: datetime) -> None:
    """The export of the account's movements of the period."""
    said = {"from": period.first.isoformat(), "to": period.last.isoformat(), "most_rows": str(most_rows)}
    with transaction.atomic(durable=True):
        record_audit(
            actor=actor,
            action="settlement.ledger_account.export",
            object_type="settlement.ledger_account",
            object_id=account_id,
            at=at,
            changes=[{"field": name, "before": None, "after": value} for name, value in said.items()],
        )
