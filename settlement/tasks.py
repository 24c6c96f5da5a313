"""Celery's doors to settlement: one call each."""

import structlog
from celery import shared_task

from core.clock import now
from settlement.gateways.arrivals import installed_feeds
from settlement.gateways.custodian import custodian
from settlement.gateways.payout import payouts
from settlement.gateways.screening import screener
from settlement.operations.activate_destinations import activate_destinations as end_cooling_off
from settlement.operations.close_due_days import close_due_days
from settlement.operations.issue_due_statements import issue_due_statements
from settlement.operations.reconcile_all import reconcile_all as reconcile_every_account
from settlement.operations.screen_deposits import screen_deposits as screen_waiting_deposits
from settlement.operations.sweep_withdrawals import sweep_withdrawals as take_withdrawals_on
from settlement.operations.take_in_arrivals import take_in_arrivals as read_feed
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


@shared_task(name="settlement.tasks.close_days")
def close_days() -> int:
    """Shut the business days that are over; answers how many."""
    return len(close_due_days(at=now()))


@shared_task(name="settlement.tasks.issue_statements")
def issue_statements() -> int:
    """Issue the monthly statements that are due; answers how many."""
    return len(issue_due_statements(at=now()))


@shared_task(name="settlement.tasks.sweep_withdrawals")
def sweep_withdrawals() -> int:
    """Screen, send and ask about withdrawals; answers how many were taken on."""
    return take_withdrawals_on(gateways=payouts(), screener=screener(), at=now())


@shared_task(name="settlement.tasks.take_in_arrivals")
def take_in_arrivals() -> int:
    """Read every feed of arrivals on; answers how many notices that were. What is wrong with one feed stops no other."""
    taken = 0
    for gateway in installed_feeds().values():
        try:
            taken += read_feed(gateway=gateway, at=now())
        except OSError as error:
            log.warning("a feed does not answer", feed=gateway.feed, error=type(error).__name__)
        except Exception:
            log.exception("a feed was not read on", feed=gateway.feed)
    return taken


@shared_task(name="settlement.tasks.screen_deposits")
def screen_deposits() -> int:
    """Ask about the senders that nobody has answered for; answers of how many deposits."""
    return screen_waiting_deposits(screener=screener(), at=now())


@shared_task(name="settlement.tasks.activate_destinations")
def activate_destinations() -> int:
    """End the cooling-off of destinations; answers of how many."""
    return end_cooling_off(at=now())
