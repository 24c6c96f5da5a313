"""What must always be true of the record: numbers that are numbers, streams and seals without a gap, guards that stand."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from django.db import connection
from psycopg import sql

from core.domain.chain import record_hash
from core.invariants import Breach, Invariant
from core.queries.guards import find_missing_guards
from core.queries.histories import find_rows_beside_their_history
from core.queries.parts import find_parts_that_end_soon
from core.sealing import read_records, sealed_kinds

# Every numeric column of every table, from the catalogue; greatest() answers NaN wherever there is one.
NUMERIC_COLUMNS = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum), bool_or(a.atttypmod = -1)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'numeric'::regtype
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
GROUP BY c.relname ORDER BY c.relname
"""

STREAMS_ARE_GAPLESS = """
SELECT id::text, 'sequence ' || stream_seq || ' after ' || was || ', names ' || prev_seq || ' as the one before on ' || channel
    || ', which is ' || channel_was
FROM (
    SELECT id, channel, stream_seq, prev_seq,
        coalesce(lag(stream_seq) OVER (PARTITION BY entity_id ORDER BY stream_seq), 0) AS was,
        coalesce(lag(stream_seq) OVER (PARTITION BY entity_id, channel ORDER BY stream_seq), 0) AS channel_was
    FROM core_outboxmessage WHERE stream_seq IS NOT NULL
) m
WHERE stream_seq <> was + 1 OR prev_seq <> channel_was
UNION ALL
SELECT coalesce(h.entity_id::text, 'the firm'), 'the head of ' || h.channel || ' is at ' || h.last_seq || ', the last message at '
    || coalesce(m.last, 0)
FROM core_streamhead h
LEFT JOIN (
    SELECT entity_id, coalesce(channel, 'ALL') AS channel, max(stream_seq) AS last FROM core_outboxmessage
    WHERE stream_seq IS NOT NULL GROUP BY GROUPING SETS ((entity_id, channel), (entity_id))
) m ON m.entity_id IS NOT DISTINCT FROM h.entity_id AND m.channel = h.channel
WHERE h.last_seq <> coalesce(m.last, 0)
"""

# An id of version 7 begins with the milliseconds of its making, which tells since when a record waits for its seal.
NOTHING_WAITS = """
SELECT id::text, topic || ' of ' || created_at || ' is not sealed' FROM core_outboxmessage
WHERE sealed_at IS NULL AND created_at < %(at)s - interval '10 seconds'
UNION ALL
SELECT object_id::text, kind || ' waits for its seal' FROM core_unsealed
WHERE to_timestamp(('x' || left(replace(object_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
    < %(at)s - interval '10 seconds'
"""

# The leaf is made again as core.domain.chain makes it.
CHAIN_HOLDS = r"""
SELECT seal_seq::text, kind || ' ' || kind_seq || CASE WHEN seal_seq <> was + 1 THEN ': a gap after ' || was
    WHEN prev_leaf_hash <> leaf_was THEN ': does not follow the leaf before it'
    WHEN kind_seq <> kind_was + 1 THEN ': a gap in its kind after ' || kind_was
    WHEN sealed_at < sealed_was THEN ': sealed before the one before it' ELSE ': is not what its leaf says' END
FROM (
    SELECT *, coalesce(lag(seal_seq) OVER chain, 0) AS was, coalesce(lag(leaf_hash) OVER chain, repeat('0', 64)) AS leaf_was,
        lag(sealed_at) OVER chain AS sealed_was,
        coalesce(lag(kind_seq) OVER (PARTITION BY kind ORDER BY seal_seq), 0) AS kind_was,
        encode(sha256('\x00'::bytea || convert_to('{"kind":"' || kind || '","kind_seq":"' || kind_seq || '","object_id":"'
            || object_id || '","prev":"' || prev_leaf_hash || '","record_hash":"' || record_hash || '","seal_seq":"' || seal_seq
            || '","sealed_at":"' || to_char(sealed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '"}', 'UTF8')),
            'hex') AS leaf
    FROM core_sealedrecord WINDOW chain AS (ORDER BY seal_seq)
) s
WHERE seal_seq <> was + 1 OR prev_leaf_hash <> leaf_was OR leaf <> leaf_hash OR kind_seq <> kind_was + 1 OR sealed_at < sealed_was
UNION ALL
SELECT h.seal_seq::text, 'the head is not the last seal, which is ' || coalesce(s.seal_seq, 0)
FROM core_sealhead h
LEFT JOIN LATERAL (SELECT seal_seq, leaf_hash FROM core_sealedrecord ORDER BY seal_seq DESC LIMIT 1) s ON true
WHERE h.seal_seq <> coalesce(s.seal_seq, 0) OR h.leaf_hash <> coalesce(s.leaf_hash, repeat('0', 64))
"""

