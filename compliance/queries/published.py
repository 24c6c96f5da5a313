"""The checkpoints that were published, read back: which are ours, and which somebody made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from compliance.domain.damage import Damage, Finding
from compliance.domain.signed_note import Checkpoint, NoteMalformed, parse_note
from compliance.gateways.checkpoint_store import CheckpointStore, read_note
from compliance.gateways.note_signing import is_note_signed

Leaves = Callable[[int], list[bytes]]


@dataclass(frozen=True, slots=True)
class Published:
    """Checkpoints with a good signature, smallest first; findings about the others; and what tells the leaf hashes of a size."""

    good: tuple[Checkpoint, ...] = ()
    findings: tuple[Finding, ...] = ()
    leaves: Leaves = lambda _size: []


def read_published(place: Path, *, origin: str, public_keys: Sequence[bytes]) -> Published:
    """The checkpoints of a directory, or the one of a note's file. Raises `OSError` where nothing can be read."""
    if place.is_dir() or not place.exists():
        store = CheckpointStore(place)
        notes: list[tuple[int | None, str]] = [(size, store.note(size)) for size in store.sizes()]
        leaves: Leaves = store.leaves
    else:
        notes, leaves = [(None, read_note(place))], lambda _size: []
    good, findings = [], []
    for size, text in notes:
        read = _read(text, size, origin, public_keys)
        if isinstance(read, Finding):
            findings.append(read)
        else:
            good.append(read)
    return Published(tuple(good), tuple(findings), leaves)


def _read(text: str, size: int | None, origin: str, public_keys: Sequence[bytes]) -> Checkpoint | Finding:
    try:
        note = parse_note(text)
    except NoteMalformed as error:
        return Finding(size or 0, Damage.CHECKPOINT_FORGED, f"the checkpoint is no signed note: {error}")
    found = note.checkpoint
    if found.origin != origin or size not in (None, found.size):
        what = f"the checkpoint says {found.size} seals of {found.origin}, and is kept as another"
        return Finding(size or found.size, Damage.CHECKPOINT_FORGED, what)
    if not is_note_signed(note, public_keys):
        what = "the checkpoint is not signed by a known key, or was changed after it was"
        return Finding(found.size, Damage.CHECKPOINT_FORGED, what)
    return found
