"""Take tokens from a bucket: one statement, which is a transaction by itself, on the database's clock."""

from dataclasses import dataclass

from accounts.domain.rate_limits import Pace
from core.prepared import prepared_cursor

# The row's lock makes requests of one bucket take turns, so that none passes beyond the limit however many ask at once.
TAKE = """
INSERT INTO accounts_ratebucket AS bucket (key, full_at)
SELECT %(key)s::text, clock_timestamp() + %(interval)s::bigint * interval '1 microsecond' WHERE %(ahead)s::bigint >= 0
ON CONFLICT (key) DO UPDATE
SET full_at = GREATEST(bucket.full_at, clock_timestamp()) + %(interval)s::bigint * interval '1 microsecond'
WHERE bucket.full_at <= clock_timestamp() + %(ahead)s::bigint * interval '1 microsecond'
RETURNING (extract(epoch FROM full_at - clock_timestamp()) * 1000000)::bigint
"""
# Only of a bucket that is empty, for whoever has to wait.
LOOK = """
SELECT (extract(epoch FROM full_at - clock_timestamp()) * 1000000)::bigint FROM accounts_ratebucket WHERE key = %(key)s::text
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """Whether the tokens were there, and in how many microseconds the bucket is full again."""

    is_admitted: bool
    busy_micros: int


def take_token(*, bucket: str, owner: str, pace: Pace, tokens: int = 1) -> Taken:
    """Take ``tokens`` from the bucket of ``owner``, all or none; where so many are not left, nothing changes.

    Not part of a transaction of its caller: what is asked for counts, whatever becomes of it.
    """
    values: dict[str, str | int] = {
        "key": f"{bucket}:{owner}",
        "interval": pace.interval_micros * tokens,
        "ahead": pace.ahead_for(tokens),
    }
    with prepared_cursor() as cursor:
        cursor.execute(TAKE, values)
        taken = cursor.fetchone()
        if taken is not None:
            return Taken(True, int(taken[0]))
        cursor.execute(LOOK, {"key": values["key"]})
        found = cursor.fetchone()
    # Swept since: then it is full.
    return Taken(False, int(found[0]) if found else 0)
