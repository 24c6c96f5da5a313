"""Where deposits stand that nobody may have yet."""

from datetime import datetime
from uuid import UUID

from core.operations.record_audit import Actor
from settlement.models import Asset
from settlement.operations.open_firm_account import open_firm_account

LABEL = "DEPOSITS"


def open_suspense_account(*, asset: Asset, actor: Actor, at: datetime) -> UUID:
    """The id of the asset's SUSPENSE account for deposits, opened if new. Joins the caller's transaction."""
    return open_firm_account(
        kind="SUSPENSE",
        asset_id=asset.pk,
        asset_code=asset.code,
        label=LABEL,
        name=f"{asset.code} deposits under review",
        at=at,
        actor=actor,
    )
