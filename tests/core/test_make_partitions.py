"""The parts of partitioned tables are there before they are needed, and the application's role may make them and nothing else."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from core.clock import now
from core.operations.make_partitions import make_partitions
from core.schema import statements_ahead

pytestmark = pytest.mark.django_db
PARTS = """
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid),
       (SELECT array_agg(regexp_replace(pg_get_indexdef(indexrelid), 'INDEX \\S+ ON \\S+', ''))
        FROM pg_index WHERE indrelid = c.oid),
       (SELECT array_agg(tgname::text ORDER BY tgname) FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal),
       (SELECT array_agg(conname::text ORDER BY conname) FROM pg_constraint
        WHERE conrelid = c.oid AND contype = 'c')
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = %s::regclass ORDER BY c.relname
"""


@contextmanager
def as_application() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE cth_app")
        yield
        cursor.execute("RESET ROLE")


def partitioned() -> list[type]:
    return [model for model in apps.get_models() if hasattr(model, "partitioning")]


def parts_of(table: str) -> dict[str, tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(PARTS, [table])
        return {row[0]: row[1:] for row in cursor.fetchall()}


def test_half_a_year_later_the_application_makes_parts_like_those_before_them() -> None:
    at = now() + timedelta(days=180)
    before = {model: parts_of(model._meta.db_table) for model in partitioned()}
    with as_application():
        made = make_partitions(at=at)
        assert make_partitions(at=at) == []

    assert made
    for model in partitioned():
        table = model._meta.db_table
        after = parts_of(table)
        if model.partitioning.by == "MONTH":
            assert after.keys() > before[model].keys()
        shapes = {tuple(tuple(sorted(part or ())) for part in shape[1:]) for shape in after.values()}
        assert len(shapes) == 1, table
        wanted = {
            re.search(r"PARTITION OF \S+ (.*)", line)[1]  # type: ignore[index]
            for line in statements_ahead(table, model.partitioning, at=at)
            if "PARTITION OF" in line
        }
        assert wanted <= {shape[0] for shape in after.values()}, table


def test_all_parts_are_there_after_the_migrations() -> None:
    assert make_partitions(at=now()) == []


def test_a_table_that_fills_gets_its_next_part_by_number() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE filling (id bigint PRIMARY KEY) PARTITION BY RANGE (id)")
        cursor.execute("CREATE TABLE filling_0000 PARTITION OF filling FOR VALUES FROM (0) TO (50000000)")
        cursor.execute("CREATE TABLE filling_0001 PARTITION OF filling FOR VALUES FROM (50000000) TO (100000000)")
        cursor.execute("INSERT INTO filling VALUES (50000000)")
    assert make_partitions(at=now()) == ["filling_0002"]


def test_the_application_can_create_nothing_else() -> None:
    for statement in (
        "CREATE TABLE mine (id int)",
        "CREATE TABLE settlement_posting_9999 PARTITION OF settlement_posting FOR VALUES FROM (1) TO (2)",
        "SELECT core_make_part('settlement_posting', '9999', '5000000000', '6000000000')",
    ):
        refused = pytest.raises(DatabaseError, match=r"permission denied|must be owner")
        with refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE cth_app")
            cursor.execute(statement)


def test_an_instant_of_another_age_is_refused() -> None:
    for at in (datetime(2020, 1, 1, tzinfo=UTC), now() + timedelta(days=400)):
        with pytest.raises(DatabaseError, match="parts are made for today"):
            make_partitions(at=at)


def test_each_part_refuses_truncate() -> None:
    for model in partitioned():
        if not getattr(model, "is_append_only", False):
            continue
        for part, (_, _, triggers, _) in parts_of(model._meta.db_table).items():
            assert [name for name in triggers if name.endswith("_whole")], part  # type: ignore[attr-defined]
