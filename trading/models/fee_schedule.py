"""What trading costs."""

from decimal import Decimal

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import ApprovalRequest
from core.fields import amount_field, rate_field, within
from core.ids import new_id
from settlement.models.rail import follows_its_request


class FeeSchedule(models.Model):
    """One version of a named set of rates, in force from a moment until the next version of its name. Append-only.

    Fees are rounded up at ``fee_scale`` of the quote asset, once an order and not once a fill. ``approval`` is the request that
    brought it; the first version of a name takes none.
    """

    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=64)
    schedule_version = models.IntegerField(default=1)
    fee_scale = models.SmallIntegerField()
    in_force_from = models.DateTimeField(db_default=Now())
    approval = models.ForeignKey(ApprovalRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "schedule_version"], name="schedule_version_is_used_once"),
            models.UniqueConstraint(fields=["name", "in_force_from"], name="one_schedule_version_in_force"),
            models.CheckConstraint(name="fee_scale_is_bounded", condition=Q(fee_scale__gte=0, fee_scale__lte=12)),
        ]
        triggers = [
            follows_its_request(
                "fee_schedule_was_approved",
                action="FEE_SCHEDULE",
                says="""r.payload->>'schedule_id' = NEW.id::text AND r.payload->>'name' = NEW.name
                    AND r.payload->>'schedule_version' = NEW.schedule_version::text
                    AND r.payload->>'fee_scale' = NEW.fee_scale::text
                    AND jsonb_array_length(r.payload->'tiers')
                        = (SELECT count(*) FROM trading_feetier t WHERE t.schedule_id = NEW.id)""",
                unasked="NEW.schedule_version = 1",
            ),
            pgtrigger.Trigger(
                name="schedule_has_rates_from_nothing",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                    IF NOT EXISTS (SELECT 1 FROM trading_feetier t WHERE t.schedule_id = NEW.id AND t.from_volume = 0) THEN
                        RAISE EXCEPTION 'schedule % says nothing of who has not traded', NEW.name
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'schedule_has_rates_from_nothing';
                    END IF;
                    RETURN NULL;
                """,
            ),
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
        triggers = [
            pgtrigger.Trigger(
                name="fee_tier_was_approved",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM trading_feeschedule s WHERE s.id = NEW.schedule_id AND s.approval_id IS NOT NULL
                            AND NOT EXISTS (
                                SELECT 1 FROM accounts_approvalrequest r, jsonb_array_elements(r.payload->'tiers') x
                                WHERE r.id = s.approval_id AND (x->>'from_volume')::numeric = NEW.from_volume
                                    AND (x->>'maker_rate')::numeric = NEW.maker_rate
                                    AND (x->>'taker_rate')::numeric = NEW.taker_rate)
                    ) THEN
                        RAISE EXCEPTION 'the request of schedule % does not say this tier', NEW.schedule_id
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'fee_tier_was_approved';
                    END IF;
                    RETURN NULL;
                """,
            )
        ]
