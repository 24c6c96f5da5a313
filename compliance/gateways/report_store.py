"""Where report files are kept: each under the SHA-256 of its bytes, so that a file is never another one by
mistake.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path
from typing import Any

CHUNK_BYTES = 1 << 18

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_PART_NAME = re.compile(r"[A-Za-z0-9._-]{1,200}", re.ASCII)


class FileMissing(Exception):
    """The store has no such file: it was taken away, or never written."""


class PartFile:
    """A file while it is written. It is not part of the store until `close`: written through, then renamed
    to its hash.
    """

    def __init__(self, store: "ReportStore", path: Path) -> None:
        self._store = store
        self._path = path
        self._file = path.open("wb")

    def write(self, data: bytes, rows: Sequence[Any] = ()) -> None:
        """Append bytes."""
        self._file.write(data)

    def close(self, sha256: str) -> None:
        """Keep the file under `sha256`. It is on the disk when this returns."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._store.take_in(self._path, sha256)


class ReportStore:
    """A directory of files that are named by what is in them. Parts of unfinished runs stand apart, by run
    and attempt.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._parts = root / "parts"

    def open_part(self, run: str, name: str) -> PartFile:
        """Begin a file of a run; `name` only has to be its own within the run."""
        if not (_PART_NAME.fullmatch(run) and _PART_NAME.fullmatch(name)):
            raise ValueError(f"not a name of a part: {run}/{name}")
        directory = self._parts / run
        directory.mkdir(parents=True, exist_ok=True)
        return PartFile(self, directory / f"{name}.part")

    def keep(self, run: str, name: str, data: bytes) -> str:
        """Keep a small file whole; its SHA-256."""
        sha256 = hashlib.sha256(data).hexdigest()
        part = self.open_part(run, name)
        part.write(data)
        part.close(sha256)
        return sha256

    def take_in(self, path: Path, sha256: str) -> None:
        """Rename a finished part to its place. The same bytes may be there already: then nothing changes."""
        place = self._place(sha256)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)
        _sync_directory(place.parent)

    def drop_parts(self, run: str) -> None:
        """Remove what an attempt left unfinished."""
        shutil.rmtree(self._parts / run, ignore_errors=True)

    def open(self, sha256: str) -> BufferedReader:
        """The file for reading; raises `FileMissing`."""
        try:
            return self._place(sha256).open("rb")
        except FileNotFoundError as error:
            raise FileMissing(sha256) from error

    def read_chunks(self, sha256: str) -> Iterator[bytes]:
        """The file's bytes, a quarter of a MiB at a time; raises `FileMissing` before the first one."""
        with self.open(sha256) as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    def hash_again(self, sha256: str) -> str:
        """What the bytes that are kept under `sha256` hash to now; raises `FileMissing`."""
        with self.open(sha256) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _place(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise ValueError("not a SHA-256 in lower hex")
        return self._root / sha256[:2] / sha256


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
