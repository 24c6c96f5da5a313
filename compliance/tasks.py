"""What Celery runs: one call each, ids only."""

from uuid import UUID

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings

from compliance.gateways.installed import installed_checkpoints, installed_keys, installed_store
from compliance.operations import requeue_reports as requeuing
from compliance.operations import run_check as checking
from compliance.operations import sign_checkpoint as signing
from compliance.operations import write_report as writing
from core.clock import now

# A doorbell that nobody heard is not needed any more: the sweep rings again.
DOORBELL_SECONDS = 30


@shared_task(name="compliance.tasks.write_report")
def write_report(run_id: str) -> None:
    """Write one queued run."""
    writing.write_report(run_id=UUID(run_id), store=installed_store(), keys=installed_keys(), clock=now)


@shared_task(name="compliance.tasks.requeue_reports")
def requeue_reports() -> None:
    """Queue runs again whose worker is gone, and ring for those that may begin."""
    for run_id in requeuing.requeue_reports(at=now()):
        write_report.apply_async(args=(str(run_id),), expires=DOORBELL_SECONDS)


@shared_task(name="compliance.tasks.sign_checkpoint")
def sign_checkpoint() -> None:
    """Sign what the chain has become since the last checkpoint."""
    signing.sign_checkpoint(
        store=installed_checkpoints(), keys=installed_keys(), origin=settings.CHECKPOINT_ORIGIN, at=now()
    )


@shared_task(name="compliance.tasks.run_check")
def run_check(kind: str) -> None:
    """Check the books or the record: BOOKS, BOOKS_FULL, RECORD or RECORD_FULL."""
    publication = checking.Publication(
        settings.CHECKPOINT_DIR, settings.CHECKPOINT_ORIGIN, lambda: installed_keys().public_keys()
    )
    checking.run_check(kind=kind, publication=publication, clock=now, stop=SoftTimeLimitExceeded)
