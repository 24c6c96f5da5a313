"""The whole record against its seals, and the seals against what was published: read a piece at a time, never held at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from time import perf_counter
from uuid import UUID

from compliance.domain.chain_walk import ChainWalk
from compliance.domain.damage import Damage, Finding, Suspect, find_swapped
from compliance.domain.merkle import Frontier, ProofError
from compliance.domain.signed_note import Checkpoint
from compliance.queries.published import Published
from compliance.queries.seals import iterate_seals
from compliance.queries.unsealed import find_inserted, find_waiting
from core.domain.chain import FIRST, Link, instant_text, record_hash
from core.models import SealHead
from core.queries.verifying import one_picture
from core.sealing import Record, read_records, sealed_kinds

EXAMPLES = 20
CLOCKS_APART = timedelta(seconds=10)
CLEAN, DAMAGED, NOT_ALL_CHECKED = 0, 1, 2


@dataclass(slots=True)
class AuditVerdict:
    """What came of it. ``findings`` are the first by seal, at most `EXAMPLES`; ``count`` is how many there are in all."""

    checked_at: datetime
    seals: int = 0
    records: int = 0
    covered: int = 0
    root: bytes = b""
    leaf: str = FIRST
    published: int = 0
    matched: list[Checkpoint] = field(default_factory=list)
    count: int = 0
    findings: list[Finding] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, findings: Iterable[Finding]) -> None:
        """Note what was found; the first seals are kept."""
        for finding in findings:
            self.count += 1
            self.findings.append(finding)
            if len(self.findings) >= 2 * EXAMPLES:
                self.trim()

    def trim(self) -> None:
        """Keep the first by seal."""
        self.findings = sorted(self.findings, key=lambda finding: finding.seal_seq)[:EXAMPLES]

    @property
    def status(self) -> int:
        """1 for damage, else 2 where something could not be checked, else 0."""
        if self.count:
            return DAMAGED
        return NOT_ALL_CHECKED if self.not_checked else CLEAN


def check_audit(*, at: datetime, published: Published, is_from_last: bool = False) -> AuditVerdict:
    """Check every seal, every record as it is now, every row that should be sealed, and every published checkpoint.

    ``is_from_last``: what the last good checkpoint covers is only compared with it by its leaf hashes; its records are not read
    again.
    """
    began = perf_counter()
    check = _Check(at, published, is_from_last=is_from_last)
    with one_picture():
        for links in iterate_seals():
            check.look_at(links)
        check.end()
    check.verdict.seconds = perf_counter() - began
    return check.verdict


class _Check:
    def __init__(self, at: datetime, published: Published, *, is_from_last: bool) -> None:
        self.verdict = AuditVerdict(at, published=len(published.good))
        self.verdict.add(published.findings)
        self._walk = ChainWalk(latest=instant_text(at + CLOCKS_APART))
        self._tree, self._good = Frontier(), Frontier()
        self._published = published
        self._ahead = sorted(published.good, key=lambda checkpoint: checkpoint.size)
        self._largest = self._ahead[-1].size if self._ahead else 0
        if is_from_last:
            self.verdict.covered = self._largest
        self._suspects: list[Suspect] = []
        self._known = set(sealed_kinds())

    def look_at(self, links: list[Link]) -> None:
        """One piece of the chain."""
        edited = set()
        for link in links:
            self._compare(link.seal_seq - 1)
            is_covered = link.seal_seq <= self.verdict.covered
            findings = self._walk.pass_by(link) if is_covered else self._walk.look_at(link)
            self.verdict.add(findings)
            if findings and findings[-1].damage is Damage.SEAL_EDITED:
                edited.add(link.seal_seq)
                self._suspect(Suspect(link, Damage.SEAL_EDITED, None))
            self._tree.append(_leaf(link))
        self._compare(links[-1].seal_seq)
        self.verdict.seals += len(links)
        self._check_records(
            [link for link in links if link.seal_seq > self.verdict.covered and link.seal_seq not in edited]
        )

    def end(self) -> None:
        """What only the end of the chain shows."""
        verdict, last = self.verdict, self._walk.seal_seq
        verdict.root, verdict.leaf = self._tree.root(), self._walk.leaf
        if self._largest > last:
            what = f"a checkpoint covers {self._largest} seals, and the chain ends after {last}"
            verdict.add([Finding(last + 1, Damage.TAIL_CUT, what)])
        verdict.add(_find_at_head(self._walk))
        verdict.add(find_inserted(end=last))
        verdict.add(find_waiting(at=verdict.checked_at, end=last))
        self._name_swapped()
        verdict.trim()

    def _compare(self, size: int) -> None:
        """The tree of the first ``size`` seals with the checkpoint of that size; a chain that differs once differs for good."""
        while self._ahead and self._ahead[0].size <= size:
            checkpoint = self._ahead.pop(0)
            if self._tree.size == checkpoint.size and self._tree.root() == checkpoint.root:
                self.verdict.matched.append(checkpoint)
                self._good = Frontier(self._tree.size, self._tree.edge)
                continue
            self._ahead = []
            self.verdict.add([self._difference(checkpoint)])

    def _difference(self, checkpoint: Checkpoint) -> Finding:
        """The first seal that is another one than was published; as near as the published leaf hashes allow."""
        first, size = self._good.size + 1, checkpoint.size
        try:
            leaves = self._published.leaves(size)
            tree = Frontier(self._good.size, self._good.edge)
            for leaf in leaves:
                tree.append(leaf)
        except (OSError, ValueError, ProofError):
            leaves, tree = [], Frontier()
        if tree.size != size or tree.root() != checkpoint.root:
            within = [each.seal_seq for each in self.verdict.findings if first <= each.seal_seq <= size]
            what = f"the checkpoint of {size} seals covers others, first somewhere from {first} to {size}"
            return Finding(min(within, default=first), Damage.CHAIN_REWRITTEN, what)
        return Finding(
            _first_other(first, leaves), Damage.CHAIN_REWRITTEN, f"is not the seal that the checkpoint of {size} covers"
        )

    def _check_records(self, links: list[Link]) -> None:
        for kind, group in groupby(
            sorted(links, key=lambda link: (link.kind, link.seal_seq)), key=lambda link: link.kind
        ):
            of_kind = list(group)
            if kind not in self._known:
                self.verdict.not_checked.append(f"{len(of_kind)} records of {kind}: nobody knows how they read")
                continue
            records = _records(kind, [UUID(link.object_id) for link in of_kind])
            self.verdict.records += len(of_kind)
            for link in of_kind:
                self._check_record(link, records.get(UUID(link.object_id)))

    def _check_record(self, link: Link, record: Record | None) -> None:
        name = f"{link.kind} {link.object_id}"
        if record is None:
            self.verdict.add([Finding(link.seal_seq, Damage.DELETED, f"{name} was sealed, and is gone")])
        elif not record or record_hash(record) != link.record_hash:
            self.verdict.add([Finding(link.seal_seq, Damage.EDITED, f"{name} is no longer what was sealed")])
            self._suspect(Suspect(link, Damage.EDITED, record or None))

    def _suspect(self, suspect: Suspect) -> None:
        if len(self._suspects) < EXAMPLES:
            self._suspects.append(suspect)

    def _name_swapped(self) -> None:
        for one, other in find_swapped(self._suspects):
            pair = {one.seal_seq: other, other.seal_seq: one}
            self.verdict.findings = [
                Finding(
                    each.seal_seq, Damage.SWAPPED, f"{each.what}: it stands where {pair[each.seal_seq].seal_seq} did"
                )
                if each.seal_seq in pair and each.damage in {Damage.EDITED, Damage.SEAL_EDITED}
                else each
                for each in self.verdict.findings
            ]


def _records(kind: str, ids: list[UUID]) -> dict[UUID, Record]:
    """The records of ``ids``; one that cannot be read as a record any more reads as empty."""
    try:
        return read_records(kind, ids)
    except (AttributeError, TypeError, ValueError, LookupError):
        if len(ids) == 1:
            return {ids[0]: {}}
        middle = len(ids) // 2
        return _records(kind, ids[:middle]) | _records(kind, ids[middle:])


def _leaf(link: Link) -> bytes:
    """The leaf hash as bytes; what is none stands for itself by zeros, and has been found by its leaf already."""
    try:
        leaf = bytes.fromhex(link.leaf_hash)
    except ValueError:
        leaf = b""
    return leaf if len(leaf) == 32 else bytes(32)


def _first_other(first: int, leaves: list[bytes]) -> int:
    """The first seal from ``first`` on that is missing or has another leaf than ``leaves``."""
    expected = iter(enumerate(leaves, start=first))
    for links in iterate_seals(after=first - 1):
        for link in links:
            seal_seq, leaf = next(expected, (0, b""))
            if seal_seq != link.seal_seq or leaf.hex() != link.leaf_hash:
                return seal_seq or link.seal_seq
    return next(expected, (first, b""))[0]


def _find_at_head(walk: ChainWalk) -> list[Finding]:
    """Whether the head, which the sealer keeps, is where the chain ends."""
    head = SealHead.objects.filter(pk=1).first()
    last = walk.seal_seq
    if head is None:
        return [Finding(last, Damage.HEAD_CHANGED, "the head of the chain is gone")]
    if head.seal_seq > last:
        what = f"the chain ends after {last}, its head is at {head.seal_seq}"
        return [Finding(last + 1, Damage.TAIL_CUT, what)]
    if head.seal_seq < last:
        what = f"{last - head.seal_seq} seals stand after the head"
        return [Finding(head.seal_seq + 1, Damage.HEAD_CHANGED, what)]
    if head.leaf_hash != walk.leaf:
        return [Finding(last, Damage.HEAD_CHANGED, "the head names another leaf")]
    if head.kind_seqs != walk.kind_seqs:
        return [Finding(last, Damage.HEAD_CHANGED, "the head counts other numbers of records")]
    return []
