"""Sign what the chain is now, and keep it where the database cannot reach."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from compliance.domain.chain_walk import ChainWalk
from compliance.domain.merkle import Frontier, ProofError
from compliance.domain.signed_note import Checkpoint, NoteMalformed, check_origin, parse_note
from compliance.gateways.checkpoint_store import CheckpointStore
from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.note_signing import is_note_signed, sign_note
from compliance.queries.seals import iterate_seals
from core.domain.chain import FIRST, Link, instant_text
from core.domain.refusals import Refusal
from core.queries.verifying import one_picture

MOST_SEALS_A_NOTE = 100_000
CLOCKS_APART = timedelta(seconds=10)


def sign_checkpoint(*, store: CheckpointStore, keys: ManifestKeys, origin: str, at: datetime) -> Checkpoint | None:
    """Sign the tree over all seals, in several notes where more than `MOST_SEALS_A_NOTE` are new; answers the last one, none
    when nothing is new.

    Refuses CHECKPOINT_UNUSABLE when the last one kept is not ours or does not fit its edge, CHAIN_DIFFERS when the chain does not
    go on from it, CHAIN_BROKEN when a new seal is not what it has to be: what is wrong is not signed.
    """
    check_origin(origin)
    signed = None
    with one_picture():
        frontier, leaf = _last(store, keys, origin)
        walk = ChainWalk(latest=instant_text(at + CLOCKS_APART))
        links = _checked(walk, frontier.size, leaf)
        while leaves := [bytes.fromhex(link.leaf_hash) for link in islice(links, MOST_SEALS_A_NOTE)]:
            for each in leaves:
                frontier.append(each)
            signed = Checkpoint(origin, frontier.size, frontier.root())
            store.append(frontier.size, note=sign_note(signed, keys).text(), edge=frontier.edge, leaves=leaves)
    return signed


def _last(store: CheckpointStore, keys: ManifestKeys, origin: str) -> tuple[Frontier, str]:
    """The tree as it was signed last, and its last leaf."""
    sizes = store.sizes()
    if not sizes:
        return Frontier(), FIRST
    size = sizes[-1]
    try:
        note = parse_note(store.note(size))
        frontier = Frontier(size, store.edge(size))
        leaves = store.leaves(size)
    except (NoteMalformed, ProofError, OSError, ValueError) as error:
        raise Refusal("CHECKPOINT_UNUSABLE", f"the one of {size} seals: {error}") from None
    if note.checkpoint != Checkpoint(origin, size, frontier.root()) or not leaves:
        raise Refusal("CHECKPOINT_UNUSABLE", f"the one of {size} seals is of something else")
    if not is_note_signed(note, keys.public_keys()):
        raise Refusal("CHECKPOINT_UNUSABLE", f"the one of {size} seals is not signed by a key of ours")
    return frontier, leaves[-1].hex()


def _checked(walk: ChainWalk, size: int, leaf: str) -> Iterator[Link]:
    """The seals after the first ``size``, each looked at. The seal at ``size`` has to end in ``leaf``."""
    pieces = iterate_seals(after=max(size - 1, 0))
    links = (link for piece in pieces for link in piece)
    if size:
        last = next(links, None)
        if last is None or (last.seal_seq, last.leaf_hash) != (size, leaf):
            raise Refusal("CHAIN_DIFFERS", f"seal {size} is not the one that was signed: run verify_audit")
        walk.resume_at(last)
    for link in links:
        findings = walk.look_at(link)
        if findings:
            raise Refusal("CHAIN_BROKEN", f"seal {findings[0].seal_seq}: {findings[0].what}: run verify_audit")
        yield link
