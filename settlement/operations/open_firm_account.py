"""Open a ledger account of the firm."""

from uuid import UUID

from settlement.models import LedgerAccount

FIRM_KINDS = {"OMNIBUS", "FEES", "CLEARING", "SUSPENSE", "HOUSE", "ROUNDING"}


def open_firm_account(*, kind: str, asset_id: UUID, asset_code: str, label: str, name: str) -> UUID:
    """The id of the firm's account of ``kind`` in the asset under ``label``, opened if new.

    A label names what the account is for: a bank account, a market's symbol.
    """
    if kind not in FIRM_KINDS:
        raise ValueError(f"{kind} is no account of the firm")
    account, _ = LedgerAccount.objects.get_or_create(
        kind=kind,
        asset_id=asset_id,
        profile=None,
        label=label,
        defaults={"code": ":".join(part for part in (kind, label, asset_code) if part), "name": name},
    )
    return account.pk
