"""Files lie under their hash; a part that nobody finished is not a file."""

import hashlib
from pathlib import Path

import pytest

from compliance.gateways.report_store import FileMissing, ReportStore


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def files_in(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_a_finished_part_is_read_back_under_its_hash(tmp_path: Path) -> None:
    store, data = ReportStore(tmp_path), b"entity\r\n" * 100_000
    part = store.open_part("run-1", "CSV.1")
    part.write(data[:10])
    part.write(data[10:])
    assert files_in(tmp_path) == ["parts/run-1/CSV.1.part"]
    part.close(digest(data))
    assert files_in(tmp_path) == [f"{digest(data)[:2]}/{digest(data)}"]
    assert b"".join(store.read_chunks(digest(data))) == data
    assert store.hash_again(digest(data)) == digest(data)


def test_the_same_bytes_are_kept_once(tmp_path: Path) -> None:
    store = ReportStore(tmp_path)
    assert store.keep("run-1", "m", b"x") == store.keep("run-2", "m", b"x")
    assert len(files_in(tmp_path)) == 1


def test_what_an_attempt_left_is_dropped_and_nothing_else(tmp_path: Path) -> None:
    store = ReportStore(tmp_path)
    kept = store.keep("run-1", "m", b"x")
    store.open_part("run-1", "CSV.1").write(b"half")
    store.open_part("run-2", "CSV.1").write(b"half")
    store.drop_parts("run-1")
    store.drop_parts("run-1")
    assert files_in(tmp_path) == [f"{kept[:2]}/{kept}", "parts/run-2/CSV.1.part"]


def test_a_file_that_was_taken_away_is_missing(tmp_path: Path) -> None:
    store = ReportStore(tmp_path)
    kept = store.keep("run-1", "m", b"x")
    (tmp_path / kept[:2] / kept).unlink()
    with pytest.raises(FileMissing):
        store.open(kept)
    with pytest.raises(FileMissing):
        next(store.read_chunks(kept))


def test_a_changed_file_no_longer_hashes_to_its_name(tmp_path: Path) -> None:
    store = ReportStore(tmp_path)
    kept = store.keep("run-1", "m", b"x")
    (tmp_path / kept[:2] / kept).write_bytes(b"y")
    assert store.hash_again(kept) == digest(b"y")


@pytest.mark.parametrize("name", ["../x", "a/b", "", "x" * 201])
def test_a_name_cannot_leave_the_store(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        ReportStore(tmp_path).open_part("run", name)
    with pytest.raises(ValueError, match="not a SHA-256"):
        ReportStore(tmp_path).open(name)
