"""Celery's doors to settlement: one call each."""

from celery import shared_task

from core.clock import now
from settlement.gateways.custodian import custodian
from settlement.operations.reconcile_all import reconcile_all as reconcile_every_account


@shared_task(name="settlement.tasks.reconcile_all")
def reconcile_all() -> int:
    """Compare every omnibus account with the custodian; answers how many runs that made."""
    return len(reconcile_every_account(custodian=custodian(), at=now()))