AUDIT_IS_SEALED_OR_QUEUED = """
SELECT coalesce(a.id, s.object_id)::text,
    CASE WHEN a.id IS NULL THEN 'sealed, and gone' WHEN s.object_id IS NULL THEN 'neither sealed nor waiting for it'
        ELSE 'sealed twice' END
FROM core_auditentry a
FULL JOIN (
    SELECT object_id FROM core_sealedrecord WHERE kind = 'AUDIT_ENTRY'
    UNION ALL SELECT object_id FROM core_unsealed WHERE kind = 'AUDIT_ENTRY'
) s ON s.object_id = a.id
GROUP BY a.id, s.object_id HAVING a.id IS NULL OR s.object_id IS NULL OR count(*) > 1
"""

SEALS_AT_A_TIME = 5_000
SEALS = """
SELECT seal_seq, kind, object_id, record_hash FROM core_sealedrecord WHERE seal_seq > %s ORDER BY seal_seq LIMIT %s
"""


def find_bad_numbers(_at: datetime) -> Iterator[Breach]:
    """NaN, infinity and 1e20 or more in any numeric column, and columns without bounds of their own."""
    with connection.cursor() as cursor:
        cursor.execute(NUMERIC_COLUMNS)
        for table, columns, is_unbounded in cursor.fetchall():
            if is_unbounded:
                yield table, f"a numeric column without precision and scale among {', '.join(columns)}"
            names = sql.SQL(", ").join(map(sql.Identifier, columns))
            query = sql.SQL(
                "SELECT to_jsonb(t) ->> 'id', {} FROM {} t WHERE greatest({}) >= 1e20 OR least({}) <= -1e20"
            ).format(names, sql.Identifier(table), names, names)
            cursor.execute(query)
            for key, *values in cursor.fetchall():
                found = {name: value for name, value in zip(columns, values, strict=True) if value is not None}
                bad = [f"{name} = {value}" for name, value in found.items() if value.is_nan() or abs(value) >= 10**20]
                yield f"{table} {key}", ", ".join(bad)


def find_changed_records(_at: datetime) -> Iterator[Breach]:
    """Sealed things that are no longer what was sealed: audit and ledger entries, market batches with all their rows."""
    last = 0
    known = set(sealed_kinds())
    while True:
        with connection.cursor() as cursor:
            cursor.execute(SEALS, [last, SEALS_AT_A_TIME])
            seals = sorted(cursor.fetchall(), key=lambda seal: seal[1])
        if not seals:
            return
        last = max(seal[0] for seal in seals)
        for kind, group in groupby(seals, key=lambda seal: seal[1]):
            of_kind = list(group)
            records = read_records(kind, [seal[2] for seal in of_kind]) if kind in known else {}
            for seal_seq, _, object_id, sealed in of_kind:
                record = records.get(object_id)
                if record is None or record_hash(record) != sealed:
                    yield (
                        str(seal_seq),
                        f"{kind} {object_id} is {'not' if record is None else 'no longer'} what was sealed",
                    )


OUTBOX, SEALED, QUEUE, AUDIT = "core_outboxmessage", "core_sealedrecord", "core_unsealed", "core_auditentry"

INVARIANTS = (
    Invariant("V9", "Every number in every table is finite and below 1e20.", (), find_bad_numbers),
    Invariant("V21", "What was sealed is what is stored.", (SEALED,), find_changed_records, is_slow=True),
    Invariant("V23", "Streams run from 1 without gap and name the one before.", (OUTBOX,), STREAMS_ARE_GAPLESS),
    Invariant("V23", "Nothing waits for its seal for more than 10 seconds.", (OUTBOX, QUEUE), NOTHING_WAITS),
    Invariant("V27", "The chain of seals is whole, and ends where its head says.", (SEALED,), CHAIN_HOLDS),
    Invariant("V27", "Each audit entry is sealed or waits for it, once.", (AUDIT,), AUDIT_IS_SEALED_OR_QUEUED),
    Invariant("V30", "Constraints, triggers, parts and rights are as they were declared.", (), find_missing_guards),
    Invariant("V30", "No partitioned table is near the end of its parts.", (), find_parts_that_end_soon),
    Invariant(
        "V31", "Each row is as its history says, and none is gone without it.", (), find_rows_beside_their_history
    ),
)
