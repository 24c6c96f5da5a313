"""Make a written run ready: its manifest, its file rows and its state, in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from compliance.domain.cells import instant_text
from compliance.domain.file_names import manifest_name, part_name, run_name
from compliance.domain.formats import FORMATS
from compliance.domain.formats.parted_file import PartFacts
from compliance.domain.manifest import manifest_body, manifest_bytes
from compliance.domain.retention import retained_until
from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.report_store import ReportStore
from compliance.models import ReportFile, ReportRun
from compliance.operations.make_files import MadeFiles
from core.contracts import ReportDefinition
from core.domain.canonical import canonical_json
from core.operations.record_audit import SYSTEM, record_audit

SERIES_ATTEMPTS = 5


def finish_report(  # noqa: PLR0913 - a manifest is of this many parts
    *,
    run: ReportRun,
    definition: ReportDefinition,
    made: MadeFiles,
    store: ReportStore,
    keys: ManifestKeys,
    validation: Mapping[str, str],
    at: datetime,
) -> bool:
    """Give the run its place in its series, sign its manifest and mark it ready; writes an audit entry with
    the hash. `validation` says of each format that has a schema what its files were held against.

    Two runs of one series that finish together take one number after the other (`report_series_counts_on`).
    A run that this attempt no longer holds is left alone, and the answer is no.
    """
    for _ in range(SERIES_ATTEMPTS):
        try:
            with transaction.atomic(durable=True):
                held = (
                    ReportRun.objects.select_for_update()
                    .filter(pk=run.pk, attempt=run.attempt, state=ReportRun.State.RUNNING)
                    .first()
                )
                if held is None:
                    return False
                _finish(held, definition, made, store, keys, validation, at)
            return True
        except IntegrityError as error:
            if "report_series_counts_on" not in str(error):
                raise
    raise RuntimeError(f"no place in the series {run.series} after {SERIES_ATTEMPTS} attempts")


def _finish(  # noqa: PLR0913 - a manifest is of this many parts
    run: ReportRun,
    definition: ReportDefinition,
    made: MadeFiles,
    store: ReportStore,
    keys: ManifestKeys,
    validation: Mapping[str, str],
    at: datetime,
) -> None:
    before = ReportRun.objects.filter(series=run.series, series_number__isnull=False).order_by("-series_number").first()
    run.series_number = 1 if before is None or before.series_number is None else before.series_number + 1
    run.previous_manifest_sha256 = before.manifest_sha256 if before else ""
    run.market_sequences = made.market_sequences
    files = _file_rows(run, definition, made.files, at)
    body = manifest_body(
        key_id=keys.current_id(),
        report=report_json(run, definition, made, files),
        run=_run_json(run, at) | {"validation": dict(validation)},
    )
    data = manifest_bytes(body, keys.sign(canonical_json(body)))
    sha256 = store.keep(f"{run.pk}.{run.attempt}", "MANIFEST", data)
    name = manifest_name(run_name(run.series, run.business_date, run.report_version))
    manifest = ReportFile(
        run=run, part=0, name=name, format="MANIFEST", byte_size=len(data), row_count=0, sha256=sha256
    )
    ReportFile.objects.bulk_create([*files, manifest])
    run.mark_ready(
        at=at,
        made={
            "row_count": made.row_count,
            "rows_done": made.row_count,
            "rows_expected": made.row_count,
            "file_count": len(files),
            "control_totals": made.control_totals,
            "logical_sha256": made.logical_sha256,
            "manifest_sha256": sha256,
            "left_out": made.left_out,
            "release": settings.RELEASE,
            "writer_versions": writer_versions(definition),
        },
    )
    record_audit(
        actor=SYSTEM,
        action="compliance.report_run.write",
        object_type="compliance.report_run",
        object_id=run.pk,
        at=at,
        changes=[{"field": "manifest_sha256", "before": None, "after": sha256}],
    )


def writer_versions(definition: ReportDefinition) -> dict[str, str]:
    """Format -> the version of its writer."""
    return {form.value: str(FORMATS[form].version) for form in definition.formats}


def report_json(
    run: ReportRun, definition: ReportDefinition, made: MadeFiles, files: list[ReportFile]
) -> dict[str, Any]:
    """The part of the manifest that is the same whenever the run is made again."""
    return {
        "code": run.code,
        "version": str(run.report_version),
        "title": definition.title,
        "wording": definition.wording,
        "definition_sha256": run.definition_sha256,
        "entity": None if run.entity_id is None else str(run.entity_id),
        "parameters": run.parameters,
        "business_date": run.business_date.isoformat(),
        "as_of": instant_text(run.as_of),
        "known_at": str(run.known_at),
        "market_sequences": made.market_sequences,
        "zone": run.zone,
        "row_count": str(made.row_count),
        "control_totals": made.control_totals,
        "logical_sha256": made.logical_sha256,
        "left_out": made.left_out,
        "writer_versions": writer_versions(definition),
        "series": run.series,
        "series_number": str(run.series_number),
        "previous_manifest_sha256": run.previous_manifest_sha256 or None,
        "files": [_file_json(file) for file in files],
    }


def _run_json(run: ReportRun, at: datetime) -> dict[str, Any]:
    return {
        "id": str(run.pk),
        "requested_by": None if run.requested_by is None else str(run.requested_by),
        "requester_kind": run.requester_kind,
        "request_reason": run.request_reason,
        "requested_at": instant_text(run.created_at),
        "started_at": None if run.started_at is None else instant_text(run.started_at),
        "finished_at": instant_text(at),
        "attempt": str(run.attempt),
        "release": settings.RELEASE,
        "downloads_so_far": "0",
    }


def _file_rows(run: ReportRun, definition: ReportDefinition, parts: list[PartFacts], at: datetime) -> list[ReportFile]:
    base = run_name(run.series, run.business_date, run.report_version)
    until = retained_until(definition.retention_class, at.date())
    return [
        ReportFile(
            run=run,
            part=part.part,
            name=part_name(base, part.part, FORMATS[part.format].extension),
            format=part.format.value,
            byte_size=part.byte_size,
            row_count=part.row_count,
            sha256=part.sha256,
            first_key=part.first_key,
            last_key=part.last_key,
            retained_until=until,
        )
        for part in parts
    ]


def _file_json(file: ReportFile) -> dict[str, Any]:
    return {
        "part": str(file.part),
        "name": file.name,
        "format": file.format,
        "byte_size": str(file.byte_size),
        "row_count": str(file.row_count),
        "sha256": file.sha256,
        "first_key": file.first_key,
        "last_key": file.last_key,
    }
