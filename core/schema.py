"""What migrations need beyond Django's own operations: partitions, append-only tables, the queue of the sealer.

Large append-only tables are range-partitioned on their own primary key, so that the key stays one column and foreign keys to
them work: UUIDv7 keys by month, bigint keys by fifty million. What has to be unique within a market or an event has a unique
index in each partition.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Func, Value

from core.ids import first_id_at

ROWS_A_PARTITION = 50_000_000


@dataclass(frozen=True, slots=True)
class Partitioning:
    """How a table is cut, and which indexes each part is given: name of the fact -> columns."""

    by: Literal["MONTH", "NUMBER"]
    unique: Mapping[str, Sequence[str]] = field(default_factory=dict)


def next_value_of(sequence: str) -> Func:
    """The database default of a bigint key: the next value of ``sequence``."""
    return Func(Value(sequence), function="nextval")


def month_bounds(year: int, month: int) -> tuple[str, str]:
    """The lowest id of the month and of the one after it."""
    after = (year + 1, 1) if month == 12 else (year, month + 1)
    return str(first_id_at(datetime(year, month, 1, tzinfo=UTC))), str(first_id_at(datetime(*after, 1, tzinfo=UTC)))


def partition_statements(table: str, partitioning: Partitioning, *, suffix: str, bounds: tuple[str, str]) -> list[str]:
    """The statements that make one part of ``table``; made already, they do nothing."""
    part = f"{table}_{suffix}"
    statements = [
        f"CREATE TABLE IF NOT EXISTS {part} PARTITION OF {table} FOR VALUES FROM ('{bounds[0]}') TO ('{bounds[1]}')"
    ]
    for fact, columns in partitioning.unique.items():
        statements.append(f"CREATE UNIQUE INDEX IF NOT EXISTS {fact}_{suffix} ON {part} ({', '.join(columns)})")
    return statements


def months_from(instant: datetime, count: int) -> list[tuple[int, int]]:
    """``count`` months, beginning with the one before ``instant``."""
    first = instant.year * 12 + instant.month - 2
    return [divmod(number, 12) for number in range(first, first + count)]


def statements_ahead(table: str, partitioning: Partitioning, *, at: datetime, highest: int = 0) -> list[str]:
    """The statements that give ``table`` its parts up to four months, or one hundred million rows, ahead."""
    statements: list[str] = []
    if partitioning.by == "MONTH":
        for year, month0 in months_from(at, 6):
            bounds = month_bounds(year, month0 + 1)
            suffix = f"{year}{month0 + 1:02}"
            statements += partition_statements(table, partitioning, suffix=suffix, bounds=bounds)
        return statements
    current = highest // ROWS_A_PARTITION
    for number in range(current, current + 2):
        bounds = (str(number * ROWS_A_PARTITION), str((number + 1) * ROWS_A_PARTITION))
        statements += partition_statements(table, partitioning, suffix=f"{number:04}", bounds=bounds)
    return statements


class CreatePartitionedModel(migrations.CreateModel):
    """``CreateModel`` for a table that is cut by its primary key."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        whole = schema_editor.sql_create_table
        schema_editor.sql_create_table = f"{whole} PARTITION BY RANGE (id)"
        try:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        finally:
            schema_editor.sql_create_table = whole


