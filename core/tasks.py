"""Celery's doors to core: one call each."""

from celery import shared_task

from core.clock import now
from core.operations.make_partitions import make_partitions as make_parts_ahead


@shared_task(name="core.tasks.make_partitions")
def make_partitions() -> int:
    """Make the parts of partitioned tables ahead; answers how many were new."""
    return len(make_parts_ahead(at=now()))
