"""GET /v1/report-runs/{id}/files/{name}: the bytes, on the record."""

import hashlib
from base64 import b64decode
from pathlib import Path

from compliance.gateways.installed import installed_store
from compliance.models import ReportDownload, ReportFile
from core.models import AuditEntry
from tests.compliance.api.conftest import Desk, desk
from tests.compliance.reporting import Day, content
from tests.people import problem


def test_the_bytes_come_with_their_hash_and_leave_a_trace(alder: Desk) -> None:
    run = alder.written()
    for file in ReportFile.objects.filter(run=run):
        answer = alder.api.get(f"/report-runs/{run.pk}/files/{file.name}")
        body = b"".join(answer.streaming_content)
        assert (answer.status_code, len(body)) == (200, int(answer["Content-Length"]))
        assert hashlib.sha256(body).hexdigest() == answer["X-Content-SHA256"] == file.sha256
        digest = answer["Content-Digest"].removeprefix("sha-256=:").removesuffix(":")
        assert b64decode(digest).hex() == file.sha256
        assert answer["Content-Disposition"] == f'attachment; filename="{file.name}"'
        assert answer["X-Content-Type-Options"] == "nosniff"
    assert content(run, installed_store()).startswith(b"entity,")
    downloads = ReportDownload.objects.all()
    assert {d.actor_id for d in downloads} == {alder.client.credential.credential_id}
    assert all(d.is_complete and d.bytes_sent == d.file.byte_size for d in downloads)
    assert AuditEntry.objects.filter(action="compliance.report_file.download").count() == len(downloads) == 4


def test_the_attempt_is_written_before_the_first_byte_and_stays_open_when_nobody_reads(alder: Desk) -> None:
    run = alder.written()
    name = ReportFile.objects.get(run=run, format="CSV").name
    answer = alder.api.get(f"/report-runs/{run.pk}/files/{name}")
    assert ReportDownload.objects.get().ended_at is None
    answer.close()
    assert not ReportDownload.objects.get().is_complete


def test_a_look_at_the_head_is_no_download(alder: Desk) -> None:
    run = alder.written()
    file = ReportFile.objects.get(run=run, format="CSV")
    answer = alder.api.request("HEAD", f"/report-runs/{run.pk}/files/{file.name}")
    assert (answer.status_code, answer["X-Content-SHA256"]) == (200, file.sha256)
    assert not ReportDownload.objects.exists()


def test_a_file_of_somebody_else_or_of_no_one_does_not_exist(alder: Desk, birch: Desk, day: Day) -> None:
    theirs = birch.written()
    name = ReportFile.objects.get(run=theirs, format="CSV").name
    problem(alder.api.get(f"/report-runs/{theirs.pk}/files/{name}"), 404, "NOT_FOUND")
    problem(birch.api.get(f"/report-runs/{theirs.pk}/files/other.csv"), 404, "NOT_FOUND")
    problem(
        desk(day, day.birch, ["orders:read"]).api.get(f"/report-runs/{theirs.pk}/files/{name}"), 403, "SCOPE_MISSING"
    )
    assert not ReportDownload.objects.exists()


def test_a_file_that_the_store_lost_is_gone_and_the_attempt_is_on_the_record(alder: Desk, tmp_path: Path) -> None:
    run = alder.written()
    file = ReportFile.objects.get(run=run, format="CSV")
    (tmp_path / "reports" / file.sha256[:2] / file.sha256).unlink()
    problem(alder.api.get(f"/report-runs/{run.pk}/files/{file.name}"), 410, "FILE_MISSING")
    download = ReportDownload.objects.get()
    assert (download.is_complete, download.bytes_sent) == (False, 0)
    assert download.ended_at is not None
