"""List an asset."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.domain.refusals import Refusal
from core.operations.record_audit import SYSTEM, Actor, record_audit
from settlement.calendar import CALENDARS
from settlement.models import Asset


@dataclass(frozen=True, slots=True)
class AssetTerms:
    """What an asset is: ``scale`` digits are kept by the ledger, ``payment_scale`` of them are carried by a rail, and that on the
    business days of ``calendar``.
    """

    code: str
    name: str
    kind: str
    scale: int
    payment_scale: int
    calendar: str = "ALWAYS"


def open_asset(*, terms: AssetTerms, at: datetime, actor: Actor = SYSTEM) -> UUID:
    """The id of the asset under ``terms.code``, listed if new; one that is listed already stays as it is.

    Refuses a calendar that nobody knows (CALENDAR_UNKNOWN).
    """
    if terms.calendar not in CALENDARS:
        raise Refusal(
            "CALENDAR_UNKNOWN", f"There is no calendar {terms.calendar}.", meta={"calendars": sorted(CALENDARS)}
        )
    with transaction.atomic():
        values = asdict(terms)
        asset, is_new = Asset.objects.get_or_create(code=values.pop("code"), defaults=values)
        if is_new:
            record_audit(
                actor=actor,
                action="settlement.asset.open",
                object_type="settlement.asset",
                object_id=asset.pk,
                at=at,
                changes=[{"field": field, "before": None, "after": value} for field, value in asdict(terms).items()],
                object_version=asset.version,
            )
    return asset.pk
