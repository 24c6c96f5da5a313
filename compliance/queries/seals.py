"""The chain as it is stored, a piece at a time."""

from collections.abc import Iterator

from django.db import connection

from core.domain.chain import Link, instant_text

SEALS_AT_A_TIME = 5_000

SEALS = """
SELECT seal_seq, kind, kind_seq, object_id::text, record_hash, sealed_at, prev_leaf_hash, leaf_hash
FROM core_sealedrecord WHERE seal_seq > %s ORDER BY seal_seq LIMIT %s
"""


def iterate_seals(*, after: int = 0) -> Iterator[list[Link]]:
    """All seals above ``after`` in order, at most `SEALS_AT_A_TIME` at once."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(SEALS, [after, SEALS_AT_A_TIME])
            rows = cursor.fetchall()
        if not rows:
            return
        yield [Link._make((*row[:5], instant_text(row[5]), *row[6:])) for row in rows]
        after = rows[-1][0]
