"""Write the files of a queued run.

The one operation that is not one transaction: a claim, a read snapshot, progress in short statements of its
own, and one last transaction that makes the run ready. Whatever interrupts it, the next attempt gives the
same bytes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from psycopg.errors import QueryCanceled

from compliance.domain.failures import ReportFailed
from compliance.domain.formats import FORMATS
from compliance.domain.formats.parted_file import PartSink
from compliance.domain.run_states import RunState
from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.report_store import ReportStore
from compliance.gateways.schemas import NOT_VALIDATED, SchemaBroken, Schemas
from compliance.models import ReportRun
from compliance.operations.finish_report import finish_report
from compliance.operations.make_files import MadeFiles, make_files
from compliance.queries.catalogue import get_report
from compliance.queries.report_rows import open_snapshot
from core.contracts import Format, ReportDefinition
from core.domain.refusals import NotFound

log = structlog.get_logger()


class LeaseLost(Exception):
    """The run was given to another worker, or is finished: this one stops and leaves everything as it is."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One worker's hold on a run."""

    run: ReportRun
    store: ReportStore
    clock: Callable[[], datetime]

    @property
    def parts(self) -> str:
        return f"{self.run.pk}.{self.run.attempt}"

    def renew(self, done: int, expected: int) -> None:
        """Show progress and keep the lease; raises `LeaseLost`."""
        changed = ReportRun.objects.filter(
            pk=self.run.pk, attempt=self.run.attempt, state=ReportRun.State.RUNNING
        ).update(rows_done=done, rows_expected=expected, lease_until=_lease_end(self.clock()))
        if not changed:
            raise LeaseLost(self.parts)


def write_report(*, run_id: UUID, store: ReportStore, keys: ManifestKeys, clock: Callable[[], datetime]) -> bool:
    """Write a queued run and make it ready, or failed with the reason; answers whether this call did either.

    Does nothing when the run is not queued any more, or all slots (`REPORT_CONCURRENT_RUNS`) are taken.
    When the database goes away the run stays as it is, and the sweep queues it again once its lease is
    over.
    """
    run = _claim(run_id, at=clock())
    if run is None:
        return False
    attempt = _Attempt(run, store, clock)
    for earlier in range(1, run.attempt):
        store.drop_parts(f"{run.pk}.{earlier}")
    try:
        definition = _definition_of(run)
        made = _make(attempt, definition)
        return finish_report(
            run=run,
            definition=definition,
            made=made,
            store=store,
            keys=keys,
            validation=_validate(made, store),
            at=clock(),
        )
    except LeaseLost:
        log.warning("report lease lost", run_id=str(run_id), attempt=run.attempt)
        return False
    except ReportFailed as failure:
        return _fail(attempt, failure.code, failure.detail)
    except (OperationalError, InterfaceError) as error:
        if isinstance(error.__cause__, QueryCanceled):
            return _fail(attempt, "TIME_OUT", "a query took longer than REPORT_STATEMENT_MILLIS")
        raise
    except Exception as error:
        # A bug: the run must not be tried again and again, and whoever supervises the worker must see it.
        _fail(attempt, "INTERNAL", type(error).__name__)
        raise
    finally:
        store.drop_parts(attempt.parts)


def _make(attempt: _Attempt, definition: ReportDefinition) -> MadeFiles:
    renewed = 0

    def on_rows(done: int, expected: int) -> None:
        nonlocal renewed
        if done - renewed >= settings.REPORT_PROGRESS_ROWS or done == expected:
            attempt.renew(done, expected)
            renewed = done

    def open_part(form: Format, part: int) -> PartSink:
        return attempt.store.open_part(attempt.parts, f"{form.value}.{part:04}")

    with open_snapshot() as snapshot:
        if snapshot.seal_head() < attempt.run.known_at:
            raise ReportFailed("SEAL_BEHIND", f"this database is sealed up to {snapshot.seal_head()}")
        return make_files(
            snapshot=snapshot, definition=definition, run=attempt.run, open_part=open_part, on_rows=on_rows
        )


def _validate(made: MadeFiles, store: ReportStore) -> dict[str, str]:
    """Format -> what its files were held against. A file without rows says nothing that a schema could be asked about."""
    schemas = Schemas(settings.XSD_DIR)
    told: dict[str, str] = {}
    for part in made.files:
        schema = FORMATS[part.format].schema
        if not schema:
            continue
        if not part.row_count:
            told[part.format.value] = NOT_VALIDATED
            continue
        try:
            with store.open(part.sha256) as stream:
                told[part.format.value] = schemas.validate(schema, stream)
        except SchemaBroken as error:
            raise ReportFailed("SCHEMA_BROKEN", str(error)) from error
    return told


def _claim(run_id: UUID, *, at: datetime) -> ReportRun | None:
    """Take the run in a free slot; `report_slot_is_used_once` decides between workers that come together."""
    try:
        with transaction.atomic(durable=True):
            run = ReportRun.objects.select_for_update().filter(pk=run_id, state=ReportRun.State.QUEUED).first()
            if run is None:
                return None
            taken = set(ReportRun.objects.filter(slot__isnull=False).values_list("slot", flat=True))
            free = [slot for slot in range(settings.REPORT_CONCURRENT_RUNS) if slot not in taken]
            if not free:
                return None
            run.mark_running(slot=free[0], at=at, lease_until=_lease_end(at))
            return run
    except IntegrityError:
        return None


def _fail(attempt: _Attempt, code: str, detail: str) -> bool:
    with transaction.atomic(durable=True):
        run = (
            ReportRun.objects.select_for_update()
            .filter(pk=attempt.run.pk, attempt=attempt.run.attempt, state=RunState.RUNNING)
            .first()
        )
        if run is None:
            return False
        run.mark_failed(code=code, detail=detail, at=attempt.clock())
    log.error("report failed", run_id=str(run.pk), code=code, detail=detail)
    return True


def _definition_of(run: ReportRun) -> ReportDefinition:
    try:
        entry = get_report(run.code)
    except NotFound:
        raise ReportFailed("VERSION_GONE", "the catalogue no longer has the report") from None
    if (entry.definition.version, entry.sha256) != (run.report_version, run.definition_sha256):
        raise ReportFailed("VERSION_GONE", "the catalogue has another version of the report")
    return entry.definition


def _lease_end(at: datetime) -> datetime:
    return at + timedelta(seconds=settings.REPORT_LEASE_SECONDS)
