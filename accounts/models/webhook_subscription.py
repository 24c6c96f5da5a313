"""WebhookSubscription: where a client's program wants to be told of events, and of which."""

from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.ids import new_id

from .entity import Entity

# The form of a text that the vault's key store sealed: a copy of this database opens none.
_SEALED = r"^v1\."


class WebhookSubscription(models.Model):
    """One address with the topics that are sent to it, of the stream ``stream_id`` (none: the firm's own).

    ``last_seq`` is how far the stream was looked through for it; while it is not ACTIVE that stays, so that nothing is lost. A
    deleted one stays as a row, for its record, and keeps no secret.
    """

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        PAUSED = "PAUSED"
        BROKEN = "BROKEN"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entity = models.ForeignKey(Entity, on_delete=models.PROTECT, related_name="webhooks")
    # Of ten: two at one time cannot take the same.
    slot = models.PositiveSmallIntegerField()
    stream_id = models.UUIDField(null=True, blank=True)
    url = models.CharField(max_length=1_000)
    topics = ArrayField(models.CharField(max_length=100))
    max_per_second = models.PositiveSmallIntegerField(default=10)
    status = models.CharField(max_length=6, choices=Status, default=Status.ACTIVE)
    sealed_secret = models.CharField(max_length=200, blank=True)
    # The secret before it, with which messages are signed too until its end.
    previous_sealed_secret = models.CharField(max_length=200, blank=True)
    previous_secret_ends_at = models.DateTimeField(null=True, blank=True)
    last_seq = models.BigIntegerField(default=0)
    # Since when every try has failed; how many in a row; until when it is left alone; until when a sender has it.
    failing_since = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    rest_until = models.DateTimeField(null=True, blank=True)
    taken_until = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "slot"], condition=Q(deleted_at__isnull=True), name="webhook_slot_is_taken_once"
            ),
            models.CheckConstraint(condition=Q(slot__gte=1, slot__lte=10), name="entity_has_at_most_ten_webhooks"),
            models.CheckConstraint(
                condition=Q(url__regex=r"^(https://|http://(localhost|127\.[0-9.]+|\[::1\])[:/])[!-~]+$"),
                name="webhook_url_is_https",
            ),
            models.CheckConstraint(condition=Q(topics__len__gte=1, topics__len__lte=50), name="webhook_has_topics"),
            models.CheckConstraint(
                condition=Q(max_per_second__gte=1, max_per_second__lte=100), name="webhook_pace_is_bounded"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["ACTIVE", "PAUSED", "BROKEN"]), name="webhook_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=False) | Q(sealed_secret__regex=_SEALED), name="webhook_secret_is_sealed"
            ),
            models.CheckConstraint(
                condition=Q(previous_sealed_secret="", previous_secret_ends_at__isnull=True)
                | Q(previous_sealed_secret__regex=_SEALED, previous_secret_ends_at__isnull=False),
                name="previous_webhook_secret_is_sealed_and_ends",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | Q(status="PAUSED", sealed_secret="", previous_sealed_secret=""),
                name="deleted_webhook_keeps_no_secret",
            ),
            models.CheckConstraint(
                condition=~Q(status="BROKEN") | Q(failing_since__isnull=False), name="broken_webhook_was_failing"
            ),
        ]
        indexes = [models.Index(fields=["stream_id"], name="webhook_by_stream", condition=Q(deleted_at__isnull=True))]

    def __str__(self) -> str:
        return self.url

    def has_previous_secret(self, *, at: datetime) -> bool:
        """Whether messages are signed with the secret before the present one too, at ``at``."""
        return self.previous_secret_ends_at is not None and self.previous_secret_ends_at > at

    def mark_secret(self, *, sealed: str, overlap: timedelta, at: datetime) -> None:
        """Give it a secret; the one it had goes on signing for ``overlap``."""
        ends = overlap > timedelta(0)
        self.previous_sealed_secret = self.sealed_secret if ends else ""
        self.previous_secret_ends_at = at + overlap if ends else None
        self.sealed_secret = sealed
        self._mark_changed(at, "sealed_secret", "previous_sealed_secret", "previous_secret_ends_at")

    def mark_terms(self, *, at: datetime, **terms: object) -> None:
        """Change its address, topics or pace."""
        for name, value in terms.items():
            setattr(self, name, value)
        self._mark_changed(at, *terms)

    def mark_status(self, status: str, *, at: datetime) -> None:
        """Move to ``status``; whoever calls has locked the row and knows that the move is legal."""
        self.status = status
        self._mark_changed(at, "status")

    def mark_sound(self) -> None:
        """Forget that it failed."""
        self.failing_since, self.failures, self.rest_until = None, 0, None
        self.save(update_fields=["failing_since", "failures", "rest_until"])

    def mark_failed(self, *, failures: int, rest_until: datetime | None, at: datetime) -> None:
        """Note one more failure in a row."""
        self.failing_since = self.failing_since or at
        self.failures, self.rest_until = failures, rest_until
        self.save(update_fields=["failing_since", "failures", "rest_until"])

    def mark_deleted(self, *, at: datetime) -> None:
        """End it for ever."""
        self.status, self.deleted_at = self.Status.PAUSED, at
        self.sealed_secret = self.previous_sealed_secret = ""
        self.previous_secret_ends_at = None
        self._mark_changed(
            at, "status", "deleted_at", "sealed_secret", "previous_sealed_secret", "previous_secret_ends_at"
        )

    def _mark_changed(self, at: datetime, *fields: str) -> None:
        self.version += 1
        self.updated_at = at
        self.save(update_fields=[*fields, "version", "updated_at"])
