"""IdentityControl: something that an identity may not do for now, who said so, and why."""

from datetime import datetime
from uuid import UUID

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.domain.controls import CLIENT_REASONS, FIRM_REASONS, KINDS, takes_approval_to_clear
from core.ids import new_id

from .identity import Identity
from .permission_triggers import PERMISSIONS_FOLLOW_CLEARED_CONTROLS, PERMISSIONS_FOLLOW_NEW_CONTROLS


class IdentityControl(models.Model):
    """One control on one identity: a stack, never a flag. It is set and then, at most once, cleared; nothing else of it ever
    changes, and no row goes (``control_is_kept``, ``cleared_control_stays_cleared``).

    CLIENT set it for itself, OPERATOR is the firm, SYSTEM a rule. The client may clear what it set itself and what
    ``is_overridable``. A freeze and what a court ordered are the firm's alone, and clearing them takes an approval.
    """

    class Kind(models.TextChoices):
        SELL_ONLY = "SELL_ONLY"
        CLOSED = "CLOSED"
        FROZEN = "FROZEN"
        DORMANT = "DORMANT"

    class SetBy(models.TextChoices):
        CLIENT = "CLIENT"
        OPERATOR = "OPERATOR"
        SYSTEM = "SYSTEM"

    class ReasonCode(models.TextChoices):
        END_USER_REQUEST = "END_USER_REQUEST"
        INACTIVITY = "INACTIVITY"
        COMPLIANCE_KYC = "COMPLIANCE_KYC"
        COMPLIANCE_EDD = "COMPLIANCE_EDD"
        COMPLIANCE_SCREENING = "COMPLIANCE_SCREENING"
        COMPLIANCE_INVESTIGATION = "COMPLIANCE_INVESTIGATION"
        ONBOARDING_INCOMPLETE = "ONBOARDING_INCOMPLETE"
        RISK_FRAUD = "RISK_FRAUD"
        LEGAL_ORDER = "LEGAL_ORDER"
        ADMINISTRATIVE = "ADMINISTRATIVE"
        OTHER = "OTHER"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="controls")
    kind = models.CharField(max_length=9, choices=Kind)
    set_by = models.CharField(max_length=8, choices=SetBy)
    # Whose hand it was: the person's or the credential's id; none when a rule of the house set it.
    set_by_id = models.UUIDField(null=True)
    is_overridable = models.BooleanField()
    reason_code = models.CharField(max_length=24, choices=ReasonCode)
    note = models.CharField(max_length=500, blank=True)
    set_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    # The person or credential; none when a rule of the house cleared it.
    cleared_by = models.UUIDField(null=True)
    cleared_note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["identity", "kind"],
                condition=Q(cleared_at__isnull=True),
                name="control_of_a_kind_is_active_once",
            ),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="control_kind_is_known"),
            models.CheckConstraint(
                condition=Q(set_by__in=["CLIENT", "OPERATOR", "SYSTEM"]), name="control_setter_is_known"
            ),
            models.CheckConstraint(
                condition=Q(reason_code__in=[*CLIENT_REASONS, *FIRM_REASONS]),
                name="control_reason_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(kind="FROZEN") | Q(is_overridable=False), name="freeze_is_not_overridable"
            ),
            models.CheckConstraint(
                condition=~Q(reason_code="LEGAL_ORDER") | Q(is_overridable=False),
                name="legal_order_is_not_overridable",
            ),
            models.CheckConstraint(
                condition=~Q(set_by="CLIENT") | Q(reason_code__in=CLIENT_REASONS),
                name="client_gives_no_reason_of_the_firm",
            ),
            models.CheckConstraint(
                condition=Q(set_by="SYSTEM") | Q(set_by_id__isnull=False), name="control_names_who_set_it"
            ),
            models.CheckConstraint(
                condition=Q(cleared_at__isnull=True, cleared_by__isnull=True, cleared_note="")
                | Q(cleared_at__isnull=False, cleared_at__gte=F("set_at")),
                name="cleared_control_has_time",
            ),
        ]
        indexes = [models.Index(fields=["identity", "id"], name="control_of_identity")]
        triggers = [
            pgtrigger.Trigger(
                name="cleared_control_stays_cleared",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.cleared_at IS NOT NULL"),
                func="""
                    RAISE EXCEPTION 'control % was cleared at %', OLD.id, OLD.cleared_at
                        USING ERRCODE = 'check_violation', CONSTRAINT = 'cleared_control_stays_cleared';
                """,
            ),
            PERMISSIONS_FOLLOW_NEW_CONTROLS,
            PERMISSIONS_FOLLOW_CLEARED_CONTROLS,
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.reason_code})"

    @property
    def is_active(self) -> bool:
        return self.cleared_at is None

    @property
    def needs_approval_to_clear(self) -> bool:
        """Whether lifting it takes a second person: a freeze, and whatever a court or an authority ordered."""
        return takes_approval_to_clear(kind=self.kind, reason_code=self.reason_code)

    def mark_cleared(self, *, at: datetime, by: UUID | None, note: str) -> None:
        """Clear it, for ever: the same control again is a new row."""
        self.cleared_at = at
        self.cleared_by = by
        self.cleared_note = note
        self.save(update_fields=["cleared_at", "cleared_by", "cleared_note"])
