"""Check a ready run: its files and its manifest as they are kept, and everything once more from the record."""

import io
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from django.db import transaction

from compliance.contracts import Verification
from compliance.domain.cells import Cells
from compliance.domain.comparing import ComparingSink, Difference
from compliance.domain.failures import ReportFailed
from compliance.domain.formats import FORMATS
from compliance.domain.manifest import Manifest, ManifestInvalid, read_manifest
from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.report_store import FileMissing, ReportStore
from compliance.models import ReportFile, ReportRun
from compliance.operations.finish_report import report_json
from compliance.operations.make_files import MadeFiles, make_files
from compliance.queries.catalogue import catalogue
from compliance.queries.report_rows import open_snapshot
from compliance.queries.report_runs import get_report_run
from core.contracts import Format, ReportDefinition
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor, record_audit

SAME, DIFFERENT, MISSING, VERSION_GONE = "SAME", "DIFFERENT", "MISSING", "VERSION_GONE"


def verify_report(*, run_id: UUID, actor: Actor, store: ReportStore, keys: ManifestKeys, at: datetime) -> Verification:
    """Make a ready run again and compare, byte by byte; check hashes, signature and the series before it.

    The answer is written as an audit entry. Refuses an unknown run with `NotFound` and one that is not
    ready with REPORT_NOT_READY.
    """
    run = get_report_run(run_id=run_id)
    if run.state != ReportRun.State.READY:
        raise Refusal("REPORT_NOT_READY", f"The run is {run.state}.", status=409, meta={"state": run.state})
    verification = _verify(run, store, keys)
    with transaction.atomic(durable=True):
        record_audit(
            actor=actor,
            action="compliance.report_run.verify",
            object_type="compliance.report_run",
            object_id=run.pk,
            at=at,
            changes=[{"field": "verification", "before": None, "after": verification.result}],
            reason=verification.detail,
        )
    return verification


def _verify(run: ReportRun, store: ReportStore, keys: ManifestKeys) -> Verification:
    files = list(run.files.order_by("format", "part"))
    for check in (_check_files, _check_series):
        found = check(run, files, store)
        if found is not None:
            return found
    manifest = _read_manifest(run, store, keys)
    if isinstance(manifest, Verification):
        return manifest
    entry = catalogue().get(run.code)
    if entry is None or entry.sha256 != run.definition_sha256:
        return Verification(result=VERSION_GONE, detail="The kept files and the manifest are as they were signed.")
    return _compare_again(run, entry.definition, [file for file in files if file.part], manifest, store)


def _check_files(run: ReportRun, files: list[ReportFile], store: ReportStore) -> Verification | None:
    """Missing files first; a changed one is located by making it again, except the manifest."""
    for file in files:
        try:
            store.open(file.sha256).close()
        except FileMissing:
            return Verification(result=MISSING, detail="The file is not in the store.", file=file.name)
    return None


def _check_series(run: ReportRun, _files: list[ReportFile], store: ReportStore) -> Verification | None:
    if run.series_number == 1:
        return None
    before = ReportRun.objects.filter(series=run.series, series_number=(run.series_number or 0) - 1).first()
    if before is None or before.manifest_sha256 != run.previous_manifest_sha256:
        return Verification(result=MISSING, detail="The manifest before this one in the series is not known.")
    try:
        kept = store.hash_again(run.previous_manifest_sha256)
    except FileMissing:
        return Verification(result=MISSING, detail="The manifest before this one in the series is not in the store.")
    if kept != run.previous_manifest_sha256:
        return Verification(result=DIFFERENT, detail="The manifest before this one in the series was changed.")
    return None


def _read_manifest(run: ReportRun, store: ReportStore, keys: ManifestKeys) -> Manifest | Verification:
    name = "manifest"
    if store.hash_again(run.manifest_sha256) != run.manifest_sha256:
        return Verification(result=DIFFERENT, detail="The manifest was changed.", file=name)
    try:
        manifest = read_manifest(b"".join(store.read_chunks(run.manifest_sha256)))
    except ManifestInvalid as error:
        return Verification(result=DIFFERENT, detail=f"The manifest cannot be read: {error}.", file=name)
    if not keys.is_signed(manifest.key_id, manifest.signed, bytes.fromhex(manifest.signature)):
        return Verification(result=DIFFERENT, detail="The manifest is not signed by a known key.", file=name)
    return manifest


def _compare_again(
    run: ReportRun, definition: ReportDefinition, kept: list[ReportFile], manifest: Manifest, store: ReportStore
) -> Verification:
    with ExitStack() as open_files:
        comparison = _Comparison(definition, kept, store, open_files)
        try:
            with open_snapshot() as snapshot:
                made = make_files(
                    snapshot=snapshot,
                    definition=definition,
                    run=run,
                    open_part=comparison.open_part,
                    on_rows=lambda _done, _expected: None,
                )
        except ReportFailed as failure:
            return Verification(result=DIFFERENT, detail=f"It cannot be made again: {failure}.")
        found = comparison.first_difference()
    return found or _compare_manifest(run, definition, made, kept, manifest)


def _compare_manifest(
    run: ReportRun, definition: ReportDefinition, made: MadeFiles, kept: list[ReportFile], manifest: Manifest
) -> Verification:
    """The files are the same; what the signed manifest says of them has to be what was made again."""
    by_place = {(file.format, file.part): file for file in kept}
    in_order = [by_place[part.format.value, part.part] for part in made.files]
    again = report_json(run, definition, made, in_order)
    for name in sorted(again.keys() | manifest.body["report"].keys()):
        if again.get(name) != manifest.body["report"].get(name):
            return Verification(result=DIFFERENT, detail=f"The manifest says something else of {name}.")
    return Verification(result=SAME)


def _of_no_row(_rows: Sequence[Cells]) -> bytes:
    """Where a row's bytes depend on those before it, a difference is told by its byte and the rows before its batch."""
    return b""


class _Comparison:
    """Pairs each part that is made again with the kept one."""

    def __init__(
        self, definition: ReportDefinition, kept: list[ReportFile], store: ReportStore, open_files: ExitStack
    ) -> None:
        self._kept = {(file.format, file.part): file for file in kept}
        self._writers = {
            form: FORMATS[form].open(definition.columns).rows
            for form in definition.formats
            if FORMATS[form].is_row_wise
        }
        self._store = store
        self._open_files = open_files
        self._sinks: dict[tuple[str, int], ComparingSink] = {}

    def open_part(self, form: Format, part: int) -> ComparingSink:
        file = self._kept.get((form.value, part))
        stream: BinaryIO = io.BytesIO()
        if file is not None:
            stream = self._open_files.enter_context(self._store.open(file.sha256))
        sink = self._sinks[form.value, part] = ComparingSink(stream, self._writers.get(form, _of_no_row))
        return sink

    def first_difference(self) -> Verification | None:
        """Of the first file, by format and part, that is not what was made again."""
        for place in sorted(self._kept.keys() | self._sinks.keys()):
            file, sink = self._kept.get(place), self._sinks.get(place)
            difference = Difference(0, 0) if sink is None else sink.difference
            if difference is not None:
                return Verification(
                    result=DIFFERENT,
                    detail="The file is not what is made again.",
                    file=file.name if file else f"{place[0]} part {place[1]}",
                    byte=difference.byte,
                    row=difference.row,
                )
        return None
