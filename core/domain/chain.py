"""The arithmetic of the seals: hashes of records, leaves that name the one before."""

from datetime import datetime
from hashlib import sha256
from json.encoder import encode_basestring as _string
from typing import Any, NamedTuple

from core.domain.canonical import canonical_json

FIRST = "0" * 64
"""Stands for the leaf before the first."""


class Link(NamedTuple):
    """One seal. Hashes are lower hex, numbers count from 1."""

    seal_seq: int
    kind: str
    kind_seq: int
    object_id: str
    record_hash: str
    sealed_at: str
    prev_leaf_hash: str
    leaf_hash: str


def record_hash(record: dict[str, Any]) -> str:
    """SHA-256 of the record's canonical JSON."""
    return sha256(canonical_json(record)).hexdigest()


def instant_text(instant: datetime) -> str:
    """The instant as every record writes it: UTC with six digits and Z."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def leaf_hash(  # noqa: PLR0913 - a leaf has this many fields
    *, seal_seq: int, kind: str, kind_seq: int, object_id: str, record: str, sealed_at: str, prev: str
) -> str:
    """SHA-256 of 0x00 and the canonical JSON of the leaf: the leaf form of RFC 6962."""
    # What canonical_json would write, without its way through a dictionary: leaves are made and checked by the million.
    leaf = (
        f'{{"kind":{_string(kind)},"kind_seq":"{kind_seq}","object_id":{_string(object_id)},"prev":{_string(prev)}'
        f',"record_hash":{_string(record)},"seal_seq":"{seal_seq}","sealed_at":{_string(sealed_at)}}}'
    )
    return sha256(b"\x00" + leaf.encode()).hexdigest()
