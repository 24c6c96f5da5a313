"""Who takes no orders for now, and is not to be let in."""

from uuid import UUID

from django.db import models
from django.db.models import F, Q

from core.ids import new_id

EVERYBODY = UUID(int=0)
"""What a switch of scope FIRM covers."""


class KillSwitch(models.Model):
    """One engagement of a switch: from ``engaged_at`` on, until it is released, the door and every market's engine refuse what
    places or amends in its scope; what rests there is cancelled. Cancels go on.

    ``scope_id`` is the market, entity, profile or credential; no two of these have one id, so the door asks for the id alone.
    One person engages, another releases (``releaser_did_not_engage``).
    """

    class Scope(models.TextChoices):
        FIRM = "FIRM"
        MARKET = "MARKET"
        ENTITY = "ENTITY"
        PROFILE = "PROFILE"
        CREDENTIAL = "CREDENTIAL"

    class Reason(models.TextChoices):
        TRADING_RISK = "TRADING_RISK"
        CLEARING_RISK = "CLEARING_RISK"
        ERRONEOUS_ORDERS = "ERRONEOUS_ORDERS"
        SYSTEM_FAULT = "SYSTEM_FAULT"
        CLIENT_REQUEST = "CLIENT_REQUEST"
        LEGAL_ORDER = "LEGAL_ORDER"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    scope = models.CharField(max_length=10, choices=Scope)
    scope_id = models.UUIDField(default=EVERYBODY)
    reason = models.CharField(max_length=20, choices=Reason)
    note = models.CharField(max_length=200, blank=True)
    engaged_by = models.UUIDField()
    engaged_at = models.DateTimeField()
    released_by = models.UUIDField(null=True)
    released_at = models.DateTimeField(null=True)
    release_approval_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scope_id"], name="switch_is_engaged_once", condition=Q(released_at__isnull=True)
            ),
            models.CheckConstraint(
                name="switch_scope_is_known",
                condition=Q(scope="FIRM", scope_id=EVERYBODY)
                | (Q(scope__in=["MARKET", "ENTITY", "PROFILE", "CREDENTIAL"]) & ~Q(scope_id=EVERYBODY)),
            ),
            models.CheckConstraint(
                name="switch_reason_is_known",
                condition=Q(
                    reason__in=[
                        "TRADING_RISK",
                        "CLEARING_RISK",
                        "ERRONEOUS_ORDERS",
                        "SYSTEM_FAULT",
                        "CLIENT_REQUEST",
                        "LEGAL_ORDER",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="switch_is_released_whole",
                condition=Q(released_by__isnull=True, released_at__isnull=True)
                | Q(released_by__isnull=False, released_at__isnull=False, released_at__gte=F("engaged_at")),
            ),
            models.CheckConstraint(
                name="releaser_did_not_engage",
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("engaged_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.scope_id}"
