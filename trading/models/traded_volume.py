"""How much has been traded, which is what fee tiers go by."""

from django.db import models
from django.db.models.functions import Now

from accounts.models import Entity, Profile
from core.fields import amount_field, within
from core.ids import new_id
from trading.models.market import Market


class TradedVolume(models.Model):
    """What a profile has traded in a market on a business date, bought and sold: ``value`` in the reporting asset.

    Worked out from trades and kept by ``measure_volumes``; never a source for the books.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+", db_index=False)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="+", db_index=False)
    business_date = models.DateField()
    value = amount_field()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["profile", "market", "business_date"], name="traded_volume_is_kept_once"),
            models.CheckConstraint(name="traded_volume_is_finite", condition=within("value")),
        ]
        indexes = [models.Index(fields=["business_date"], name="traded_volume_of_day")]


class VolumeCount(models.Model):
    """Up to which sequence a market's trades are counted in: each is counted once."""

    market = models.OneToOneField(Market, primary_key=True, on_delete=models.PROTECT, related_name="+")
    sequence = models.BigIntegerField(default=0)


class EntityVolume(models.Model):
    """What an entity has traded in the last 30 business days, over all its profiles and markets, as last measured."""

    entity = models.OneToOneField(Entity, primary_key=True, on_delete=models.PROTECT, related_name="+")
    value = amount_field()
    measured_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(name="entity_volume_is_finite", condition=within("value"))]
