"""A day of the books."""

from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class BusinessDay(models.Model):
    """One business date: OPEN takes entries, CLOSING no longer does and is looked at, CLOSED has passed every gate.

    Days close one after the other (``days_close_in_order``, a trigger) and none is left out. No entry is dated to a day that is
    not open any more (``entry_is_of_an_open_day``, a trigger). ``gates`` says when each was passed: ``snapshots`` by the house,
    ``reconciliation`` by who prepares the day, ``sign_off`` by another person.
    """

    class Status(models.TextChoices):
        OPEN = "OPEN"
        CLOSING = "CLOSING"
        CLOSED = "CLOSED"

    GATES = ("snapshots", "reconciliation", "sign_off")

    business_date = models.DateField(primary_key=True)
    cut_off_at = models.DateTimeField()
    status = models.CharField(max_length=7, choices=Status, default=Status.OPEN)
    gates = models.JSONField(default=dict)
    prepared_by = models.UUIDField(null=True)
    signed_off_by = models.UUIDField(null=True)
    closed_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="business_day_status_is_known", condition=Q(status__in=["OPEN", "CLOSING", "CLOSED"])
            ),
            models.CheckConstraint(name="open_day_passed_no_gate", condition=~Q(status="OPEN") | Q(gates={})),
            models.CheckConstraint(
                name="closed_day_passed_every_gate",
                condition=~Q(status="CLOSED")
                | Q(
                    gates__has_keys=["snapshots", "reconciliation", "sign_off"],
                    prepared_by__isnull=False,
                    signed_off_by__isnull=False,
                    closed_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="day_is_signed_off_by_another",
                condition=Q(signed_off_by__isnull=True)
                | (Q(prepared_by__isnull=False) & ~Q(signed_off_by=F("prepared_by"))),
            ),
        ]

    def mark_closing(self, *, at: datetime) -> None:
        """It takes no entry any more."""
        self.status = self.Status.CLOSING
        self._store(at=at)

    def mark_gate_passed(self, gate: str, *, says: str, by: UUID | None, at: datetime) -> None:
        """``gate`` is passed because of what ``says``; the last one closes the day."""
        self.gates = self.gates | {
            gate: {"at": at.isoformat(), "by": None if by is None else str(by), "says": says},
        }
        if gate == "reconciliation":
            self.prepared_by = by
        elif gate == "sign_off":
            self.signed_off_by = by
            self.status = self.Status.CLOSED
            self.closed_at = at
        self._store("gates", "prepared_by", "signed_off_by", "closed_at", at=at)

    def _store(self, *fields: str, at: datetime) -> None:
        self.version += 1
        self.updated_at = at
        self.save(update_fields=["status", "version", "updated_at", *fields])
