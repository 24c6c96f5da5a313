"""The proof that an audit entry is in the published record."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from compliance.domain.merkle import Frontier, ProofError, inclusion_path_beyond
from compliance.domain.proof import proof_document
from compliance.domain.signed_note import NoteMalformed, SignedNote, parse_note
from compliance.gateways.checkpoint_store import CheckpointStore
from compliance.queries.audit_entries import KIND
from core.domain.chain import Link, instant_text, record_hash
from core.domain.refusals import Refusal
from core.models import SealedRecord
from core.sealing import read_records

# Leaves between two checkpoints that a proof is made over: ten minutes of a busy house are far less.
MOST_LEAVES = 500_000


@dataclass(frozen=True, slots=True)
class Cover:
    """The first checkpoint that covers a seal: of ``size`` seals, the one before it had ``before``."""

    size: int
    before: int
    note: SignedNote


def get_seal(*, entry_id: UUID) -> SealedRecord | None:
    """The seal of an audit entry; none while it waits for it."""
    return SealedRecord.objects.filter(kind=KIND, object_id=entry_id).first()


def find_cover(seal_seq: int, store: CheckpointStore) -> Cover | None:
    """The first checkpoint that covers the seal; none where none does yet, or where it cannot be read."""
    sizes = store.sizes()
    size = next((each for each in sizes if each >= seal_seq), None)
    if size is None:
        return None
    try:
        note = parse_note(store.note(size))
    except (NoteMalformed, OSError):
        return None
    return Cover(size, max((each for each in sizes if each < size), default=0), note)


def prove_inclusion(*, entry_id: UUID, store: CheckpointStore) -> dict[str, Any]:
    """The proof of one audit entry under the first checkpoint that covers it, as a document for `check_proof`.

    Refuses an entry that waits for its seal (NOT_SEALED_YET) or for its checkpoint (NOT_PUBLISHED_YET), and what would be
    no proof: a chain that is not the one that was signed (CHAIN_DIFFERS), a checkpoint that is not whole
    (CHECKPOINT_UNUSABLE), more leaves since the checkpoint before than ``MOST_LEAVES`` (PROOF_TOO_LARGE).
    """
    seal = get_seal(entry_id=entry_id)
    if seal is None:
        raise Refusal("NOT_SEALED_YET", "The entry waits for its seal; it takes a second.", status=409)
    cover = find_cover(seal.seal_seq, store)
    if cover is None:
        raise Refusal("NOT_PUBLISHED_YET", f"Seal {seal.seal_seq} waits for the next checkpoint.", status=409)
    leaves = _leaves(cover)
    edge = _edge(cover, store)
    try:
        path = inclusion_path_beyond(edge, leaves, seal.seal_seq - 1)
    except ProofError as error:
        raise Refusal("CHAIN_DIFFERS", f"The seals are not those that were signed: {error}", status=409) from None
    for leaf in leaves:
        edge.append(leaf)
    if edge.root() != cover.note.checkpoint.root:
        raise Refusal("CHAIN_DIFFERS", "The seals are not those that were signed: run verify_audit.", status=409)
    record = read_records(KIND, [entry_id])[entry_id]
    if record_hash(record) != seal.record_hash:
        raise Refusal("CHAIN_DIFFERS", "The entry is not the one that was sealed: run verify_audit.", status=409)
    return proof_document(record=record, link=_link(seal), path=path, note=cover.note.text())


def _leaves(cover: Cover) -> list[bytes]:
    if cover.size - cover.before > MOST_LEAVES:
        raise Refusal("PROOF_TOO_LARGE", "Too many seals lie between two checkpoints.", status=409)
    between = SealedRecord.objects.filter(seal_seq__gt=cover.before, seal_seq__lte=cover.size).order_by("seal_seq")
    return [bytes.fromhex(leaf) for leaf in between.values_list("leaf_hash", flat=True)]


def _edge(cover: Cover, store: CheckpointStore) -> Frontier:
    if not cover.before:
        return Frontier()
    try:
        return Frontier(cover.before, store.edge(cover.before))
    except (ProofError, OSError, ValueError) as error:
        raise Refusal("CHECKPOINT_UNUSABLE", f"The one of {cover.before} seals: {error}", status=409) from None


def _link(seal: SealedRecord) -> Link:
    return Link(
        seal_seq=seal.seal_seq,
        kind=seal.kind,
        kind_seq=seal.kind_seq,
        object_id=str(seal.object_id),
        record_hash=seal.record_hash,
        sealed_at=instant_text(seal.sealed_at),
        prev_leaf_hash=seal.prev_leaf_hash,
        leaf_hash=seal.leaf_hash,
    )
