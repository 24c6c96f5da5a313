"""What trading costs."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.fields import amount_field, rate_field, within
from core.ids import new_id


class FeeSchedule(models.Model):
    """A named set of rates; fees are rounded up at ``fee_scale`` of the quote asset, once an order and not once a fill."""

    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=64)
    schedule_version = models.IntegerField(default=1)
    fee_scale = models.SmallIntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "schedule_version"], name="schedule_version_is_used_once"),
            models.CheckConstraint(name="fee_scale_is_bounded", condition=Q(fee_scale__gte=0, fee_scale__lte=12)),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.schedule_version}"


class FeeTier(models.Model):
    """The rates from a 30-day volume in the reporting asset upwards. A negative maker rate is a rebate."""

    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    schedule = models.ForeignKey(FeeSchedule, on_delete=models.PROTECT, related_name="tiers")
    from_volume = amount_field(default=0)
    maker_rate = rate_field()
    taker_rate = rate_field()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["schedule", "from_volume"], name="tier_is_unique"),
            models.CheckConstraint(
                name="tier_is_not_loss_making",
                condition=Q(maker_rate__gte=-F("taker_rate"), maker_rate__lte=F("taker_rate"))
                & Q(maker_rate__gte=Decimal("-0.01"), taker_rate__lte=Decimal("0.1")),
            ),
            models.CheckConstraint(name="tier_volume_is_finite", condition=within("from_volume")),
        ]
