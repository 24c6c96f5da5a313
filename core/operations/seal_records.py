"""Chain what has been committed: the seals that nobody can go back behind unseen."""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from core.copying import copy_line, copy_rows
from core.domain.chain import instant_text, leaf_hash, record_hash
from core.models import SealHead
from core.sealing import read_records

COLUMNS = (
    "seal_seq", "prev_seq", "kind", "kind_seq", "object_id", "record_hash", "sealed_at", "prev_leaf_hash", "leaf_hash",
)  # fmt: skip


def seal_records(*, at: datetime, limit: int = 5_000) -> int:
    """Seal up to ``limit`` waiting records in the order in which they were queued; answers how many.

    ``sealed_at`` never goes back: a clock behind the head is kept at the head. A queued record that cannot be read any more
    stops the sealer: somebody has deleted what nobody may delete.
    """
    with transaction.atomic(durable=True):
        head = SealHead.objects.select_for_update(no_key=True).get(pk=1)
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, kind, object_id FROM core_unsealed ORDER BY id LIMIT %s", [limit])
            queued: list[tuple[int, str, UUID]] = cursor.fetchall()
        if not queued:
            return 0
        records = {
            kind: read_records(kind, [row[2] for row in queued if row[1] == kind]) for kind in {r[1] for r in queued}
        }
        sealed_at = max(at, head.sealed_at or at)
        lines = []
        for _, kind, object_id in queued:
            kind_seq = head.kind_seqs[kind] = head.kind_seqs.get(kind, 0) + 1
            record, seal_seq = record_hash(records[kind][object_id]), head.seal_seq + 1
            leaf = leaf_hash(
                seal_seq=seal_seq,
                kind=kind,
                kind_seq=kind_seq,
                object_id=str(object_id),
                record=record,
                sealed_at=instant_text(sealed_at),
                prev=head.leaf_hash,
            )
            previous = head.seal_seq or None
            lines.append(
                copy_line(
                    (
                        seal_seq,
                        previous,
                        kind,
                        kind_seq,
                        object_id,
                        record,
                        instant_text(sealed_at),
                        head.leaf_hash,
                        leaf,
                    )
                )
            )
            head.seal_seq, head.leaf_hash = seal_seq, leaf
        copy_rows("core_sealedrecord", COLUMNS, lines)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM core_unsealed WHERE id = ANY(%s)", [[row[0] for row in queued]])
        head.sealed_at = sealed_at
        head.save(update_fields=["seal_seq", "leaf_hash", "kind_seqs", "sealed_at"])
    return len(queued)
