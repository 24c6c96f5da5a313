"""The proof that one record is in the sealed record: a document that anybody can check with a public key and nothing else.

It holds the record as it was sealed, its seal, the path from the seal's leaf to the root of a checkpoint, and that checkpoint as
it was signed.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compliance.domain.damage import leaf_of
from compliance.domain.merkle import ProofError, is_included
from compliance.domain.signed_note import NoteMalformed, SignedNote, parse_note
from core.domain.chain import Link, record_hash

KIND = "countinghouse/inclusion/1"
MOST_BYTES = 1_048_576
# A tree of 2^64 leaves has paths of this length.
LONGEST_PATH = 64
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_PARTS = {"proof", "record", "seal", "leaf_hash", "path", "checkpoint"}
_SEAL_PARTS = {"kind", "kind_seq", "object_id", "prev", "record_hash", "seal_seq", "sealed_at"}


class ProofRefused(ValueError):
    """The document proves nothing; says why."""


@dataclass(frozen=True, slots=True)
class Proved:
    """What a good proof shows: this record has this number among the first ``size`` seals of ``origin``."""

    record: Mapping[str, Any]
    link: Link
    origin: str
    size: int


def proof_document(*, record: Mapping[str, Any], link: Link, path: Sequence[bytes], note: str) -> dict[str, Any]:
    """The proof as it is handed out: strings, lists and null only."""
    return {
        "proof": KIND,
        "record": dict(record),
        "seal": {
            "kind": link.kind,
            "kind_seq": str(link.kind_seq),
            "object_id": link.object_id,
            "prev": link.prev_leaf_hash,
            "record_hash": link.record_hash,
            "seal_seq": str(link.seal_seq),
            "sealed_at": link.sealed_at,
        },
        "leaf_hash": link.leaf_hash,
        "path": [each.hex() for each in path],
        "checkpoint": note,
    }


def check_proof(text: bytes, *, is_signed: Callable[[SignedNote], bool]) -> Proved:
    """What the document proves. Refuses with ``ProofRefused`` whatever is not whole: another form, a record that is not the
    sealed one, a leaf that is not of this seal, a checkpoint that ``is_signed`` does not believe, a path that does not lead
    to its root.
    """
    document = _read(text)
    link = _link(document)
    if _record_hash(document["record"]) != link.record_hash:
        raise ProofRefused("the record is not the one that was sealed")
    if leaf_of(link) != link.leaf_hash:
        raise ProofRefused("the leaf is not that of the seal")
    note = _note(document["checkpoint"])
    if not is_signed(note):
        raise ProofRefused("the checkpoint is not signed by a key that is believed, or was changed after it was")
    _check_path(link, document["path"], note)
    return Proved(document["record"], link, note.checkpoint.origin, note.checkpoint.size)


def _read(text: bytes) -> dict[str, Any]:
    if len(text) > MOST_BYTES:
        raise ProofRefused("the file is larger than a proof can be")
    try:
        document = json.loads(text.decode("utf-8"), object_pairs_hook=_once)
        # A lone surrogate is text to JSON, and has no bytes that could be hashed.
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise ProofRefused(f"not JSON: {error}") from None
    if not isinstance(document, dict) or set(document) != _PARTS or document["proof"] != KIND:
        raise ProofRefused(f"not a proof of the form {KIND}")
    if not isinstance(document["record"], dict):
        raise ProofRefused("there is no record in it")
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _link(document: Mapping[str, Any]) -> Link:
    seal = document["seal"]
    if (
        not isinstance(seal, dict)
        or set(seal) != _SEAL_PARTS
        or not all(isinstance(each, str) for each in seal.values())
    ):
        raise ProofRefused("there is no seal in it")
    hashes = (seal["prev"], seal["record_hash"], document["leaf_hash"])
    if not all(isinstance(each, str) and _HASH.fullmatch(each) for each in hashes):
        raise ProofRefused("a hash is not 32 bytes")
    if not (_NUMBER.fullmatch(seal["seal_seq"]) and _NUMBER.fullmatch(seal["kind_seq"])):
        raise ProofRefused("the seal has no number")
    return Link(
        seal_seq=int(seal["seal_seq"]),
        kind=seal["kind"],
        kind_seq=int(seal["kind_seq"]),
        object_id=seal["object_id"],
        record_hash=seal["record_hash"],
        sealed_at=seal["sealed_at"],
        prev_leaf_hash=seal["prev"],
        leaf_hash=document["leaf_hash"],
    )


def _record_hash(record: Mapping[str, Any]) -> str:
    try:
        return record_hash(dict(record))
    except TypeError as error:
        raise ProofRefused(f"the record is not canonical: {error}") from None


def _note(text: Any) -> SignedNote:
    try:
        return parse_note(text if isinstance(text, str) else "")
    except NoteMalformed as error:
        raise ProofRefused(f"the checkpoint is no signed note: {error}") from None


def _check_path(link: Link, path: Any, note: SignedNote) -> None:
    if not isinstance(path, list) or len(path) > LONGEST_PATH:
        raise ProofRefused("there is no path in it")
    if not all(isinstance(each, str) and _HASH.fullmatch(each) for each in path):
        raise ProofRefused("a hash of the path is not 32 bytes")
    try:
        is_there = is_included(
            leaf=bytes.fromhex(link.leaf_hash),
            index=link.seal_seq - 1,
            size=note.checkpoint.size,
            path=[bytes.fromhex(each) for each in path],
            root=note.checkpoint.root,
        )
    except ProofError as error:
        raise ProofRefused(str(error)) from None
    if not is_there:
        raise ProofRefused("the path does not lead to the root of the checkpoint")
