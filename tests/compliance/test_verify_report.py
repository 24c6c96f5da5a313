"""A file, a manifest or a signature that somebody touched is found, and so is one that somebody took away."""

from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection, transaction

from compliance.contracts import Verification
from compliance.domain.failures import ReportFailed
from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.report_store import ReportStore
from compliance.models import ReportFile, ReportRun
from compliance.operations.verify_report import verify_report
from core.clock import now
from core.models import AuditEntry
from core.operations.record_audit import SYSTEM
from tests.compliance.reporting import PERSON, balances, seal, trading_day, trail, write

pytestmark = pytest.mark.django_db(transaction=True)


def place_of(tmp_path: Path, sha256: str) -> Path:
    return tmp_path / "reports" / sha256[:2] / sha256


def verify(run: ReportRun, store: ReportStore, keys: ManifestKeys) -> Verification:
    return verify_report(run_id=run.pk, actor=PERSON, store=store, keys=keys, at=now())


def as_owner(statement: str, *values: object) -> None:
    """Past the guards, as somebody with the database's own keys could."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)


@pytest.fixture
def run(store: ReportStore, keys: ManifestKeys) -> ReportRun:
    day = trading_day()
    seal()
    write(trail(day, known_at=0), store, keys)
    return write(trail(day), store, keys)


def test_untouched_it_is_the_same_and_the_check_is_on_the_record(
    run: ReportRun, store: ReportStore, keys: ManifestKeys
) -> None:
    assert verify(run, store, keys) == Verification(result="SAME")
    entry = AuditEntry.objects.get(action="compliance.report_run.verify")
    assert (entry.actor_id, entry.object_id) == (PERSON.id, str(run.pk))
    assert entry.changes[0]["after"] == "SAME"


@pytest.mark.parametrize("form", ["CSV", "SHEET_CSV", "JSON_LINES"])
def test_one_flipped_byte_of_a_file_is_found_with_its_row(
    run: ReportRun, store: ReportStore, keys: ManifestKeys, tmp_path: Path, form: str
) -> None:
    file = ReportFile.objects.get(run=run, format=form)
    path = place_of(tmp_path, file.sha256)
    data = bytearray(path.read_bytes())
    at = len(data) - 40
    data[at] ^= 1
    path.write_bytes(data)
    found = verify(run, store, keys)
    assert (found.result, found.file, found.byte, found.row) == ("DIFFERENT", file.name, at, run.row_count)


def test_a_cut_tail_is_found(run: ReportRun, store: ReportStore, keys: ManifestKeys, tmp_path: Path) -> None:
    path = place_of(tmp_path, ReportFile.objects.get(run=run, format="CSV").sha256)
    path.write_bytes(path.read_bytes()[:-1])
    found = verify(run, store, keys)
    assert (found.result, found.byte, found.row) == ("DIFFERENT", path.stat().st_size, run.row_count)


def test_a_flipped_byte_of_the_manifest_or_its_signature_is_found(
    run: ReportRun, store: ReportStore, keys: ManifestKeys, tmp_path: Path
) -> None:
    path = place_of(tmp_path, run.manifest_sha256)
    whole = path.read_bytes()
    for at in (20, len(whole) - 10):
        data = bytearray(whole)
        data[at] ^= 1
        path.write_bytes(data)
        found = verify(run, store, keys)
        assert (found.result, found.detail) == ("DIFFERENT", "The manifest was changed.")


def test_a_manifest_replaced_together_with_its_hash_lacks_the_signature(
    run: ReportRun, store: ReportStore, keys: ManifestKeys, tmp_path: Path
) -> None:
    stranger = ManifestKeys(tmp_path / "stranger", may_create=True)
    body = (place_of(tmp_path, run.manifest_sha256)).read_bytes()
    from compliance.domain.manifest import manifest_bytes, read_manifest

    signed = read_manifest(body)
    forged = manifest_bytes(
        signed.body | {"key_id": stranger.current_id()},
        stranger.sign(signed.signed),
    )
    sha256 = store.keep("forged", "MANIFEST", forged)
    as_owner("UPDATE compliance_reportrun SET manifest_sha256 = %s WHERE id = %s", sha256, run.pk)
    found = verify(run, store, keys)
    assert (found.result, found.detail) == ("DIFFERENT", "The manifest is not signed by a known key.")


def test_a_missing_file_and_a_dropped_manifest_of_the_series_are_found(
    run: ReportRun, store: ReportStore, keys: ManifestKeys, tmp_path: Path
) -> None:
    before = place_of(tmp_path, run.previous_manifest_sha256)
    kept = before.read_bytes()
    before.unlink()
    assert verify(run, store, keys).detail == "The manifest before this one in the series is not in the store."
    before.write_bytes(kept)
    first = ReportRun.objects.get(series=run.series, series_number=1)
    for table, column in [("compliance_reportfile", "run_id"), ("compliance_reportrun", "id")]:
        as_owner(f"DELETE FROM {table} WHERE {column} = %s", first.pk)
    found = verify(run, store, keys)
    assert (found.result, found.detail) == ("MISSING", "The manifest before this one in the series is not known.")
    place_of(tmp_path, ReportFile.objects.get(run=run, format="CSV").sha256).unlink()
    assert verify(run, store, keys).result == "MISSING"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trading_orderevent SET last_price = last_price + 1 WHERE kind = 'TRADED'",
        "UPDATE trading_orderevent SET reason = 'TIME_REACHED' WHERE kind = 'CANCELLED'",
    ],
)
def test_a_record_that_was_changed_under_its_seal_is_found(
    run: ReportRun, store: ReportStore, keys: ManifestKeys, statement: str
) -> None:
    as_owner(statement)
    found = verify(run, store, keys)
    assert found.result == "DIFFERENT"
    assert found.row is not None and found.row > 0


def test_a_record_that_no_longer_adds_up_cannot_be_made_again(
    run: ReportRun, store: ReportStore, keys: ManifestKeys
) -> None:
    as_owner("UPDATE trading_trade SET base_amount = base_amount + 1, quote_amount = price * (base_amount + 1)")
    found = verify(run, store, keys)
    assert found.result == "DIFFERENT"
    assert "TOTALS_DIFFER" in found.detail


def test_a_report_whose_totals_differ_is_not_written(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    as_owner("UPDATE trading_trade SET base_amount = base_amount + 1, quote_amount = price * (base_amount + 1)")
    run = write(trail(day), store, keys)
    assert (run.state, run.failure_code) == ("FAILED", "TOTALS_DIFFER")
    assert "executed_by_market_and_side" in run.failure_detail
    assert not ReportFile.objects.filter(run=run).exists()


def test_a_report_with_a_wrong_cell_is_not_written(store: ReportStore, keys: ManifestKeys) -> None:
    day = trading_day()
    seal()
    as_owner("UPDATE settlement_posting SET amount = amount + 0.000000001 WHERE asset_id = %s", day.world.btc.pk)
    run = write(balances(day), store, keys)
    assert (run.state, run.failure_code) == ("FAILED", "CELL_INVALID")
    assert "Balance: a digit beyond the scale of 8" in run.failure_detail


def test_a_run_of_another_definition_is_checked_by_its_bytes_only(
    run: ReportRun, store: ReportStore, keys: ManifestKeys
) -> None:
    as_owner("UPDATE compliance_reportrun SET definition_sha256 = %s WHERE id = %s", "0" * 64, run.pk)
    assert verify(run, store, keys).result == "VERSION_GONE"


def test_a_failure_says_its_code_and_its_place() -> None:
    failure = ReportFailed("TOTALS_DIFFER", "rows")
    assert str(failure) == "TOTALS_DIFFER: rows"
    assert SYSTEM.id is None and isinstance(PERSON.id, UUID)
