"""The history of assets."""

from core.history import history_of
from settlement.models.asset import Asset

AssetHistory = history_of(
    Asset,
    fields=("id", "code", "name", "kind", "scale", "payment_scale", "calendar", "status", "version", "created_at"),
    left_out=("updated_at",),
)
