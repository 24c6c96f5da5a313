"""One making of one report."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import Entity
from compliance.domain.run_states import RunState, can_move
from core.ids import new_id


class ReportRun(models.Model):
    """A report as asked for, and what came of it.

    `as_of` bounds the events, `known_at` is the seal sequence that bounds what was known of them: both are
    fixed when the run is asked for, and the same choice answers with the same run (`report_is_run_once`).
    `entity` empty means the whole firm. While RUNNING it has a lease and one of the few slots; whoever
    writes it names the `attempt`, so that a worker whose lease was given away changes nothing any more.
    """

    class State(models.TextChoices):
        REQUESTED = RunState.REQUESTED.value
        QUEUED = RunState.QUEUED.value
        RUNNING = RunState.RUNNING.value
        READY = RunState.READY.value
        FAILED = RunState.FAILED.value

    class RequesterKind(models.TextChoices):
        PERSON = "PERSON"
        CREDENTIAL = "CREDENTIAL"
        SYSTEM = "SYSTEM"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=28)
    report_version = models.IntegerField()
    definition_sha256 = models.CharField(max_length=64)
    entity = models.ForeignKey(Entity, null=True, on_delete=models.PROTECT, related_name="report_runs")
    parameters = models.JSONField()
    parameters_sha256 = models.CharField(max_length=64)
    business_date = models.DateField()
    as_of = models.DateTimeField()
    known_at = models.BigIntegerField()
    # Market symbol -> the last sequence that is in; texts, as in the manifest.
    market_sequences = models.JSONField(default=dict)
    zone = models.CharField(max_length=32, default="UTC")
    requested_by = models.UUIDField(null=True)
    requester_kind = models.CharField(max_length=10, choices=RequesterKind)
    request_reason = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.REQUESTED)
    attempt = models.IntegerField(default=0)
    slot = models.SmallIntegerField(null=True)
    lease_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    rows_expected = models.BigIntegerField(null=True)
    rows_done = models.BigIntegerField(default=0)
    row_count = models.BigIntegerField(null=True)
    file_count = models.SmallIntegerField(default=0)
    control_totals = models.JSONField(default=list)
    logical_sha256 = models.CharField(max_length=64, blank=True)
    # Reports of one code and one entity are a series; its manifests are numbered, and each names the one
    # before.
    series = models.CharField(max_length=80)
    series_number = models.IntegerField(null=True)
    previous_manifest_sha256 = models.CharField(max_length=64, blank=True)
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    # Formats that were not written, with the reason; see the manifest.
    left_out = models.JSONField(default=list)
    release = models.CharField(max_length=40, blank=True)
    writer_versions = models.JSONField(default=dict)
    failure_code = models.CharField(max_length=40, blank=True)
    failure_detail = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "report_version", "parameters_sha256", "as_of", "known_at"],
                condition=~Q(state="FAILED"),
                name="report_is_run_once",
            ),
            models.UniqueConstraint(fields=["slot"], condition=Q(slot__isnull=False), name="report_slot_is_used_once"),
            models.UniqueConstraint(
                fields=["series", "series_number"],
                condition=Q(series_number__isnull=False),
                name="report_series_counts_on",
            ),
            models.CheckConstraint(
                name="report_state_is_known",
                condition=Q(state__in=["REQUESTED", "QUEUED", "RUNNING", "READY", "FAILED"]),
            ),
            models.CheckConstraint(
                name="ready_run_has_files",
                condition=(
                    Q(state="READY", file_count__gte=1, row_count__isnull=False, finished_at__isnull=False)
                    & Q(series_number__isnull=False, series_number__gte=1)
                    & ~Q(manifest_sha256="")
                    & ~Q(logical_sha256="")
                )
                | (
                    ~Q(state="READY")
                    & Q(file_count=0, row_count__isnull=True, series_number__isnull=True)
                    & Q(manifest_sha256="", logical_sha256="")
                ),
            ),
            models.CheckConstraint(
                name="running_run_has_lease",
                condition=Q(
                    state="RUNNING",
                    lease_until__isnull=False,
                    slot__isnull=False,
                    slot__gte=0,
                    started_at__isnull=False,
                )
                | (~Q(state="RUNNING") & Q(lease_until__isnull=True, slot__isnull=True)),
            ),
            models.CheckConstraint(
                name="failed_run_says_why",
                condition=(Q(state="FAILED", finished_at__isnull=False) & ~Q(failure_code=""))
                | (~Q(state="FAILED") & Q(failure_code="")),
            ),
            models.CheckConstraint(
                name="report_requester_is_named",
                condition=Q(requester_kind="SYSTEM") | Q(requested_by__isnull=False),
            ),
            models.CheckConstraint(
                name="report_watermark_is_a_sequence", condition=Q(known_at__gte=0, rows_done__gte=0)
            ),
        ]
        indexes = [
            models.Index(fields=["entity", "-id"], name="report_run_of_entity"),
            models.Index(
                fields=["state", "id"],
                condition=Q(state__in=["REQUESTED", "QUEUED", "RUNNING"]),
                name="report_run_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.report_version} {self.business_date} ({self.state})"

    def _move_to(self, state: RunState) -> None:
        before = RunState(self.state)
        if not can_move(before, state):
            raise ValueError(f"a report run does not go from {before} to {state}")
        self.state = state.value

    def mark_queued(self) -> None:
        """It may be written: it was just asked for, or its worker's lease is over."""
        self._move_to(RunState.QUEUED)
        self.lease_until = self.slot = None
        self.rows_done = 0
        self.save(update_fields=["state", "lease_until", "slot", "rows_done"])

    def mark_running(self, *, slot: int, at: datetime, lease_until: datetime) -> None:
        """A worker takes it, in the next attempt."""
        self._move_to(RunState.RUNNING)
        self.attempt += 1
        self.slot, self.lease_until = slot, lease_until
        self.started_at = at
        self.save(update_fields=["state", "attempt", "slot", "lease_until", "started_at"])

    def mark_failed(self, *, code: str, detail: str, at: datetime) -> None:
        """It cannot be made; asking again begins another run."""
        self._move_to(RunState.FAILED)
        self.failure_code, self.failure_detail = code, detail[:300]
        self.lease_until = self.slot = None
        self.finished_at = at
        self.save()

    def mark_ready(self, *, at: datetime, made: dict[str, Any]) -> None:
        """Its files are kept; `made` holds the columns that say what they are."""
        self._move_to(RunState.READY)
        self.lease_until = self.slot = None
        self.finished_at = at
        for name, value in made.items():
            setattr(self, name, value)
        self.save()
