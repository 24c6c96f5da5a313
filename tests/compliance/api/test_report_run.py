"""GET /v1/report-runs/{id}: one run."""

from compliance.models import ReportRun
from core.clock import now
from tests.compliance.api.conftest import Desk
from tests.compliance.reporting import some_id
from tests.people import problem


def test_a_ready_run_lists_its_files_with_their_hashes(alder: Desk) -> None:
    run = alder.written()
    answer = alder.api.get(f"/report-runs/{run.pk}").json()
    assert (answer["status"], answer["row_count"]) == ("READY", run.row_count)
    assert answer["manifest_sha256"] == run.manifest_sha256
    assert sorted(file["format"] for file in answer["files"]) == ["CSV", "JSON_LINES", "MANIFEST", "SHEET_CSV"]
    assert all(len(file["sha256"]) == 64 for file in answer["files"])


def test_a_failed_run_says_why(alder: Desk) -> None:
    run = ReportRun.objects.get(pk=alder.ask().json()["id"])
    run.mark_running(slot=0, at=now(), lease_until=now())
    run.mark_failed(code="TOTALS_DIFFER", detail="rows_by_market", at=now())
    answer = alder.api.get(f"/report-runs/{run.pk}").json()
    assert (answer["status"], answer["failure_code"]) == ("FAILED", "TOTALS_DIFFER")


def test_a_run_of_somebody_else_does_not_exist(alder: Desk, birch: Desk) -> None:
    theirs = birch.ask().json()["id"]
    problem(alder.api.get(f"/report-runs/{theirs}"), 404, "NOT_FOUND")
    problem(alder.api.get(f"/report-runs/{some_id()}"), 404, "NOT_FOUND")
