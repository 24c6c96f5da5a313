"""The record is chained: every sealed thing names the one before, and nobody inserts unsealed."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from core.clock import now
from core.domain.chain import FIRST, leaf_hash, record_hash
from core.models import AuditEntry, SealedRecord, SealHead, Unsealed
from core.operations.seal_records import seal_records
from core.sealing import read_records
from tests.world import World

pytestmark = pytest.mark.django_db


def traded_world() -> World:
    world = World()
    buyer, seller = world.client("Alder", USD="1000.00"), world.client("Birch", BTC="1")
    world.place(seller, "S", "SELL", "0.01", "60000.00")
    world.place(buyer, "B", "BUY", "0.01", "60000.00")
    world.match()
    return world


def test_audit_entries_ledger_entries_and_batches_are_queued_and_sealed_in_one_chain() -> None:
    traded_world()
    queued = Unsealed.objects.count()
    kinds = set(Unsealed.objects.values_list("kind", flat=True))

    assert kinds == {"AUDIT_ENTRY", "LEDGER_ENTRY", "MARKET_BATCH"}
    assert seal_records(at=now()) == queued
    assert Unsealed.objects.count() == 0
    previous = FIRST
    for number, sealed in enumerate(SealedRecord.objects.order_by("seal_seq"), start=1):
        assert sealed.seal_seq == number
        assert sealed.prev_leaf_hash == previous
        record = read_records(sealed.kind, [sealed.object_id])[sealed.object_id]
        assert sealed.record_hash == record_hash(record)
        assert sealed.leaf_hash == leaf_hash(
            seal_seq=number,
            kind=sealed.kind,
            kind_seq=sealed.kind_seq,
            object_id=str(sealed.object_id),
            record=sealed.record_hash,
            sealed_at=sealed.sealed_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            prev=previous,
        )
        previous = sealed.leaf_hash
    assert SealHead.objects.get().leaf_hash == previous


def test_a_clock_that_is_set_back_does_not_take_the_seals_back_with_it() -> None:
    world = World()
    later = now() + timedelta(hours=1)
    client = world.client("Alder", USD="1.00")
    seal_records(at=later)
    world.deposit(client, "USD", "1.00")
    seal_records(at=later - timedelta(hours=2))

    assert set(SealedRecord.objects.values_list("sealed_at", flat=True)) == {later}


def test_the_database_refuses_a_gap_in_the_chain() -> None:
    traded_world()
    seal_records(at=now())
    head = SealHead.objects.get()
    values = {
        "kind": "AUDIT_ENTRY",
        "kind_seq": 999,
        "object_id": "019ab000-0000-7000-8000-000000000001",
        "sealed_at": now(),
    }
    with pytest.raises(IntegrityError, match="seal_seq_is_gapless"), transaction.atomic():
        SealedRecord.objects.create(
            seal_seq=head.seal_seq + 2, prev_seq=head.seal_seq, record_hash="a" * 64, prev_leaf_hash=head.leaf_hash,
            leaf_hash="b" * 64, **values,
        )  # fmt: skip
    with pytest.raises(IntegrityError, match="seal_follows_its_predecessor"), transaction.atomic():
        SealedRecord.objects.create(
            seal_seq=head.seal_seq + 1, prev_seq=head.seal_seq, record_hash="a" * 64, prev_leaf_hash="c" * 64,
            leaf_hash="b" * 64, **values,
        )  # fmt: skip


def test_an_audit_entry_cannot_be_changed_even_by_the_owner() -> None:
    World().client("Alder", USD="1.00")
    for statement in (
        "UPDATE core_auditentry SET reason = 'else'",
        "DELETE FROM core_auditentry",
        "TRUNCATE core_auditentry",
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert AuditEntry.objects.exists()
