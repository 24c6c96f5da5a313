"""What `verify` reads is one picture of the database, taken beside a running house, and it writes nothing."""

from collections.abc import Iterable
from datetime import datetime

import psycopg
import pytest
from django.db import connection

from config.management.commands.verify import INVARIANTS
from core.clock import now
from core.invariants import Breach, Invariant
from core.models import StreamHead
from core.queries.verifying import verify_all
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_committed_meanwhile_is_not_seen() -> None:
    seen: list[int] = []

    def look(_at: datetime) -> Iterable[Breach]:
        seen.append(StreamHead.objects.count())
        return []

    def somebody_else_commits(_at: datetime) -> Iterable[Breach]:
        parameters = connection.get_connection_params()
        for name in ("cursor_factory", "context"):
            parameters.pop(name, None)
        with psycopg.connect(**parameters) as other:
            other.execute("INSERT INTO core_streamhead (channel, last_seq) VALUES ('ELSEWHERE', 0)")
        return []

    verify_all([Invariant("V99", "Looks.", (), each) for each in (look, somebody_else_commits, look)], at=now())

    assert seen == [0, 0]
    assert StreamHead.objects.count() == 1


def test_it_cannot_write_and_goes_on_after_what_fails() -> None:
    World().client("Alder", USD="1.00")

    def write(_at: datetime) -> Iterable[Breach]:
        StreamHead.objects.create(channel="HERE")
        return []

    verdicts = verify_all([Invariant("V99", "Writes.", (), write), *INVARIANTS], at=now())

    assert verdicts[0].error == "cannot execute INSERT in a read-only transaction"
    assert [(each.number, each.examples, each.error) for each in verdicts[1:] if each.count or each.error] == []
