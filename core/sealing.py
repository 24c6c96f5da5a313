"""What is sealed. Each app says how its kind of record reads; core imports none of them."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

Record = dict[str, Any]
Reader = Callable[[Sequence[UUID]], dict[UUID, Record]]

_readers: dict[str, Reader] = {}
_tables: dict[str, str] = {}


def register_sealed_kind(kind: str, reader: Reader, *, table: str) -> None:
    """``reader`` answers, for ids of ``kind``, their records in the form of canonical JSON: strings, booleans and null only;
    an id whose row is gone is left out. Every row of ``table`` is a record of this kind, under its ``id``.
    """
    _readers[kind] = reader
    _tables[kind] = table


def read_records(kind: str, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The records of ``ids``. A kind that nobody registered is a bug."""
    return _readers[kind](ids)


def sealed_kinds() -> list[str]:
    return sorted(_readers)


def sealed_tables() -> dict[str, str]:
    """Kind -> the table whose rows are its records."""
    return dict(_tables)
