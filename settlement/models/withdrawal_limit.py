"""How much may leave."""

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import ApprovalRequest
from core.fields import within_or_null
from core.ids import new_id
from settlement.models.rail import follows_its_request


class WithdrawalLimit(models.Model):
    """At most ``value`` (reporting asset) in a window, from ``in_force_from`` until the next one. Append-only; no value lifts it.

    DEFAULT is for each entity that has none of its own, ENTITY for one: both are measured over all its profiles. PROFILE is for
    one profile and binds beside them. ``approval`` is the request that brought it; one of the first day takes none.
    """

    is_append_only = True

    class Scope(models.TextChoices):
        DEFAULT = "DEFAULT"
        ENTITY = "ENTITY"
        PROFILE = "PROFILE"

    class Window(models.TextChoices):
        PER_TRANSFER = "PER_TRANSFER"
        ROLLING_24H = "ROLLING_24H"
        ROLLING_30D = "ROLLING_30D"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    scope = models.CharField(max_length=7, choices=Scope)
    scope_id = models.UUIDField(null=True, blank=True)
    window = models.CharField(max_length=12, choices=Window)
    value: "models.DecimalField[Decimal | None, Decimal | None]" = models.DecimalField(
        max_digits=38, decimal_places=18, null=True, blank=True
    )
    in_force_from = models.DateTimeField()
    approval = models.ForeignKey(ApprovalRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "scope_id", "window", "in_force_from"],
                name="one_limit_in_force",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="limit_scope_has_its_id",
                condition=Q(scope="DEFAULT", scope_id__isnull=True)
                | Q(scope__in=["ENTITY", "PROFILE"], scope_id__isnull=False),
            ),
            models.CheckConstraint(
                name="limit_window_is_known", condition=Q(window__in=["PER_TRANSFER", "ROLLING_24H", "ROLLING_30D"])
            ),
            models.CheckConstraint(name="withdrawal_limit_is_finite", condition=within_or_null("value")),
        ]
        triggers = [
            follows_its_request(
                "withdrawal_limit_was_approved",
                action="LIMIT_CHANGE",
                says="""r.payload->>'limit_id' = NEW.id::text AND r.payload->>'scope' = NEW.scope
                    AND nullif(r.payload->>'scope_id', '')::uuid IS NOT DISTINCT FROM NEW.scope_id
                    AND r.payload->>'window' = NEW."window"
                    AND nullif(r.payload->>'value', '')::numeric IS NOT DISTINCT FROM NEW.value""",
                # The first of the default: an entity's own would stand in its place.
                unasked="""NEW.scope = 'DEFAULT' AND NOT EXISTS (SELECT 1 FROM settlement_withdrawallimit o
                    WHERE o.scope = 'DEFAULT' AND o."window" = NEW."window" AND o.in_force_from < NEW.in_force_from)""",
            )
        ]

    @property
    def superseded_at(self) -> datetime | None:
        """When it fell away before its moment came; none where it did not."""
        return self.superseded.superseded_at if hasattr(self, "superseded") else None
