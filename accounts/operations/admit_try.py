"""Slow down guessing: a try passes only at the pace of whoever it is about and of the network address it comes from."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection, transaction

from core.domain.refusals import Refusal

PACES = {
    # What is limited: seconds that give one try back, and how many tries may come at once.
    "email": (10, 10),
    "address": (2, 60),
    # A person's one-time and recovery codes: six digits bear no more than this.
    "factor": (60, 5),
}
KEPT_SECONDS = 3_600

_TRY = """
INSERT INTO accounts_signinpace AS pace (subject_sha256, free_at)
VALUES (%(subject)s, %(at)s + make_interval(secs => %(interval)s))
ON CONFLICT (subject_sha256) DO UPDATE
SET free_at = GREATEST(pace.free_at, %(at)s) + make_interval(secs => %(interval)s)
WHERE pace.free_at <= %(at)s + make_interval(secs => %(ahead)s)
RETURNING 1
"""


def admit_try(*, subjects: Mapping[str, str], at: datetime) -> None:
    """Count one try of ``subjects``: kind of ``PACES`` -> who or where.

    Refuses it with TOO_MANY_TRIES (429) when one of them is faster than its pace. While the database is away nobody passes.
    """
    admitted = True
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        # In one order everywhere, so that two tries never wait for each other.
        for kind, subject in sorted(subjects.items()):
            seconds, burst = PACES[kind]
            cursor.execute(
                _TRY,
                {
                    "subject": hashlib.sha256(f"{kind}:{subject}".encode()).hexdigest(),
                    "at": at,
                    "interval": seconds,
                    "ahead": seconds * (burst - 1),
                },
            )
            admitted = admitted and cursor.fetchone() is not None
        cursor.execute("DELETE FROM accounts_signinpace WHERE free_at < %s", [at - timedelta(seconds=KEPT_SECONDS)])
    if not admitted:
        raise Refusal("TOO_MANY_TRIES", "Too many tries. Wait a minute, then try again.", status=429)
