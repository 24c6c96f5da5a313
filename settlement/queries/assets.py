"""What can be owned, for whoever asks."""

from django.db.models import QuerySet

from core.domain.refusals import NotFound
from settlement.models import Asset


def list_assets() -> "QuerySet[Asset]":
    """All assets; the caller orders and cuts."""
    return Asset.objects.all()


def get_asset(*, code: str) -> Asset:
    """The asset ``code``. Refuses an unknown one with ``NotFound``."""
    asset = Asset.objects.filter(code=code).first()
    if asset is None:
        raise NotFound("asset")
    return asset
