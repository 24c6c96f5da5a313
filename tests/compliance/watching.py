"""A house whose chain is signed, and ways to damage it as somebody with the database's own keys could."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection

from compliance.domain.damage import leaf_of
from compliance.gateways.checkpoint_store import CheckpointStore
from compliance.gateways.manifest_keys import ManifestKeys
from compliance.operations.sign_checkpoint import sign_checkpoint
from compliance.queries.audit_check import AuditVerdict, check_audit
from compliance.queries.published import Published, read_published
from compliance.queries.seals import iterate_seals
from core.clock import now
from core.domain.chain import record_hash
from core.models import SealedRecord
from core.sealing import read_records
from tests.compliance.reporting import seal
from tests.world import World

ORIGIN = "countinghouse/seals"
AUDIT, LEDGER, BATCH = "AUDIT_ENTRY", "LEDGER_ENTRY", "MARKET_BATCH"


@dataclass
class Watched:
    """A house whose chain was signed in the middle and at its end."""

    world: World
    checkpoints: Path
    keys: ManifestKeys
    middle: int
    last: int

    def check(self, *, is_from_last: bool = False, is_alone: bool = False) -> AuditVerdict:
        published = Published() if is_alone else self.published()
        return check_audit(at=now(), published=published, is_from_last=is_from_last)

    def published(self) -> Published:
        return read_published(self.checkpoints, origin=ORIGIN, public_keys=self.keys.public_keys())


@pytest.fixture
def watched(house: World, tmp_path: Path, keys: ManifestKeys) -> Watched:
    store = CheckpointStore(tmp_path / "checkpoints")
    middle = sign_checkpoint(store=store, keys=keys, origin=ORIGIN, at=now())
    client = house.client("Cedar", USD="50.00")
    house.place(client, "C-1", "BUY", "0.0001", "50000.00")
    house.match()
    seal()
    last = sign_checkpoint(store=store, keys=keys, origin=ORIGIN, at=now())
    assert middle and last and last.size > middle.size > 10
    return Watched(house, tmp_path / "checkpoints", keys, middle.size, last.size)


def damage(statement: str) -> None:
    """Run ``statement`` as the owner with all triggers off, foreign keys among them."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


def first_of(verdict: AuditVerdict) -> tuple[int, str]:
    first = verdict.findings[0]
    return first.seal_seq, first.damage.value


def seal_of(kind: str, nth: int = 2) -> SealedRecord:
    return SealedRecord.objects.filter(kind=kind).order_by("seal_seq")[nth]


def edit(kind: str, statement: str, nth: int = 2) -> int:
    """Do the statement to the object of the nth seal of its kind; answers that seal's number."""
    sealed = seal_of(kind, nth)
    damage(statement.replace("{object}", f"'{sealed.object_id}'"))
    return sealed.seal_seq


def rechain(first: int) -> None:
    """What a thorough forger does: seal everything from ``first`` on again, from the rows as they are, and move the head."""
    links = [link for links in iterate_seals() for link in links]
    previous = links[first - 2].leaf_hash if first > 1 else "0" * 64
    statements = []
    for link in links[first - 1 :]:
        record = read_records(link.kind, [UUID(link.object_id)])[UUID(link.object_id)]
        fresh = link._replace(record_hash=record_hash(record), prev_leaf_hash=previous)
        previous = leaf_of(fresh)
        statements.append(
            f"UPDATE core_sealedrecord SET record_hash = '{fresh.record_hash}', prev_leaf_hash = '{fresh.prev_leaf_hash}',"
            f" leaf_hash = '{previous}' WHERE seal_seq = {link.seal_seq}"
        )
    statements.append(f"UPDATE core_sealhead SET leaf_hash = '{previous}'")
    damage(";".join(statements))


def cut(keep: int) -> None:
    """Take away all seals after ``keep`` with their audit entries, and move the head back: nothing inside tells."""
    seals = f"(SELECT object_id FROM core_sealedrecord WHERE seal_seq > {keep})"
    counts = ", ".join(
        f"'{kind}', {SealedRecord.objects.filter(kind=kind, seal_seq__lte=keep).count()}"
        for kind in SealedRecord.objects.filter(seal_seq__lte=keep).values_list("kind", flat=True).distinct()
    )
    damage(
        f"DELETE FROM core_auditentry WHERE id IN {seals}; DELETE FROM settlement_entry WHERE id IN {seals};"
        f"DELETE FROM trading_marketbatch WHERE id IN {seals}; DELETE FROM core_sealedrecord WHERE seal_seq > {keep};"
        f"UPDATE core_sealhead SET seal_seq = {keep}, kind_seqs = jsonb_build_object({counts}),"
        f" leaf_hash = (SELECT leaf_hash FROM core_sealedrecord WHERE seal_seq = {keep})"
    )
