"""The facts about runs that hold in the database too, whoever writes to it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance.models import ReportDownload, ReportFile, ReportRun
from core.clock import now
from core.ids import new_id

pytestmark = pytest.mark.django_db


def make_run(**changes: Any) -> ReportRun:
    at = now()
    values = {
        "code": "SAMPLE",
        "report_version": 1,
        "definition_sha256": "0" * 64,
        "parameters": {},
        "parameters_sha256": "0" * 64,
        "business_date": at.date(),
        "as_of": at,
        "known_at": 1,
        "requested_by": new_id(),
        "requester_kind": "PERSON",
        "series": "FIRM_SAMPLE",
    } | changes
    return ReportRun.objects.create(**values)


READY = {
    "state": "READY",
    "file_count": 1,
    "row_count": 0,
    "series_number": 1,
    "manifest_sha256": "1" * 64,
    "logical_sha256": "2" * 64,
    "finished_at": now(),
}
RUNNING = {"state": "RUNNING", "slot": 0, "lease_until": now(), "started_at": now()}
FAILED = {"state": "FAILED", "failure_code": "TIME_OUT", "finished_at": now()}


@pytest.mark.parametrize(
    ("values", "fact"),
    [
        (READY | {"file_count": 0}, "ready_run_has_files"),
        (READY | {"manifest_sha256": ""}, "ready_run_has_files"),
        (READY | {"row_count": None}, "ready_run_has_files"),
        (READY | {"series_number": None}, "ready_run_has_files"),
        ({"state": "QUEUED", "manifest_sha256": "1" * 64}, "ready_run_has_files"),
        (RUNNING | {"lease_until": None}, "running_run_has_lease"),
        (RUNNING | {"slot": None}, "running_run_has_lease"),
        ({"state": "QUEUED", "slot": 0}, "running_run_has_lease"),
        (FAILED | {"failure_code": ""}, "failed_run_says_why"),
        ({"state": "QUEUED", "failure_code": "TIME_OUT"}, "failed_run_says_why"),
        ({"state": "LOST"}, "report_state_is_known"),
        ({"requested_by": None}, "report_requester_is_named"),
        ({"known_at": -1}, "report_watermark_is_a_sequence"),
    ],
)
def test_a_run_that_cannot_be(values: dict[str, Any], fact: str) -> None:
    with pytest.raises(IntegrityError, match=fact):
        make_run(**values)


def test_one_choice_has_one_run_unless_it_failed() -> None:
    at = now()
    make_run(as_of=at, **FAILED)
    make_run(as_of=at)
    with pytest.raises(IntegrityError, match="report_is_run_once"):
        make_run(as_of=at)


def test_a_slot_holds_one_run() -> None:
    make_run(**RUNNING)
    with pytest.raises(IntegrityError, match="report_slot_is_used_once"):
        make_run(known_at=2, **RUNNING)


def test_a_place_in_a_series_is_taken_once() -> None:
    make_run(**READY)
    with pytest.raises(IntegrityError, match="report_series_counts_on"):
        make_run(known_at=2, **READY)


def make_file(run: ReportRun, **changes: Any) -> ReportFile:
    values = {
        "part": 1,
        "name": "a.csv",
        "format": "CSV",
        "byte_size": 1,
        "row_count": 0,
        "sha256": "a" * 64,
    } | changes
    return ReportFile.objects.create(run=run, **values)


@pytest.mark.parametrize(
    ("values", "fact"),
    [
        ({"sha256": "A" * 64}, "report_file_has_its_hash"),
        ({"row_count": 1}, "report_file_with_rows_has_keys"),
        ({"first_key": "[]", "last_key": "[]"}, "report_file_with_rows_has_keys"),
        ({"format": "XML"}, "report_format_is_known"),
        ({"format": "MANIFEST", "retained_until": now().date()}, "manifest_is_kept_for_ever"),
    ],
)
def test_a_file_that_cannot_be(values: dict[str, Any], fact: str) -> None:
    run = make_run()
    with pytest.raises(IntegrityError, match=fact):
        make_file(run, **values)


def test_a_file_is_written_once_and_never_changed() -> None:
    file = make_file(make_run())
    attempts: list[tuple[str, Callable[[], object]]] = [
        ("report_part_is_written_once", lambda: make_file(file.run, name="b.csv")),
        ("report_file_name_is_unique", lambda: make_file(file.run, part=2)),
        ("append-only", lambda: ReportFile.objects.update(sha256="b" * 64)),
        ("append-only", lambda: file.delete()),
    ]
    for words, attempt in attempts:
        with pytest.raises(IntegrityError, match=words), transaction.atomic():
            attempt()


def test_a_complete_download_has_ended() -> None:
    file = make_file(make_run())
    with pytest.raises(IntegrityError, match="complete_download_has_ended"):
        ReportDownload.objects.create(
            file=file, actor_kind="PERSON", actor_id=new_id(), begun_at=now(), is_complete=True
        )


def test_a_state_is_left_only_by_a_legal_move() -> None:
    run = make_run()
    with pytest.raises(ValueError, match="does not go from REQUESTED to RUNNING"):
        run.mark_running(slot=0, at=now(), lease_until=now() + timedelta(seconds=1))
    ready = make_run(known_at=2, **READY)
    with pytest.raises(ValueError, match="does not go from READY to FAILED"):
        ready.mark_failed(code="TIME_OUT", detail="", at=now())
