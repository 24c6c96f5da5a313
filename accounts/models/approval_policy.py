"""ApprovalPolicy: how many people, with which permission, an action needs; each change is a further version."""

from django.db import models
from django.db.models import BooleanField, F, Func, Q
from django.db.models.functions import Now

from accounts.domain.approving import (
    ALWAYS_APPROVED,
    DEFAULT_EXPIRES_AFTER_HOURS,
    DEFAULT_TIERS,
    MOST_HOURS,
    tiers_json,
)
from core.fields import within_or_null
from core.ids import new_id


class ApprovalPolicy(models.Model):
    """One version of the policy of one action. Append-only: in force is the version of the highest number, from
    ``in_force_from`` until the next one's.

    ``policy_follows_its_predecessor`` and ``policy_change_was_approved`` are triggers: versions run from 1 without gap, and
    each after the first says what the executed request said that brought it, and no other did.
    """

    is_append_only = True

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # A word in capitals: WITHDRAWAL.
    action = models.CharField(max_length=32)
    policy_version = models.PositiveIntegerField()
    # [{from_value, approvals, permission}], all text, from 0 upwards; values in the reporting asset.
    tiers = models.JSONField()
    expires_after_hours = models.PositiveIntegerField(default=DEFAULT_EXPIRES_AFTER_HOURS)
    # Whether who decides must have used a second factor within five minutes.
    needs_reauthentication = models.BooleanField(default=True)
    # Above this sum a day (UTC) of one entity's requests of this action, the highest tier applies. None: no such limit.
    daily_limit = models.DecimalField(max_digits=38, decimal_places=18, null=True, blank=True)
    in_force_from = models.DateTimeField()
    # The executed POLICY_CHANGE; none for the first version.
    approval_id = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = "approval policies"
        constraints = [
            models.UniqueConstraint(fields=["action", "policy_version"], name="one_policy_in_force_per_action"),
            models.CheckConstraint(condition=Q(action__regex=r"^[A-Z][A-Z_]*$"), name="policy_action_is_plain"),
            models.CheckConstraint(
                condition=Q(Func(F("tiers"), function="accounts_tiers_are_sound", output_field=BooleanField())),
                name="policy_tiers_are_sound",
            ),
            models.CheckConstraint(
                condition=~Q(action__in=sorted(ALWAYS_APPROVED)) | ~Q(tiers__0__approvals="0"),
                name="guards_are_changed_by_two",
            ),
            models.CheckConstraint(
                condition=Q(expires_after_hours__gte=1) & Q(expires_after_hours__lte=MOST_HOURS),
                name="policy_expiry_is_bounded",
            ),
            models.CheckConstraint(condition=within_or_null("daily_limit"), name="policy_limit_is_finite"),
            models.CheckConstraint(
                condition=Q(policy_version=1, approval_id__isnull=True)
                | Q(policy_version__gt=1, approval_id__isnull=False),
                name="policy_change_names_its_approval",
            ),
            models.UniqueConstraint(fields=["approval_id"], name="policy_change_is_used_once"),
        ]

    def __str__(self) -> str:
        return f"{self.action} version {self.policy_version}"

    @classmethod
    def seed(cls) -> None:
        """Put the first version of each policy into an empty table; what is there already stays."""
        known = set(cls.objects.values_list("action", flat=True))
        ApprovalPolicy.objects.bulk_create(
            ApprovalPolicy(action=action, policy_version=1, tiers=tiers_json(tiers), in_force_from=Now())
            for action, tiers in DEFAULT_TIERS.items()
            if action not in known
        )
