"""One hash for the content of a report, whatever it is written as."""

import hashlib
from collections.abc import Iterable
from json import JSONEncoder

from compliance.domain.cells import Cells

_ENCODER = JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class LogicalHash:
    """SHA-256 over the rows in order, each as the canonical JSON array of its cells followed by a line feed.

    Equal across formats, parts and versions of the libraries that write them.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, rows: Iterable[Cells]) -> None:
        """Take the next rows."""
        encode = _ENCODER.encode
        self._hash.update("".join([encode(row) + "\n" for row in rows]).encode())

    def hexdigest(self) -> str:
        """Lower hex of all rows so far."""
        return self._hash.hexdigest()
