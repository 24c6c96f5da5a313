"""A report outgrows one file and goes on in the next; one that is empty still has a file with its head."""

import dataclasses
import hashlib
from collections.abc import Sequence

from compliance.domain.cells import CellPress, Cells
from compliance.domain.formats import FORMATS
from compliance.domain.formats.parted_file import PartedFile, PartFacts
from core.contracts import Format
from tests.compliance.sample_report import SAMPLE, sample_row


class MemorySink:
    """Keeps the bytes of each part."""

    def __init__(self) -> None:
        self.parts: list[bytearray] = []
        self.hashes: list[str] = []

    def open(self, _part: int) -> "MemorySink":
        self.parts.append(bytearray())
        return self

    def write(self, data: bytes, rows: Sequence[Cells]) -> None:
        self.parts[-1] += data

    def close(self, sha256: str) -> None:
        self.hashes.append(sha256)


def write(batches: list[int], **limits: int) -> tuple[MemorySink, list[PartFacts]]:
    sink, press, number = MemorySink(), CellPress(SAMPLE), 0
    written = dataclasses.replace(FORMATS[Format.CSV], **limits)
    parted = PartedFile(SAMPLE, Format.CSV, written, sink.open)
    for size in batches:
        parted.write([press.press(sample_row(number + at)) for at in range(size)])
        number += size
    return sink, parted.close()


def test_an_empty_report_is_a_file_with_its_head() -> None:
    sink, facts = write([])
    assert bytes(sink.parts[0]) == b"entity,number,note,amount,code,at,day,open\r\n"
    assert [(part.part, part.row_count, part.first_key) for part in facts] == [(1, 0, None)]


def test_a_part_ends_before_it_would_have_too_many_rows() -> None:
    sink, facts = write([3, 3, 3], most_rows=6)
    assert [part.row_count for part in facts] == [6, 3]
    assert [(part.first_key, part.last_key) for part in facts] == [('["0"]', '["5"]'), ('["6"]', '["8"]')]
    assert all(part.startswith(b"entity,") for part in sink.parts)


def test_a_part_ends_before_it_would_have_too_many_bytes() -> None:
    sink, facts = write([2, 2, 2], most_bytes=300)
    assert len(facts) == 3
    assert [part.byte_size for part in facts] == [len(part) for part in sink.parts]


def test_the_hash_of_a_part_is_of_all_its_bytes() -> None:
    sink, facts = write([3, 3, 3], most_rows=6)
    expected = [hashlib.sha256(part).hexdigest() for part in sink.parts]
    assert [part.sha256 for part in facts] == sink.hashes == expected
