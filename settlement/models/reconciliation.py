"""What the ledger says against what the outside says."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.fields import amount_field, signed_within, within
from core.ids import new_id
from settlement.models.ledger_account import LedgerAccount

# Checked at COMMIT, when all breaks of a run are there. A break that was carried on or closed later still explains its own run.
EXPLAINED = """
    SELECT * INTO run FROM settlement_reconciliationrun WHERE id = {run_id};
    SELECT coalesce(sum(amount), 0), count(*) INTO explained, found FROM settlement_break WHERE run_id = run.id;
    IF coalesce(run.difference, 0) <> explained OR (run.status <> 'OPEN' AND found > 0)
        OR (run.status = 'OPEN' AND found = 0)
    THEN
        RAISE EXCEPTION 'run % differs by %, its % breaks explain %', run.id, run.difference, found, explained
            USING ERRCODE = 'check_violation', CONSTRAINT = '{fact}';
    END IF;
    RETURN NULL;
"""
DECLARED = [("run", "settlement_reconciliationrun"), ("explained", "numeric"), ("found", "bigint")]


class ReconciliationRun(models.Model):
    """One comparison of an omnibus account with its custodian's or bank's snapshot.

    Both sides as at ``taken_at``: ``ledger_balance`` is what the ledger says is out there, ``outside_balance`` what the snapshot
    says; ``difference`` = outside - ledger, explained exactly by the run's breaks (``difference_is_explained``, a trigger). A run
    that FAILED compared nothing and says why. ``run_version`` counts the runs of an account for one business date.
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
                name="reconciliation_is_finite",
                condition=Q(
                    status="FAILED",
                    difference__isnull=True,
                    ledger_balance__isnull=True,
                    outside_balance__isnull=True,
                )
                | Q(difference__isnull=False, ledger_balance__isnull=False, outside_balance__isnull=False)
                & signed_within("difference")
                & signed_within("ledger_balance")
                & within("outside_balance"),
            ),
            models.CheckConstraint(
                name="compared_run_has_its_snapshot",
                condition=Q(status="FAILED")
                | (Q(taken_at__isnull=False) & Q(snapshot_sha256__regex=r"^[0-9a-f]{64}$")),
            ),
            models.CheckConstraint(name="reconciliation_version_counts", condition=Q(run_version__gt=0)),
        ]
        indexes = [
            models.Index(fields=["-run_at", "id"], name="reconciliation_newest"),
            models.Index(fields=["omnibus", "-run_at", "-id"], name="reconciliation_of_omnibus"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="difference_is_explained",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                declare=DECLARED,
                func=EXPLAINED.format(run_id="NEW.id", fact="difference_is_explained"),
            )
        ]


class Break(models.Model):
    """A difference that somebody has to explain. ``amount`` is signed: outside minus ledger.

    OPEN in the newest run that compared; the next one carries it on (CARRIED: a later break names this one) or no longer finds
    it (CLOSED). A closed break never reopens. ``opened_on`` is the business date on which it was first seen.
    """

    class Kind(models.TextChoices):
        MISSING_IN_LEDGER = "MISSING_IN_LEDGER"
        MISSING_IN_STATEMENT = "MISSING_IN_STATEMENT"
        AMOUNT = "AMOUNT"
        UNKNOWN = "UNKNOWN"

    class Status(models.TextChoices):
        OPEN = "OPEN"
        CARRIED = "CARRIED"
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
    status = models.CharField(max_length=7, choices=Status, default=Status.OPEN)
    closed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(name="break_is_a_difference", condition=~Q(amount=0) & signed_within("amount")),
            models.CheckConstraint(
                name="closed_break_has_time",
                condition=Q(status__in=["OPEN", "CARRIED"], closed_at__isnull=True)
                | Q(status="CLOSED", closed_at__isnull=False),
            ),
            models.UniqueConstraint(fields=["carried_from"], name="break_is_carried_once"),
            models.CheckConstraint(
                name="break_is_not_carried_from_itself",
                condition=Q(carried_from__isnull=True) | ~Q(carried_from=F("id")),
            ),
            models.CheckConstraint(
                name="break_kind_is_known",
                condition=Q(kind__in=["MISSING_IN_LEDGER", "MISSING_IN_STATEMENT", "AMOUNT", "UNKNOWN"]),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="break_explains_its_run",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("amount", "run_id"),  # type: ignore[no-untyped-call]
                timing=pgtrigger.Deferred,
                declare=DECLARED,
                func=EXPLAINED.format(run_id="NEW.run_id", fact="break_explains_its_run"),
            )
        ]
