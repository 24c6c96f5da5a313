"""Which rows of a file were refused, so that the same file again is refused where it was: what a client has changes, a replay
does not.

One small file for each pair of file and house. Lines are ascending, so it is read beside the rows and never held in memory.
"""

import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import IO

CHUNK_BYTES = 1 << 20


def file_sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


class RefusalJournal:
    """Asked for each line in its order: ``known_refusal`` says what an earlier run was told; ``note`` keeps a new refusal."""

    def __init__(self, directory: Path, file_hash: str, house: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        name = hashlib.sha256(f"{file_hash}|{house}".encode()).hexdigest()[:32]
        self._path = directory / f"{name}.refused"
        self._next: tuple[int, str] | None = None
        self._last = 0

    def __enter__(self) -> "RefusalJournal":
        self._path.touch()
        self._drop_half_line()
        self._old: IO[str] = self._path.open()
        self._new: IO[str] = self._path.open("a")
        self._until = os.fstat(self._old.fileno()).st_size
        self._advance()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._old.close()
        self._new.close()

    def known_refusal(self, line: int) -> str | None:
        """The code with which ``line`` was refused before; none if it was not."""
        while self._next is not None and self._next[0] < line:
            self._advance()
        return self._next[1] if self._next is not None and self._next[0] == line else None

    def note(self, line: int, code: str) -> None:
        if line > self._last:
            self._new.write(f"{line}\t{code}\n")
            self._new.flush()

    def _advance(self) -> None:
        text = self._old.readline() if self._old.tell() < self._until else ""
        if not text:
            self._next = None
            return
        line, _, code = text.strip().partition("\t")
        self._next, self._last = (int(line), code), int(line)

    def _drop_half_line(self) -> None:
        """A killed run may have left half a line."""
        data = self._path.read_bytes()[-200:]
        half = len(data) - (data.rfind(b"\n") + 1)
        if half:
            os.truncate(self._path, self._path.stat().st_size - half)
