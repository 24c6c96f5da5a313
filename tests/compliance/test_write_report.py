"""From a wish to files that anyone can make again."""

import threading
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from compliance.domain.manifest import read_manifest
from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.report_store import ReportStore
from compliance.models import ReportFile, ReportRun
from compliance.operations.requeue_reports import requeue_reports
from compliance.operations.verify_report import verify_report
from compliance.operations.write_report import LeaseLost, write_report
from core.clock import now
from core.domain.refusals import Refusal
from core.models import AuditEntry
from core.operations.record_audit import SYSTEM
from tests.compliance.reporting import (
    PERSON,
    balances,
    content,
    hashes,
    lines,
    rows,
    seal,
    trading_day,
    trail,
    write,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_wish_becomes_files_and_a_signed_manifest(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    run = write(trail(day, reason="The examiner asked."), store, keys)
    assert (run.state, run.file_count, run.slot, run.lease_until) == ("READY", 3, None, None)
    names = sorted(ReportFile.objects.filter(run=run).values_list("name", flat=True))
    base = f"FIRM_ORDER_AUDIT_TRAIL_{day.date:%Y%m%d}_v02"
    assert names == [f"{base}.manifest.json", f"{base}_0001.csv", f"{base}_0001.jsonl", f"{base}_0001.sheet.csv"]
    manifest = read_manifest(content(run, store, "MANIFEST", 0))
    assert keys.is_signed(manifest.key_id, manifest.signed, bytes.fromhex(manifest.signature))
    report = manifest.body["report"]
    assert report["row_count"] == str(len(rows(run, store))) == str(len(lines(run, store)))
    assert report["logical_sha256"] == run.logical_sha256
    assert report["known_at"] == str(run.known_at)
    assert report["market_sequences"] == {"BTC-USD": rows(run, store)[-1]["market_sequence"]}
    assert [file["sha256"] for file in report["files"]] == [
        ReportFile.objects.get(run=run, name=file["name"]).sha256 for file in report["files"]
    ]
    assert manifest.body["run"]["requested_by"] == str(PERSON.id)
    assert AuditEntry.objects.filter(action="compliance.report_run.request", reason="The examiner asked.").exists()
    written = AuditEntry.objects.get(action="compliance.report_run.write")
    assert written.changes[0]["after"] == run.manifest_sha256


def test_the_same_choice_is_the_same_run_and_a_failed_one_does_not_count() -> None:
    day = trading_day()
    seal()
    at = now()
    first = trail(day, as_of=at, known_at=5)
    assert trail(day, as_of=at, known_at=5) == first
    assert trail(day, as_of=at, known_at=6) != first
    run = ReportRun.objects.get(pk=first)
    run.mark_running(slot=0, at=at, lease_until=at)
    run.mark_failed(code="TIME_OUT", detail="", at=at)
    assert trail(day, as_of=at, known_at=5) != first


def test_made_again_it_has_the_same_bytes(store: ReportStore, keys: ManifestKeys, tmp_path) -> None:
    day = trading_day()
    seal()
    at = now()
    for run_id in (trail(day, as_of=at), balances(day, as_of=at)):
        first = write(run_id, store, keys)
        before, logical = hashes(first), first.logical_sha256
        # The same run, as if it had never been written, in another store.
        ReportRun.objects.filter(pk=run_id).update(
            state="QUEUED", file_count=0, row_count=None, series_number=None, manifest_sha256="", logical_sha256="",
            finished_at=None,
        )  # fmt: skip
        _forget_files(run_id)
        again = write(run_id, ReportStore(tmp_path / "other"), keys)
        assert (hashes(again), again.logical_sha256) == (before, logical)
        found = verify_report(run_id=run_id, actor=SYSTEM, store=ReportStore(tmp_path / "other"), keys=keys, at=at)
        assert found.result == "SAME"


def _forget_files(run_id: UUID) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM compliance_reportfile WHERE run_id = %s", [run_id])


def test_an_empty_result_is_a_nil_report(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    run = write(trail(day, known_at=0), store, keys)
    assert (run.state, run.row_count) == ("READY", 0)
    assert content(run, store).startswith(b"entity,order_id,")
    assert content(run, store).count(b"\r\n") == 1
    assert content(run, store, "JSON_LINES") == b""
    assert verify_report(run_id=run.pk, actor=SYSTEM, store=store, keys=keys, at=now()).result == "SAME"


def test_manifests_of_a_series_are_numbered_and_name_the_one_before(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    first, second = (write(trail(day, known_at=known_at), store, keys) for known_at in (1, 2))
    assert (first.series_number, first.previous_manifest_sha256) == (1, "")
    assert (second.series_number, second.previous_manifest_sha256) == (2, first.manifest_sha256)
    other = write(balances(day), store, keys)
    assert other.series_number == 1


def test_two_runs_of_a_series_that_finish_together_take_one_number_after_the_other(
    store: ReportStore, keys: ManifestKeys
) -> None:
    day = trading_day()
    seal()
    first, second = trail(day, known_at=1), trail(day, known_at=2)
    taken, done = threading.Event(), threading.Event()

    def finish_first() -> None:
        try:
            with transaction.atomic():
                ReportRun.objects.filter(pk=first).update(
                    state="READY", file_count=1, row_count=0, series_number=1, manifest_sha256="1" * 64,
                    logical_sha256="2" * 64, finished_at=now(),
                )  # fmt: skip
                taken.set()
                # The other run meets the number that is taken and not yet committed.
                done.wait(0.5)
        finally:
            connection.close()

    thread = threading.Thread(target=finish_first)
    thread.start()
    assert taken.wait(10)
    run = write(second, store, keys)
    done.set()
    thread.join()
    assert (run.series_number, run.previous_manifest_sha256) == (2, "1" * 64)


def test_a_worker_that_is_lost_gives_the_run_back_and_changes_nothing_any_more(
    store: ReportStore, keys: ManifestKeys
) -> None:
    day = trading_day()
    seal()
    run_id = trail(day)
    at = now()
    run = ReportRun.objects.get(pk=run_id)
    run.mark_running(slot=0, at=at, lease_until=at + timedelta(seconds=360))
    store.open_part(f"{run_id}.1", "CSV.0001").write(b"half")
    assert requeue_reports(at=at + timedelta(seconds=359)) == []
    assert requeue_reports(at=at + timedelta(seconds=361)) == [run_id]
    ready = write(run_id, store, keys)
    assert (ready.state, ready.attempt) == ("READY", 2)
    assert not list(store._root.rglob("*.part"))
    from compliance.operations.write_report import _Attempt

    with pytest.raises(LeaseLost):
        _Attempt(run, store, now).renew(1, 2)


def test_a_worker_whose_lease_was_given_away_meanwhile_stops(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    run_id = trail(day)
    calls = 0

    def clock() -> datetime:
        nonlocal calls
        calls += 1
        if calls == 2:
            ReportRun.objects.filter(pk=run_id).update(attempt=2)
        return now()

    assert not write_report(run_id=run_id, store=store, keys=keys, clock=clock)
    run = ReportRun.objects.get(pk=run_id)
    assert (run.state, run.attempt, run.rows_done) == ("RUNNING", 2, 0)
    assert not ReportFile.objects.exists()
    assert not list(store._root.rglob("*.part"))


def test_a_query_that_takes_too_long_fails_the_run(store: ReportStore, keys: ManifestKeys, settings) -> None:
    day = trading_day()
    seal()
    settings.REPORT_STATEMENT_MILLIS = 1
    run = write(trail(day), store, keys)
    assert (run.state, run.failure_code) == ("FAILED", "TIME_OUT")


def test_only_so_many_runs_are_written_at_a_time(store: ReportStore, keys: ManifestKeys, settings) -> None:
    day = trading_day()
    seal()
    settings.REPORT_CONCURRENT_RUNS = 1
    waiting, busy = trail(day, known_at=1), trail(day, known_at=2)
    at = now()
    ReportRun.objects.get(pk=busy).mark_running(slot=0, at=at, lease_until=at + timedelta(seconds=360))
    assert requeue_reports(at=at) == []
    assert not write_report(run_id=waiting, store=store, keys=keys, clock=now)
    assert ReportRun.objects.get(pk=waiting).state == "QUEUED"
    settings.REPORT_CONCURRENT_RUNS = 2
    assert requeue_reports(at=at) == [waiting]
    assert write(waiting, store, keys).state == "READY"


def test_a_run_that_kills_its_workers_fails(settings) -> None:
    day = trading_day()
    seal()
    run_id = trail(day)
    for _ in range(settings.REPORT_MOST_ATTEMPTS):
        assert requeue_reports(at=now()) == [run_id]
        ReportRun.objects.get(pk=run_id).mark_running(slot=0, at=now(), lease_until=now())
    assert requeue_reports(at=now()) == []
    run = ReportRun.objects.get(pk=run_id)
    assert (run.state, run.failure_code) == ("FAILED", "WORKER_LOST")


def test_a_finished_run_is_not_written_again(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    run = write(trail(day), store, keys)
    assert not write_report(run_id=run.pk, store=store, keys=keys, clock=now)
    assert not (store._root / "parts" / f"{run.pk}.1").exists()


def test_what_cannot_be_asked_is_refused() -> None:
    day = trading_day()
    seal()
    tomorrow = str(day.date + timedelta(days=1))
    for options, pointer in [
        ({"chosen": {"to_date": tomorrow}}, "/parameters/to_date"),
        ({"as_of": now() + timedelta(hours=1)}, "/as_of"),
        ({"known_at": 10_000}, "/known_at"),
        ({"known_at": -1}, "/known_at"),
    ]:
        with pytest.raises(Refusal) as refused:
            trail(day, **options)
        assert (refused.value.code, refused.value.errors[0].pointer) == ("REQUEST_INVALID", pointer)
    with pytest.raises(Refusal, match="NOT_FOUND"):
        trail(day, chosen={"entity": str(day.alder.profile_id)})
    with pytest.raises(Refusal, match="NOT_FOUND"):
        trail(day, entity_id=day.alder.entity_id, chosen={"entity": str(day.birch.entity_id)})


def test_a_run_that_is_not_ready_is_not_verified(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    with pytest.raises(Refusal, match="REPORT_NOT_READY"):
        verify_report(run_id=trail(day), actor=SYSTEM, store=store, keys=keys, at=now())


def test_the_command_says_same_and_fails_on_anything_else(settings, tmp_path, capsys) -> None:
    settings.REPORT_DIR, settings.REPORT_KEYS_DIR = tmp_path / "reports", tmp_path / "keys"
    store, keys = ReportStore(tmp_path / "reports"), ManifestKeys(tmp_path / "keys", may_create=True)
    day = trading_day()
    seal()
    run = write(trail(day), store, keys)
    call_command("verify_report", str(run.pk))
    assert capsys.readouterr().out == "same\n"
    file = ReportFile.objects.get(run=run, format="CSV")
    (tmp_path / "reports" / file.sha256[:2] / file.sha256).unlink()
    with pytest.raises(CommandError, match=f"missing {file.name}: The file is not in the store"):
        call_command("verify_report", str(run.pk))
