"""Where value may go."""

from datetime import datetime
from uuid import UUID

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import ApprovalRequest, Entity
from core.ids import new_id
from settlement.models.rail import Rail

# What may change of a destination; everything else is its terms.
COURSE = "{status,usable_from,approval_id,removed_at,version,updated_at}"


class Destination(models.Model):
    """An address or bank account in a client's book, with who stands behind it.

    Its terms never change (``destination_terms_are_frozen``, a trigger): another address is another destination. PENDING until
    ``usable_from``, then ACTIVE until it is REMOVED; only ``approval`` makes it usable earlier. Of a natural person the details
    stand in the vault under ``subject_id``, and the beneficiary's name is empty.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING"
        ACTIVE = "ACTIVE"
        REMOVED = "REMOVED"

    class BeneficiaryKind(models.TextChoices):
        PERSON = "PERSON"
        INSTITUTION = "INSTITUTION"

    class Wallet(models.TextChoices):
        HOSTED = "HOSTED"
        SELF_HOSTED = "SELF_HOSTED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="destinations")
    rail = models.ForeignKey(Rail, on_delete=models.PROTECT, related_name="destinations")
    label = models.CharField(max_length=100)
    # On a chain the address, at a bank the account's number.
    address = models.CharField(max_length=128)
    memo = models.CharField(max_length=64, blank=True)
    beneficiary_kind = models.CharField(max_length=11, choices=BeneficiaryKind)
    beneficiary_name = models.CharField(max_length=200, blank=True)
    beneficiary_country = models.CharField(max_length=2)
    subject_id = models.UUIDField(null=True, blank=True)
    wallet = models.CharField(max_length=11, choices=Wallet, blank=True)
    vasp_name = models.CharField(max_length=200, blank=True)
    vasp_lei = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=7, choices=Status, default=Status.PENDING)
    usable_from = models.DateTimeField()
    approval = models.ForeignKey(ApprovalRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    added_by = models.UUIDField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "rail", "address", "memo"],
                condition=~Q(status="REMOVED"),
                name="destination_is_unique",
            ),
            models.CheckConstraint(
                name="destination_status_is_known", condition=Q(status__in=["PENDING", "ACTIVE", "REMOVED"])
            ),
            models.CheckConstraint(
                name="removed_destination_has_time",
                condition=Q(status="REMOVED", removed_at__isnull=False)
                | ~Q(status="REMOVED") & Q(removed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="person_is_named_in_the_vault",
                condition=Q(beneficiary_kind="PERSON", beneficiary_name="", subject_id__isnull=False)
                | (Q(beneficiary_kind="INSTITUTION", subject_id__isnull=True) & ~Q(beneficiary_name="")),
            ),
            models.CheckConstraint(name="destination_has_address", condition=~Q(address="")),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="destination_terms_are_frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=f"""
                    IF OLD.status = 'REMOVED' OR to_jsonb(OLD) - '{COURSE}'::text[] <> to_jsonb(NEW) - '{COURSE}'::text[] THEN
                        RAISE EXCEPTION 'the terms of destination % never change', OLD.id
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'destination_terms_are_frozen';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="early_destination_was_approved",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(old__usable_from__df=pgtrigger.F("new__usable_from")),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM accounts_approvalrequest r WHERE r.id = NEW.approval_id
                            AND r.action = 'DESTINATION_ADD' AND r.status = 'EXECUTED' AND r.subject_id = NEW.id::text
                    ) THEN
                        RAISE EXCEPTION 'nobody approved that destination % be used earlier', OLD.id
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'early_destination_was_approved';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def is_usable(self, at: datetime) -> bool:
        """Whether value may go there at ``at``."""
        return self.status != self.Status.REMOVED and self.usable_from <= at

    def mark_active(self, *, at: datetime) -> None:
        """Its cooling-off is over."""
        self.status = self.Status.ACTIVE
        self._store(at=at)

    def mark_usable(self, *, approval_id: UUID, at: datetime) -> None:
        """People approved that it is used from now on."""
        self.status = self.Status.ACTIVE
        self.usable_from = at
        self.approval_id = approval_id
        self._store(at=at)

    def mark_removed(self, *, at: datetime) -> None:
        """Nothing goes there any more."""
        self.status = self.Status.REMOVED
        self.removed_at = at
        self._store(at=at)

    def _store(self, *, at: datetime) -> None:
        self.version += 1
        self.updated_at = at
        self.save(update_fields=["status", "usable_from", "approval", "removed_at", "version", "updated_at"])
