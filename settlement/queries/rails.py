"""Rails, and what they cost."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from core.domain.refusals import NotFound, Refusal
from settlement.domain.withdrawing import Terms
from settlement.models import Rail, RailChange, WithdrawalFee
from settlement.models.rail import STANDING


def list_rails(*, at: datetime) -> "QuerySet[Rail]":
    """Every rail with its asset and ``withdrawal_fee``, what a withdrawal costs at ``at`` (null where nobody has said)."""
    standing = WithdrawalFee.objects.filter(STANDING, rail=OuterRef("pk"), in_force_from__lte=at)
    newest = standing.order_by("-in_force_from")
    return Rail.objects.select_related("asset").annotate(withdrawal_fee=Subquery(newest.values("fee")[:1]))


def find_rail(*, asset: str, network: str) -> Rail:
    """The rail of the asset with this code over ``network``. Refuses one that is not there with ``NotFound``."""
    rail = Rail.objects.select_related("asset").filter(asset__code=asset, network=network).first()
    if rail is None:
        raise NotFound("rail")
    return rail


def get_rail(*, rail_id: UUID) -> Rail:
    """The rail. Refuses an unknown one with ``NotFound``."""
    rail = Rail.objects.select_related("asset").filter(pk=rail_id).first()
    if rail is None:
        raise NotFound("rail")
    return rail


def list_rail_changes(rail: Rail) -> "QuerySet[RailChange]":
    """The terms that the rail has had, has, and will have, and those that fell away; the newest first."""
    return rail.changes.select_related("superseded").order_by("-in_force_from")


def list_withdrawal_fees(rail: Rail) -> "QuerySet[WithdrawalFee]":
    """What a withdrawal over the rail has cost, costs, and will cost, and what fell away; the newest first."""
    return rail.fees.select_related("superseded").order_by("-in_force_from")


def withdrawal_terms(*, rail: Rail, at: datetime) -> Terms:
    """What a withdrawal over the rail costs and carries at ``at``.

    Refuses a rail that is off or has no fee yet (RAIL_DISABLED), and an asset that is not ACTIVE (ASSET_SUSPENDED).
    """
    if rail.asset.status != "ACTIVE":
        raise Refusal("ASSET_SUSPENDED", f"{rail.asset.code} is {rail.asset.status}.")
    fee = rail.fee_at(at)
    if not rail.enabled or fee is None:
        raise Refusal("RAIL_DISABLED", f"{rail.asset.code} does not leave by {rail.network} now.")
    return Terms(_plain(fee.fee), _plain(rail.min_withdrawal), rail.asset.payment_scale, rail.asset.code)


def _plain(value: Decimal) -> Decimal:
    return value.normalize() if value else Decimal(0)
