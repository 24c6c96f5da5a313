"""Celery's doors to trading: one call each, ids only."""

from time import monotonic
from uuid import UUID

from celery import shared_task
from django.conf import settings

from core.clock import now
from trading.operations.match_market import match_market as match_one_batch


@shared_task(name="trading.tasks.match_market")
def match_market(market_id: str) -> int:
    """Match what waits in a market, batch by batch, until nothing does or the time is up; the relay rings again then."""
    until = monotonic() + settings.MATCH_SECONDS_PER_TASK
    matched = 0
    while True:
        batch = match_one_batch(market_id=UUID(market_id), at=now())
        matched += batch.instructions
        if not batch.instructions or monotonic() > until:
            return matched
