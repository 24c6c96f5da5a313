"""Open a ledger account of the firm."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.operations.record_audit import SYSTEM, Actor, record_audit
from settlement.models import LedgerAccount

FIRM_KINDS = {"OMNIBUS", "FEES", "CLEARING", "SUSPENSE", "HOUSE", "ROUNDING"}


def open_firm_account(  # noqa: PLR0913 - an account has this many parts
    *, kind: str, asset_id: UUID, asset_code: str, label: str, name: str, at: datetime, actor: Actor = SYSTEM
) -> UUID:
    """The id of the firm's account of ``kind`` in the asset under ``label``, opened if new.

    A label names what the account is for: a bank account, a market's symbol.
    """
    if kind not in FIRM_KINDS:
        raise ValueError(f"{kind} is no account of the firm")
    with transaction.atomic():
        account, is_new = LedgerAccount.objects.get_or_create(
            kind=kind,
            asset_id=asset_id,
            profile=None,
            label=label,
            defaults={"code": ":".join(part for part in (kind, label, asset_code) if part), "name": name},
        )
        if is_new:
            record_audit(
                actor=actor,
                action="settlement.ledger_account.open",
                object_type="settlement.ledger_account",
                object_id=account.pk,
                at=at,
                changes=[
                    {"field": "code", "before": None, "after": account.code},
                    {"field": "name", "before": None, "after": name},
                ],
            )
    return account.pk
