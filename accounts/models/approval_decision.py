"""ApprovalDecision: one person's yes or no to one request, over the bytes that person saw."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.ids import new_id

from .approval_request import ApprovalRequest
from .staff_user import StaffUser


class ApprovalDecision(models.Model):
    """Append-only. The requester and both persons stand on the row, so that the database compares them.

    Triggers compare the row with its request: ``decision_saw_the_same_payload``, ``decision_names_the_requester``,
    ``decision_names_the_person``, ``approver_is_not_subject`` (nobody decides on a role of their own),
    ``decision_came_in_time`` (the request is pending and not past its end).
    """

    is_append_only = True

    class Verdict(models.TextChoices):
        APPROVE = "APPROVE"
        REJECT = "REJECT"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey(ApprovalRequest, on_delete=models.PROTECT, related_name="decisions")
    approver = models.ForeignKey(StaffUser, on_delete=models.PROTECT, related_name="decisions")
    # The human behind the account: the approver's person_id.
    approver_person = models.UUIDField()
    requester_id = models.UUIDField(null=True)
    requester_person = models.UUIDField(null=True)
    verdict = models.CharField(max_length=7, choices=Verdict.choices)
    payload_sha256 = models.CharField(max_length=64)
    note = models.TextField(blank=True)
    # When the approver last used a second factor; none where the policy does not ask.
    factor_at = models.DateTimeField(null=True)
    source_ip = models.GenericIPAddressField(null=True)
    decided_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(requester_id__isnull=True) | ~Q(approver_id=F("requester_id")))
                & (Q(requester_person__isnull=True) | ~Q(approver_person=F("requester_person"))),
                name="approver_is_not_requester",
            ),
            models.UniqueConstraint(fields=["request", "approver"], name="approver_decides_once"),
            models.UniqueConstraint(fields=["request", "approver_person"], name="person_decides_once"),
            models.CheckConstraint(condition=Q(verdict__in=["APPROVE", "REJECT"]), name="decision_verdict_is_known"),
            models.CheckConstraint(condition=Q(verdict="APPROVE") | ~Q(note=""), name="rejection_has_a_note"),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} by {self.approver_id}"
