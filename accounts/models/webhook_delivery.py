"""WebhookDelivery: one event on its way to one webhook, and what came of it."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.ids import new_id
from core.models import OutboxMessage

from .webhook_subscription import WebhookSubscription

WAITING = ["PENDING", "RETRYING"]


class WebhookDelivery(models.Model):
    """A message that is to be sent, or was; without a message it is a test. Rows that have ended are swept after a while.

    An attempt is counted, and the next one given its time, before anything is sent: whoever dies meanwhile leaves a delivery that
    is tried again.
    """

    is_queue = True

    class Status(models.TextChoices):
        PENDING = "PENDING"
        RETRYING = "RETRYING"
        DELIVERED = "DELIVERED"
        EXHAUSTED = "EXHAUSTED"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subscription = models.ForeignKey(
        WebhookSubscription, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    message = models.ForeignKey(OutboxMessage, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    status = models.CharField(max_length=9, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    first_attempt_at = models.DateTimeField(null=True)
    attempted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    last_status_code = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=32, blank=True, default="", db_default="")
    last_latency_millis = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "message"], name="message_is_delivered_once_per_subscription"
            ),
            models.UniqueConstraint(
                fields=["subscription"],
                condition=Q(message__isnull=True, status__in=WAITING),
                name="webhook_has_one_waiting_test",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["PENDING", "RETRYING", "DELIVERED", "EXHAUSTED"]),
                name="webhook_delivery_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(status="PENDING", attempts=0, first_attempt_at__isnull=True)
                | (
                    ~Q(status="PENDING")
                    & Q(attempts__gte=1, first_attempt_at__isnull=False, attempted_at__isnull=False)
                ),
                name="tried_webhook_delivery_has_times",
            ),
            models.CheckConstraint(
                condition=Q(status__in=WAITING, ended_at__isnull=True)
                | (~Q(status__in=WAITING) & Q(ended_at__isnull=False)),
                name="ended_webhook_delivery_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(status="DELIVERED")
                | Q(last_status_code__isnull=False, last_status_code__gte=200, last_status_code__lte=299),
                name="delivered_webhook_was_answered",
            ),
        ]
        indexes = [
            models.Index(fields=["subscription", "due_at", "id"], name="webhook_due", condition=Q(status__in=WAITING)),
            models.Index(fields=["subscription", "id"], name="webhook_log"),
            models.Index(fields=["ended_at"], name="webhook_ended", condition=Q(ended_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"delivery {self.id}"

    @property
    def is_test(self) -> bool:
        """Whether it is a test: no event of the stream."""
        return self.message_id is None
