"""What the ledger says against what the outside says."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.fields import amount_field, signed_within
from core.ids import new_id
from settlement.models.ledger_account import LedgerAccount


class ReconciliationRun(models.Model):
    """One comparison of an omnibus account with its custodian's or bank's snapshot.

    ``ledger_balance`` is minus the account's balance: what the ledger believes is out there; ``outside_balance`` what the
    snapshot says; ``difference`` = outside - ledger, explained exactly by the run's open breaks.
    """

    class Status(models.TextChoices):
        BALANCED = "BALANCED"
        OPEN = "OPEN"
        FAILED = "FAILED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    omnibus = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="reconciliation_runs")
    business_date = models.DateField()
    run_version = models.IntegerField()
    status = models.CharField(max_length=8, choices=Status)
    ledger_balance = amount_field(null=True)
    outside_balance = amount_field(null=True)
    difference = amount_field(null=True)
    snapshot_id = models.CharField(max_length=64, blank=True)
    snapshot_sha256 = models.CharField(max_length=64, blank=True)
    taken_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True)
    run_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["omnibus", "business_date", "run_version"], name="reconciliation_version_is_used_once"
            ),
            models.CheckConstraint(
                name="reconciliation_adds_up",
                condition=Q(status="FAILED", difference__isnull=True) & ~Q(failure="")
                | Q(
                    status__in=["BALANCED", "OPEN"],
                    difference=F("outside_balance") - F("ledger_balance"),
                    failure="",
                ),
            ),
            models.CheckConstraint(
                name="balanced_run_has_no_difference", condition=~Q(status="BALANCED") | Q(difference=0)
            ),
            models.CheckConstraint(
                name="reconciliation_difference_is_finite",
                condition=Q(difference__isnull=True) | signed_within("difference"),
            ),
        ]
        indexes = [models.Index(fields=["-run_at", "id"], name="reconciliation_newest")]


class Break(models.Model):
    """A difference that somebody has to explain. ``amount`` is signed: outside minus ledger."""

    class Kind(models.TextChoices):
        MISSING_IN_LEDGER = "MISSING_IN_LEDGER"
        MISSING_IN_STATEMENT = "MISSING_IN_STATEMENT"
        AMOUNT = "AMOUNT"
        UNKNOWN = "UNKNOWN"

    class Status(models.TextChoices):
        OPEN = "OPEN"
        CLOSED = "CLOSED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(ReconciliationRun, on_delete=models.PROTECT, related_name="breaks")
    kind = models.CharField(max_length=24, choices=Kind)
    amount = amount_field()
    outside_reference = models.CharField(max_length=64, blank=True)
    deposit = models.ForeignKey("settlement.Deposit", null=True, on_delete=models.PROTECT, related_name="+")
    detail = models.CharField(max_length=300)
    opened_on = models.DateField()
    carried_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=6, choices=Status, default=Status.OPEN)
    closed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="break_is_a_difference", condition=~Q(amount=0) & signed_within("amount")
            ),
            models.CheckConstraint(
                name="closed_break_has_time",
                condition=Q(status="OPEN", closed_at__isnull=True)
                | Q(status="CLOSED", closed_at__isnull=False),
            ),
        ]
