"""Celery's doors to accounts: one call each."""

from celery import shared_task

from accounts.operations.expire_approvals import expire_approvals as end_overdue_approvals
from accounts.operations.sweep_edge import sweep_edge as sweep_what_ended
from accounts.operations.sweep_refreshes import sweep_refreshes as advance_due_refreshes
from core.clock import now


@shared_task(name="accounts.tasks.expire_approvals")
def expire_approvals() -> int:
    """End the requests that nobody decided in time; answers how many."""
    return end_overdue_approvals(at=now())


@shared_task(name="accounts.tasks.sweep_edge")
def sweep_edge() -> int:
    """Sweep ended tokens and tickets, and full buckets; answers how many."""
    return sum(sweep_what_ended(at=now()).values())


@shared_task(name="accounts.tasks.sweep_refreshes")
def sweep_refreshes() -> int:
    """Start, remind of and expire the refreshes of identities that are due; answers how many steps that took."""
    return sum(advance_due_refreshes(at=now()).values())
