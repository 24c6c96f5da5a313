"""At which tier a profile trades now."""

from django.db import models
from django.db.models.functions import Now

from accounts.models import Profile
from core.ids import new_id
from trading.models.fee_schedule import FeeTier
from trading.models.market import Market


class FeePlan(models.Model):
    """The tier of a profile in a market where it is another than the market's first: what the door reads.

    Worked out by ``follow_fees`` from schedules, assignments and volumes; an order freezes its rates as it is taken.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, related_name="+", db_index=False)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="+", db_index=False)
    tier = models.ForeignKey(FeeTier, on_delete=models.PROTECT, related_name="+", db_index=False)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["profile", "market"], name="profile_has_one_plan_in_a_market")]
