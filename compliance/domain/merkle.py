"""The tree over the seals, as RFC 6962 builds it: a root says all leaves, a short path says that one is among them.

Leaves are leaf hashes (SHA-256 of 0x00 and the leaf's data, made by the sealer); a node is SHA-256 of 0x01, left and right.
All hashes are 32 bytes.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves."""


class ProofError(ValueError):
    """What is given is no hash, no position or no path of this tree."""


def node_hash(left: bytes, right: bytes) -> bytes:
    """The node over two."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree that grows at its right end and remembers nothing but its right edge: one hash for each bit set in its size.

    ``edge`` are the roots of its complete subtrees, largest first.
    """

    __slots__ = ("edge", "size")

    def __init__(self, size: int = 0, edge: Iterable[bytes] = ()) -> None:
        self.size = size
        self.edge = [_hash(each) for each in edge]
        if size < 0 or len(self.edge) != size.bit_count():
            raise ProofError(f"a tree of {size} leaves has {max(size, 0).bit_count()} hashes at its edge")

    def append(self, leaf: bytes) -> None:
        """Take in one more leaf. Amortised one hash."""
        node, rest = _hash(leaf), self.size
        while rest & 1:
            node = node_hash(self.edge.pop(), node)
            rest >>= 1
        self.edge.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root of all leaves so far."""
        if not self.edge:
            return EMPTY_ROOT
        node = self.edge[-1]
        for left in reversed(self.edge[:-1]):
            node = node_hash(left, node)
        return node


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over ``leaves``."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from the leaf at ``index`` (from 0) to the root, nearest first. Refuses an index outside."""
    if not 0 <= index < len(leaves):
        raise ProofError(f"there is no leaf {index} in a tree of {len(leaves)}")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_path(leaves[:split], index), root_of(leaves[split:])]
    return [*inclusion_path(leaves[split:], index - split), root_of(leaves[:split])]


def inclusion_path_beyond(edge: Frontier, leaves: Sequence[bytes], index: int) -> list[bytes]:
    """As `inclusion_path`, of a tree of which only the ``edge`` of its beginning and the ``leaves`` after it are known.

    Refuses a leaf that lies in the beginning: its neighbours are not known any more.
    """
    size = edge.size + len(leaves)
    if not edge.size <= index < size:
        raise ProofError(f"there is no leaf {index} between {edge.size} and {size}")
    known, at = {}, 0
    for node in edge.edge:
        # The largest power of two that is left: the edge holds one complete subtree for each bit of its size.
        width = 1 << ((edge.size - at).bit_length() - 1)
        known[at, width] = node
        at += width

    def root(low: int, width: int) -> bytes:
        if (low, width) in known:
            return known[low, width]
        if width == 1:
            return _hash(leaves[low - edge.size])
        split = _split(width)
        return node_hash(root(low, split), root(low + split, width - split))

    path, low, width = [], 0, size
    while width > 1:
        split = _split(width)
        if index < low + split:
            path.append(root(low + split, width - split))
            width = split
        else:
            path.append(root(low, split))
            low, width = low + split, width - split
    return path[::-1]


def consistency_path(leaves: Sequence[bytes], earlier: int) -> list[bytes]:
    """The hashes that show the tree of the first ``earlier`` leaves to be the beginning of this one.

    Refuses a beginning of none or of more than there are.
    """
    if not 0 < earlier <= len(leaves):
        raise ProofError(f"a tree of {len(leaves)} has no beginning of {earlier}")
    return _subproof(leaves, earlier, is_known=True)


def is_included(*, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether ``path`` leads from ``leaf`` at ``index`` to the ``root`` of a tree of ``size``.

    Refuses with ``ProofError``: a hash that is not 32 bytes, an index outside the tree, a path of another length.
    """
    if not 0 <= index < size:
        raise ProofError(f"there is no leaf {index} in a tree of {size}")
    node, position, last = _hash(leaf), index, size - 1
    _hash(root)
    for step in path:
        if last == 0:
            raise ProofError("the path is too long")
        if position & 1 or position == last:
            node = node_hash(_hash(step), node)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, _hash(step))
        position, last = position >> 1, last >> 1
    if last:
        raise ProofError("the path is too short")
    return node == root


def is_consistent(*, earlier: int, earlier_root: bytes, later: int, later_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether ``path`` shows the tree of ``earlier`` leaves to be the beginning of the one of ``later``.

    Refuses with ``ProofError``: a hash that is not 32 bytes, an earlier size of 0 or above the later, a path of another length.
    """
    if not 0 < earlier <= later:
        raise ProofError(f"a tree of {later} has no beginning of {earlier}")
    steps = [_hash(each) for each in path]
    if earlier == later:
        if steps:
            raise ProofError("the path is too long")
        return _hash(earlier_root) == _hash(later_root)
    if earlier.bit_count() == 1:
        steps.insert(0, _hash(earlier_root))
    if not steps:
        raise ProofError("the path is too short")
    old, new = _climb(earlier - 1, later - 1, steps)
    return old == _hash(earlier_root) and new == _hash(later_root)


def _climb(position: int, last: int, steps: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Both roots that a consistency path leads to: of the earlier tree and of the later."""
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise ProofError("the path is too long")
        if position & 1 or position == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, step)
        position, last = position >> 1, last >> 1
    if last:
        raise ProofError("the path is too short")
    return old, new


def _subproof(leaves: Sequence[bytes], earlier: int, *, is_known: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, 2.1.2; ``is_known`` while the earlier tree's root is that of these leaves' beginning."""
    if earlier == len(leaves):
        return [] if is_known else [root_of(leaves)]
    split = _split(len(leaves))
    if earlier <= split:
        return [*_subproof(leaves[:split], earlier, is_known=is_known), root_of(leaves[split:])]
    return [*_subproof(leaves[split:], earlier - split, is_known=False), root_of(leaves[:split])]


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1


def _hash(value: bytes) -> bytes:
    if len(value) != HASH_BYTES:
        raise ProofError(f"a hash of {len(value)} bytes")
    return value
