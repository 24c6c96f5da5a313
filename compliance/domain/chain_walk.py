"""Walking the chain of seals: what each has to be after the ones before it."""

from compliance.domain.damage import Damage, Finding, leaf_of
from core.domain.chain import FIRST, Link


class ChainWalk:
    """Where the walk stands. Give it every seal in order of ``seal_seq``; it answers what is wrong with it: the seals missing
    before it, and the gravest fault of its own.

    After a fault the walk goes on from what is stored, so that one damage is told once.
    """

    def __init__(self, *, latest: str) -> None:
        """``latest``: the instant, as seals write it, after which nothing can have been sealed yet."""
        self.seal_seq = 0
        self.leaf = FIRST
        self.sealed_at = ""
        self.kind_seqs: dict[str, int] = {}
        self._latest = latest
        # Kinds whose count is unknown since seals were missing.
        self._unsure: set[str] = set()
        self._is_gap_open = False
        self._is_resumed = False

    def resume_at(self, link: Link) -> None:
        """Go on after this seal, which is known to be right."""
        self._step(link)
        self._is_resumed = True

    def look_at(self, link: Link) -> list[Finding]:
        """What is wrong with the seal by itself and after the one before it."""
        findings = self._gap(link)
        fault = self._fault(link)
        if fault is not None:
            findings.append(Finding(link.seal_seq, fault[0], f"{link.kind} {link.kind_seq} {fault[1]}"))
        self._step(link)
        return findings

    def pass_by(self, link: Link) -> list[Finding]:
        """As `look_at` for a seal whose leaf a signed checkpoint covers: only that none is missing."""
        findings = self._gap(link)
        self._step(link)
        return findings

    def _gap(self, link: Link) -> list[Finding]:
        missing = link.seal_seq - self.seal_seq - 1
        if missing == 0:
            return []
        self._unsure.update(self.kind_seqs, (link.kind,))
        self._is_gap_open = True
        what = "the seal is gone" if missing == 1 else f"the seal is gone, and {missing - 1:,} after it"
        return [Finding(self.seal_seq + 1, Damage.SEAL_DELETED, what)]

    def _fault(self, link: Link) -> tuple[Damage, str] | None:
        if self.sealed_at > link.sealed_at:
            return Damage.CLOCK_SET_BACK, f"is sealed at {link.sealed_at}, before the one before it"
        if link.sealed_at > self._latest:
            return Damage.CLOCK_SET_BACK, f"is sealed at {link.sealed_at}, which is yet to come"
        if leaf_of(link) != link.leaf_hash:
            return Damage.SEAL_EDITED, "is not what its leaf says"
        if link.prev_leaf_hash != self.leaf and not self._is_gap_open:
            return Damage.CHAIN_BROKEN, "does not name the leaf before it"
        before = self.kind_seqs.get(link.kind, 0)
        if link.kind_seq != before + 1 and not self._is_unsure_of(link.kind):
            return Damage.KIND_SEQ_BROKEN, f"comes after {before} of its kind"
        return None

    def _is_unsure_of(self, kind: str) -> bool:
        return kind in self._unsure or (self._is_resumed and kind not in self.kind_seqs)

    def _step(self, link: Link) -> None:
        self.seal_seq, self.leaf, self.sealed_at = link.seal_seq, link.leaf_hash, link.sealed_at
        self.kind_seqs[link.kind] = link.kind_seq
        self._unsure.discard(link.kind)
        self._is_gap_open = False
