"""Celery's doors to accounts: one call each."""

from celery import shared_task
from django.conf import settings

from accounts.gateways.webhook_sender import installed_sender
from accounts.operations.deliver_webhooks import deliver_webhooks as send_what_is_due
from accounts.operations.expire_approvals import expire_approvals as end_overdue_approvals
from accounts.operations.sweep_edge import sweep_edge as sweep_what_ended
from accounts.operations.sweep_refreshes import sweep_refreshes as advance_due_refreshes
from accounts.operations.sweep_webhooks import sweep_webhooks as break_and_sweep
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


@shared_task(name="accounts.tasks.deliver_webhooks")
def deliver_webhooks() -> int:
    """Send webhooks what is due; answers how many tries that were."""
    return send_what_is_due(
        sender=installed_sender(),
        clock=now,
        senders=settings.WEBHOOK_SENDERS,
        round_seconds=settings.WEBHOOK_ROUND_SECONDS,
    )


@shared_task(name="accounts.tasks.sweep_webhooks")
def sweep_webhooks() -> int:
    """Break the webhooks that have failed for 72 hours, and sweep the log; answers how many were broken."""
    return break_and_sweep(at=now())
