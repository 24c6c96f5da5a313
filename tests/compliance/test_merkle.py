"""The tree's arithmetic: every true proof verifies, and no other does."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.domain.merkle import (
    EMPTY_ROOT,
    Frontier,
    ProofError,
    consistency_path,
    inclusion_path,
    is_consistent,
    is_included,
    root_of,
)

LEAVES = [sha256(b"\x00" + str(number).encode()).digest() for number in range(257)]
ROOTS = [root_of(LEAVES[:size]) for size in range(258)]
# The reference tree of RFC 6962's implementations: eight inputs, and the roots of their beginnings.
KNOWN_INPUTS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
KNOWN_ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def plain_root(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962, 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + plain_root(leaves[:split]) + plain_root(leaves[split:])).digest()


def test_the_roots_of_the_known_tree() -> None:
    leaves = [sha256(b"\x00" + bytes.fromhex(each)).digest() for each in KNOWN_INPUTS]
    assert {size: root_of(leaves[:size]).hex() for size in KNOWN_ROOTS} == KNOWN_ROOTS


def test_roots_grown_leaf_by_leaf_are_those_of_the_definition() -> None:
    assert [plain_root(LEAVES[:size]) for size in range(258)] == ROOTS
    assert ROOTS[0] == EMPTY_ROOT


def test_every_leaf_of_every_size_has_a_path_that_verifies_and_no_longer_or_shorter_one_does() -> None:
    tried = 0
    for size in range(1, 258):
        for index in {0, 1, size // 2, size - 2, size - 1} & set(range(size)):
            path = inclusion_path(LEAVES[:size], index)
            proof = {"index": index, "size": size, "root": ROOTS[size]}
            assert is_included(leaf=LEAVES[index], path=path, **proof)
            assert not is_included(leaf=LEAVES[(index + 1) % 257], path=path, **proof)
            with pytest.raises(ProofError, match="too long"):
                is_included(leaf=LEAVES[index], path=[*path, LEAVES[0]], **proof)
            if path:
                with pytest.raises(ProofError, match="too short"):
                    is_included(leaf=LEAVES[index], path=path[:-1], **proof)
            tried += 1
    assert tried > 1_200


def test_every_beginning_of_every_size_is_shown_to_be_one() -> None:
    for later in range(1, 258):
        for earlier in {1, 2, later // 3, later // 2, later - 1, later} & set(range(1, later + 1)):
            path = consistency_path(LEAVES[:later], earlier)
            sizes = {"earlier": earlier, "later": later}
            assert is_consistent(earlier_root=ROOTS[earlier], later_root=ROOTS[later], path=path, **sizes)
            if earlier < later:
                assert not is_consistent(earlier_root=ROOTS[0], later_root=ROOTS[later], path=path, **sizes)
                assert not is_consistent(earlier_root=ROOTS[earlier], later_root=ROOTS[0], path=path, **sizes)
                with pytest.raises(ProofError, match="too short"):
                    is_consistent(earlier_root=ROOTS[earlier], later_root=ROOTS[later], path=path[:-1], **sizes)
            with pytest.raises(ProofError, match="too long"):
                is_consistent(earlier_root=ROOTS[earlier], later_root=ROOTS[later], path=[*path, LEAVES[0]], **sizes)


@given(size=st.integers(1, 257), data=st.data())
def test_a_proof_with_one_changed_bit_or_another_place_proves_nothing(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(LEAVES[:size], index)
    assert is_included(leaf=LEAVES[index], index=index, size=size, path=path, root=ROOTS[size])
    other = data.draw(st.integers(0, size - 1).filter(lambda each: each != index)) if size > 1 else None
    if other is not None:
        try:
            assert not is_included(leaf=LEAVES[index], index=other, size=size, path=path, root=ROOTS[size])
        except ProofError as error:
            assert "too" in str(error)
    if path:
        step, bit = data.draw(st.integers(0, len(path) - 1)), data.draw(st.integers(0, 255))
        changed = bytearray(path[step])
        changed[bit // 8] ^= 1 << bit % 8
        forged = [*path[:step], bytes(changed), *path[step + 1 :]]
        assert not is_included(leaf=LEAVES[index], index=index, size=size, path=forged, root=ROOTS[size])


@given(later=st.integers(2, 257), data=st.data())
def test_a_history_that_was_rewritten_is_not_consistent(later: int, data: st.DataObject) -> None:
    earlier = data.draw(st.integers(1, later - 1))
    place = data.draw(st.integers(0, earlier - 1))
    rewritten = [*LEAVES[:place], sha256(b"else").digest(), *LEAVES[place + 1 : later]]
    path = consistency_path(rewritten, earlier)
    sizes = {"earlier": earlier, "later": later, "path": path}
    assert not is_consistent(earlier_root=ROOTS[earlier], later_root=root_of(rewritten), **sizes)
    assert is_consistent(earlier_root=root_of(rewritten[:earlier]), later_root=root_of(rewritten), **sizes)


@given(size=st.integers(0, 257), cut=st.integers(0, 257))
def test_a_tree_goes_on_from_its_edge(size: int, cut: int) -> None:
    cut = min(cut, size)
    first = Frontier()
    for leaf in LEAVES[:cut]:
        first.append(leaf)
    second = Frontier(cut, first.edge)
    for leaf in LEAVES[cut:size]:
        second.append(leaf)
    assert (second.root(), len(second.edge)) == (ROOTS[size], size.bit_count())


def test_what_is_no_hash_no_place_and_no_tree_is_refused() -> None:
    short, root = bytes(31), ROOTS[4]
    path = inclusion_path(LEAVES[:4], 0)
    refused = [
        lambda: Frontier(3, [LEAVES[0]]),
        lambda: Frontier(-1),
        lambda: Frontier().append(short),
        lambda: inclusion_path(LEAVES[:4], 4),
        lambda: consistency_path(LEAVES[:4], 0),
        lambda: consistency_path(LEAVES[:4], 5),
        lambda: is_included(leaf=LEAVES[0], index=4, size=4, path=path, root=root),
        lambda: is_included(leaf=LEAVES[0], index=-1, size=4, path=path, root=root),
        lambda: is_included(leaf=LEAVES[0], index=0, size=0, path=[], root=EMPTY_ROOT),
        lambda: is_included(leaf=short, index=0, size=4, path=path, root=root),
        lambda: is_included(leaf=LEAVES[0], index=0, size=4, path=path, root=short),
        lambda: is_included(leaf=LEAVES[0], index=0, size=4, path=[short, path[1]], root=root),
        lambda: is_consistent(earlier=0, earlier_root=EMPTY_ROOT, later=4, later_root=root, path=[]),
        lambda: is_consistent(earlier=5, earlier_root=root, later=4, later_root=root, path=[]),
        lambda: is_consistent(earlier=2, earlier_root=short, later=4, later_root=root, path=path),
    ]
    for call in refused:
        with pytest.raises(ProofError):
            call()
