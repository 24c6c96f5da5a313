"""Who did what, to which thing, why and when."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.ids import new_id
from core.schema import Partitioning


class AuditEntry(models.Model):
    """One privileged act. Append-only; chained after commit by the sealer.

    ``changes`` lists the fields that changed as ``{"field", "before", "after"}``. ``event_at`` is when it was done,
    ``recorded_at`` when it was written.
    """

    partitioning = Partitioning(by="MONTH")
    is_append_only = True

    class ActorKind(models.TextChoices):
        PERSON = "PERSON"
        CREDENTIAL = "CREDENTIAL"
        ALGORITHM = "ALGORITHM"
        SYSTEM = "SYSTEM"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    actor_id = models.UUIDField(null=True)
    actor_kind = models.CharField(max_length=10, choices=ActorKind)
    on_behalf_of = models.UUIDField(null=True)
    action = models.CharField(max_length=100)
    object_type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)
    object_version = models.BigIntegerField(null=True)
    changes = models.JSONField(default=list)
    reason = models.TextField(blank=True)
    approval_id = models.UUIDField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    source_ip = models.GenericIPAddressField(null=True)
    event_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="audit_action_is_app_noun_verb", condition=Q(action__regex=r"^[a-z]+\.[a-z_]+\.[a-z_]+$")
            ),
            models.CheckConstraint(
                name="audit_actor_is_named", condition=Q(actor_kind="SYSTEM") | Q(actor_id__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["object_id", "id"], name="audit_of_thing"),
            models.Index(fields=["actor_id", "id"], name="audit_of_actor"),
            models.Index(fields=["action", "id"], name="audit_of_action"),
            models.Index(fields=["request_id", "id"], name="audit_of_request"),
        ]
