"""Celery's doors to trading: one call each, ids only."""

from time import monotonic
from uuid import UUID

import structlog
from celery import shared_task
from django.conf import settings
from django.db import InterfaceError, OperationalError

from core.clock import now
from trading.operations.cancel_forbidden_orders import cancel_forbidden_orders as cancel_what_is_forbidden
from trading.operations.follow_fees import follow_fees as follow_fees_in_force
from trading.operations.keep_candles import keep_candles as keep_candles_of
from trading.operations.keep_sessions import keep_sessions as keep_due_sessions
from trading.operations.match_market import match_market as match_one_batch
from trading.operations.measure_volumes import measure_volumes as count_and_sum_volumes
from trading.operations.record_market_prices import record_market_prices
from trading.operations.sweep_quotes import sweep_quotes as sweep_what_is_over
from trading.operations.trip_dead_mans_switches import trip_dead_mans_switches as trip_what_is_due
from trading.operations.wake_markets import wake_markets as wake_due_markets
from trading.queries.candles import list_markets_with_old_candles

log = structlog.get_logger()


@shared_task(name="trading.tasks.match_market")
def match_market(market_id: str) -> int:
    """Match what waits in a market, batch by batch, until nothing does or the time is up; the relay rings again then."""
    try:
        return _drain(UUID(market_id))
    except (OperationalError, InterfaceError) as error:
        # The database went away; what waits is found by the relay's sweep when it is back.
        log.warning("database away", market_id=market_id, error=str(error).splitlines()[0])
        return 0


def _drain(market_id: UUID) -> int:
    until = monotonic() + settings.MATCH_SECONDS_PER_TASK
    matched = 0
    while True:
        is_last = monotonic() > until
        batch = match_one_batch(market_id=market_id, at=now(), looks_ahead=not is_last)
        matched += batch.instructions
        if not batch.instructions or is_last:
            return matched


@shared_task(name="trading.tasks.cancel_forbidden_orders")
def cancel_forbidden_orders() -> int:
    """Cancel the orders that a status or a control no longer allows; answers how many."""
    try:
        return cancel_what_is_forbidden(at=now())
    except (OperationalError, InterfaceError) as error:
        log.warning("database away", task="cancel_forbidden_orders", error=str(error).splitlines()[0])
        return 0


@shared_task(name="trading.tasks.wake_markets")
def wake_markets() -> int:
    """Ring in the markets where an order's time has come; answers how many."""
    try:
        return wake_due_markets(at=now())
    except (OperationalError, InterfaceError) as error:
        log.warning("database away", task="wake_markets", error=str(error).splitlines()[0])
        return 0


@shared_task(name="trading.tasks.sweep_quotes")
def sweep_quotes() -> int:
    """Write down which quotes are over; answers how many."""
    try:
        return sweep_what_is_over(at=now())
    except (OperationalError, InterfaceError) as error:
        log.warning("database away", task="sweep_quotes", error=str(error).splitlines()[0])
        return 0


@shared_task(name="trading.tasks.record_prices")
def record_prices() -> int:
    """Keep what assets are worth now; answers how many prices."""
    return record_market_prices(at=now())


@shared_task(name="trading.tasks.keep_candles")
def keep_candles() -> int:
    """Take what has happened in the markets into their candles, until nothing is left or the time is up; answers how many events.

    The next one goes on from there.
    """
    until = monotonic() + settings.CANDLE_SECONDS_A_TASK
    taken = 0
    try:
        for market_id in list_markets_with_old_candles():
            while monotonic() < until and (events := keep_candles_of(market_id=market_id)):
                taken += events
    except (OperationalError, InterfaceError) as error:
        log.warning("database away", task="keep_candles", error=str(error).splitlines()[0])
    return taken


@shared_task(name="trading.tasks.follow_fees")
def follow_fees() -> int:
    """Take schedules and assignments whose moment has come; answers how many plans changed."""
    return follow_fees_in_force(at=now())


@shared_task(name="trading.tasks.measure_volumes")
def measure_volumes() -> int:
    """Count what was traded, and let tiers follow; answers how many trades were counted."""
    counted = count_and_sum_volumes(at=now())
    follow_fees_in_force(at=now())
    return counted


@shared_task(name="trading.tasks.keep_sessions")
def keep_sessions() -> int:
    """Bring markets into the phases of their sessions; answers how many moved."""
    try:
        return keep_due_sessions(at=now())
    except (OperationalError, InterfaceError) as error:
        log.warning("database away", task="keep_sessions", error=str(error).splitlines()[0])
        return 0


@shared_task(name="trading.tasks.trip_dead_mans_switches")
def trip_dead_mans_switches() -> int:
    """Cancel for those who have not been heard of in time; answers how many."""
    try:
        return trip_what_is_due(at=now())
    except (OperationalError, InterfaceError) as error:
        log.warning("database away", task="trip_dead_mans_switches", error=str(error).splitlines()[0])
        return 0
