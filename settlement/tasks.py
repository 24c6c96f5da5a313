"""Celery's doors to settlement: one call each."""

import structlog
from celery import shared_task

from core.clock import now
from settlement.gateways.custodian import custodian
from settlement.operations.reconcile_all import reconcile_all as reconcile_every_account
from settlement.queries.holding import list_balances_without_right_to_hold

log = structlog.get_logger()


@shared_task(name="settlement.tasks.reconcile_all")
def reconcile_all() -> int:
    """Compare every omnibus account with the custodian; answers how many runs that made."""
    return len(reconcile_every_account(custodian=custodian(), at=now()))


@shared_task(name="settlement.tasks.check_rights_to_hold")
def check_rights_to_hold() -> int:
    """Once a night: how many balances are held where HOLD is denied. Nothing is refused; the ledger's page lists them."""
    count = list_balances_without_right_to_hold().count()
    if count:
        log.warning("balances held without the right to", balances=count)
    return count