class MakePartitions(migrations.RunPython):
    """Gives a freshly created table its first parts; later ones are made ahead by ``make_partitions``."""

    def __init__(self, table: str, partitioning: Partitioning) -> None:
        self.table = table
        self.partitioning = partitioning

        def forwards(_apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
            for statement in statements_ahead(table, partitioning, at=datetime.now(UTC)):
                schema_editor.execute(statement)

        super().__init__(forwards, migrations.RunPython.noop)

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return (self.__class__.__qualname__, [self.table, self.partitioning], {})


class AppendOnly(migrations.RunSQL):
    """Refuses UPDATE, DELETE and TRUNCATE of ``table`` for everybody, the owner included, under the name ``fact``."""

    def __init__(self, table: str, fact: str) -> None:
        self.table, self.fact = table, fact
        super().__init__(
            f"CREATE TRIGGER {fact} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW"
            f" EXECUTE FUNCTION core_refuse_change();"
            f"CREATE TRIGGER {fact}_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"
            f" EXECUTE FUNCTION core_refuse_change();",
            f"DROP TRIGGER {fact} ON {table}; DROP TRIGGER {fact}_whole ON {table};",
        )

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return (self.__class__.__qualname__, [self.table, self.fact], {})


class RefersTo(migrations.RunSQL):
    """A foreign key for rows that come by the thousand: one look for all rows of a statement, not one for each row.

    Refuses, under the name ``fact`` and with the state of a foreign key, an INSERT whose ``columns`` name no row of ``target``.
    That is enough where rows of the target stay for ever with their keys (``KeptForEver``, ``AppendOnly``) and the table is
    append-only itself; a row-wise foreign key would cost more than everything else that the matcher writes.
    """

    def __init__(self, table: str, columns: str, target: str, target_columns: str, fact: str) -> None:
        self.table, self.columns, self.target, self.target_columns, self.fact = (
            table, columns, target, target_columns, fact,
        )  # fmt: skip
        super().__init__(
            f"CREATE TRIGGER {fact} AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT"
            f" EXECUTE FUNCTION core_refuse_strangers('{columns}', '{target}', '{target_columns}');",
            f"DROP TRIGGER {fact} ON {table};",
        )

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        parts = [self.table, self.columns, self.target, self.target_columns, self.fact]
        return (self.__class__.__qualname__, parts, {})


class ComposedKey(migrations.RunSQL):
    """A foreign key of several columns under the name ``fact``: two rows that refer to each other have the same owner.

    Django knows no such key. The target's columns need a unique constraint of their own.
    """

    def __init__(self, table: str, columns: str, target: str, target_columns: str, fact: str) -> None:
        self.table, self.columns, self.target, self.target_columns, self.fact = (
            table, columns, target, target_columns, fact,
        )  # fmt: skip
        super().__init__(
            f"ALTER TABLE {table} ADD CONSTRAINT {fact} FOREIGN KEY ({columns}) REFERENCES {target} ({target_columns});",
            f"ALTER TABLE {table} DROP CONSTRAINT {fact};",
        )

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        parts = [self.table, self.columns, self.target, self.target_columns, self.fact]
        return (self.__class__.__qualname__, parts, {})


class KeptForEver(migrations.RunSQL):
    """Refuses DELETE, TRUNCATE and a change of ``keys`` for everybody, the owner included: other rows refer to these."""

    def __init__(self, table: str, keys: str, fact: str) -> None:
        self.table, self.keys, self.fact = table, keys, fact
        columns = [key.strip() for key in keys.split(",")]
        change = " OR ".join(f"OLD.{key} IS DISTINCT FROM NEW.{key}" for key in columns)
        super().__init__(
            f"CREATE TRIGGER {fact} BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION core_refuse_end();"
            f"CREATE TRIGGER {fact}_key BEFORE UPDATE OF {keys} ON {table} FOR EACH ROW WHEN ({change})"
            f" EXECUTE FUNCTION core_refuse_end();"
            f"CREATE TRIGGER {fact}_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_end();",
            f"DROP TRIGGER {fact} ON {table}; DROP TRIGGER {fact}_key ON {table}; DROP TRIGGER {fact}_whole ON {table};",
        )

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return (self.__class__.__qualname__, [self.table, self.keys, self.fact], {})


class QueueForSealing(migrations.RunSQL):
    """Writes each inserted row's id into ``core_unsealed`` in the same statement, COPY included: nobody inserts unsealed."""

    def __init__(self, table: str, kind: str) -> None:
        self.table, self.kind = table, kind
        super().__init__(
            f"CREATE TRIGGER {table}_is_sealed AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh"
            f" FOR EACH STATEMENT EXECUTE FUNCTION core_queue_for_sealing('{kind}');",
            f"DROP TRIGGER {table}_is_sealed ON {table};",
        )

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return (self.__class__.__qualname__, [self.table, self.kind], {})


class KeepVersions(migrations.RunSQL):
    """Begins the history ``table`` with the rows of ``of`` that are there, and makes it append-only under ``fact``."""

    def __init__(self, table: str, of: str, columns: str, fact: str) -> None:
        self.table, self.of, self.columns, self.fact = table, of, columns, fact
        guards = AppendOnly(table, fact)
        super().__init__(
            f"INSERT INTO {table} ({columns}, pgh_created_at, pgh_label, pgh_obj_id)"  # noqa: S608 - names of our own
            f" SELECT {columns}, now(), 'known', id FROM {of};{guards.sql}",
            guards.reverse_sql,
        )

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return (self.__class__.__qualname__, [self.table, self.of, self.columns, self.fact], {})
