"""Phases that a market is to be in by the clock."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now

from core.ids import new_id
from trading.models.market import PHASES, Market


class MarketSession(models.Model):
    """A market is in ``phase`` from ``starts_at`` until before ``ends_at``, and then in ``next_phase``, unless another session
    begins at that instant. The sweep instructs the engine; a market that was halted meanwhile is left alone.
    """

    class Reason(models.TextChoices):
        SCHEDULED = "SCHEDULED"
        MAINTENANCE = "MAINTENANCE"
        AUCTION = "AUCTION"

    class Status(models.TextChoices):
        PLANNED = "PLANNED"
        RUNNING = "RUNNING"
        OVER = "OVER"
        SKIPPED = "SKIPPED"
        WITHDRAWN = "WITHDRAWN"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="sessions", db_index=False)
    phase = models.CharField(max_length=11, choices=Market.Phase)
    next_phase = models.CharField(max_length=11, choices=Market.Phase)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=11, choices=Reason)
    status = models.CharField(max_length=9, choices=Status, default=Status.PLANNED)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="sessions_do_not_overlap",
                expressions=[
                    ("market", RangeOperators.EQUAL),
                    (Func(F("starts_at"), F("ends_at"), function="tstzrange"), RangeOperators.OVERLAPS),
                ],
                condition=~Q(status__in=["WITHDRAWN", "SKIPPED"]),
            ),
            models.CheckConstraint(name="session_runs_forward", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="session_leads_elsewhere",
                condition=Q(phase__in=PHASES, next_phase__in=PHASES) & ~Q(phase=F("next_phase")),
            ),
            models.CheckConstraint(
                name="session_reason_is_known", condition=Q(reason__in=["SCHEDULED", "MAINTENANCE", "AUCTION"])
            ),
            models.CheckConstraint(
                name="session_status_is_known",
                condition=Q(status__in=["PLANNED", "RUNNING", "OVER", "SKIPPED", "WITHDRAWN"]),
            ),
        ]
        indexes = [
            models.Index(fields=["starts_at"], name="session_to_begin", condition=Q(status="PLANNED")),
            models.Index(fields=["ends_at"], name="session_to_end", condition=Q(status="RUNNING")),
        ]
