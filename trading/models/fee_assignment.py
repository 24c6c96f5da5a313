"""Who trades under which schedule."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import ApprovalRequest, Entity, Profile
from core.ids import new_id
from settlement.models.rail import follows_its_request
from trading.models.market import Market


class FeeAssignment(models.Model):
    """The schedule of an entity or of one of its profiles, in one market or in all, from a moment until the next such row.

    Append-only; an empty ``schedule_name`` takes back what was before. Where several bind, the most specific wins: the profile's
    before its entity's, and of the same, one market's before all markets'. Who has none trades under the market's own schedule.
    """

    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entity = models.ForeignKey(Entity, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    profile = models.ForeignKey(Profile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    market = models.ForeignKey(Market, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    schedule_name = models.CharField(max_length=64, blank=True)
    in_force_from = models.DateTimeField()
    approval = models.ForeignKey(ApprovalRequest, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "profile", "market", "in_force_from"],
                name="one_assignment_in_force",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="assignment_is_of_one",
                condition=Q(entity__isnull=False, profile__isnull=True) | Q(entity__isnull=True, profile__isnull=False),
            ),
        ]
        triggers = [
            follows_its_request(
                "fee_assignment_was_approved",
                action="FEE_ASSIGNMENT",
                says="""r.payload->>'assignment_id' = NEW.id::text
                    AND nullif(r.payload->>'entity_id', '')::uuid IS NOT DISTINCT FROM NEW.entity_id
                    AND nullif(r.payload->>'profile_id', '')::uuid IS NOT DISTINCT FROM NEW.profile_id
                    AND nullif(r.payload->>'market_id', '')::uuid IS NOT DISTINCT FROM NEW.market_id
                    AND r.payload->>'schedule_name' = NEW.schedule_name""",
                unasked="false",
            )
        ]
