"""Where checkpoints are kept outside the database: a directory that is only ever added to.

For each checkpoint of size N three files, named by N in twelve digits: `N.leaves` (the leaf hashes since the checkpoint before,
one a line), `N.edge` (the right edge of the tree) and `N.note`, written last: without its note a checkpoint does not exist.
Copy the directory to a place that this host cannot rewrite.
"""

import contextlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from core.ids import new_id

_NOTE = re.compile(r"([0-9]{12,18})\.note", re.ASCII)
MOST_NOTE_BYTES = 4_096


class CheckpointStore:
    """Checkpoints in a directory. What is there is never written again."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def sizes(self) -> list[int]:
        """The sizes of all checkpoints, smallest first. A directory that is not there has none."""
        if not self._directory.is_dir():
            return []
        found = (_NOTE.fullmatch(path.name) for path in self._directory.iterdir())
        return sorted(int(match[1]) for match in found if match)

    def note(self, size: int) -> str:
        """The text of the note of this size."""
        return read_note(self._path(size, "note"))

    def edge(self, size: int) -> list[bytes]:
        """The right edge that was kept with it; nobody has signed it, so fold it and compare with the note."""
        return _read_hashes(self._path(size, "edge"))

    def leaves(self, size: int) -> list[bytes]:
        """The leaf hashes from the checkpoint before up to this one, as they were when it was signed; none where none are."""
        path = self._path(size, "leaves")
        return _read_hashes(path) if path.exists() else []

    def append(self, size: int, *, note: str, edge: Sequence[bytes], leaves: Sequence[bytes]) -> None:
        """Keep one more. On the disk when this returns; one of the same size that is there already stays as it is."""
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o750)
        self._write_once(self._path(size, "leaves"), _lines(leaves))
        self._write_once(self._path(size, "edge"), _lines(edge))
        self._write_once(self._path(size, "note"), note.encode())
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _path(self, size: int, ending: str) -> Path:
        return self._directory / f"{size:012d}.{ending}"

    def _write_once(self, path: Path, data: bytes) -> None:
        fresh = path.with_name(f".{new_id()}.fresh")
        with fresh.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()


def read_note(path: Path) -> str:
    """The text of a note; only as much as a note can have."""
    with path.open("rb") as file:
        return file.read(MOST_NOTE_BYTES).decode("utf-8", errors="replace")


def _lines(hashes: Sequence[bytes]) -> bytes:
    return "".join(f"{each.hex()}\n" for each in hashes).encode()


def _read_hashes(path: Path) -> list[bytes]:
    """The hashes of a file, one a line; raises `ValueError` where a line is none."""
    return [bytes.fromhex(line) for line in path.read_text("ascii").splitlines()]
