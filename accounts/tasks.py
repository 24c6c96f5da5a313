"""Celery's doors to accounts: one call each."""

from celery import shared_task

from accounts.operations.expire_approvals import expire_approvals as end_overdue_approvals
from core.clock import now


@shared_task(name="accounts.tasks.expire_approvals")
def expire_approvals() -> int:
    """End the requests that nobody decided in time; answers how many."""
    return end_overdue_approvals(at=now())
