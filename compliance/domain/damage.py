"""What can be wrong with the record, each kind by its name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Any

from core.domain.chain import Link, leaf_hash, record_hash


class Damage(StrEnum):
    """The kinds of damage."""

    EDITED = "EDITED"
    DELETED = "DELETED"
    INSERTED = "INSERTED"
    SWAPPED = "SWAPPED"
    UNSEALED = "UNSEALED"
    SEAL_EDITED = "SEAL_EDITED"
    SEAL_DELETED = "SEAL_DELETED"
    CHAIN_BROKEN = "CHAIN_BROKEN"
    KIND_SEQ_BROKEN = "KIND_SEQ_BROKEN"
    CLOCK_SET_BACK = "CLOCK_SET_BACK"
    TAIL_CUT = "TAIL_CUT"
    HEAD_CHANGED = "HEAD_CHANGED"
    CHAIN_REWRITTEN = "CHAIN_REWRITTEN"
    CHECKPOINT_FORGED = "CHECKPOINT_FORGED"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: at which seal (from 1), of which kind, in words.

    An inserted row has no seal; it is named by the seal of its kind that follows it in time.
    """

    seal_seq: int
    damage: Damage
    what: str


@dataclass(frozen=True, slots=True)
class Suspect:
    """A seal that does not fit, kept to see whether it was swapped with another: the seal, and its record where that was read."""

    link: Link
    damage: Damage
    record: dict[str, Any] | None


def leaf_of(link: Link) -> str:
    """The leaf hash that this seal has to have."""
    return leaf_hash(
        seal_seq=link.seal_seq,
        kind=link.kind,
        kind_seq=link.kind_seq,
        object_id=link.object_id,
        record=link.record_hash,
        sealed_at=link.sealed_at,
        prev=link.prev_leaf_hash,
    )


def find_swapped(suspects: Sequence[Suspect]) -> Iterator[tuple[Link, Link]]:
    """Pairs of suspects that explain each other: each is right in the other's place."""
    for one, other in combinations(suspects, 2):
        if one.damage is other.damage and (_records_fit if one.damage is Damage.EDITED else _seals_fit)(one, other):
            yield one.link, other.link


def _records_fit(one: Suspect, other: Suspect) -> bool:
    """Whether two rows exchanged all that they say, or their ids."""
    if one.record is None or other.record is None or one.link.kind != other.link.kind:
        return False
    here = record_hash(one.record | {"id": other.link.object_id})
    there = record_hash(other.record | {"id": one.link.object_id})
    return here == other.link.record_hash and there == one.link.record_hash


def _seals_fit(one: Suspect, other: Suspect) -> bool:
    """Whether two seals exchanged their places or a part of what they say."""
    return _fits(one.link, other.link) and _fits(other.link, one.link)


def _fits(link: Link, other: Link) -> bool:
    """Whether the seal's own leaf is right once one of its parts is taken from the other."""
    exchanged = (
        {"seal_seq": other.seal_seq},
        {"object_id": other.object_id},
        {"record_hash": other.record_hash},
        {"object_id": other.object_id, "record_hash": other.record_hash},
    )
    return any(leaf_of(link._replace(**parts)) == link.leaf_hash for parts in exchanged)
