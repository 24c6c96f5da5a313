"""Whether the guards stand: what models and migrations declare, against what the catalogue has."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader

from core.invariants import Breach
from core.schema import AppendOnly, ComposedKey, KeepVersions, KeptForEver, QueueForSealing, RefersTo

APPLICATION = "cth_app"
# What migrations declare in plain SQL.
OTHER_TRIGGERS = {
    ("core_outboxmessage", "outbox_rings"),
    ("accounts_approvalpolicy", "policy_follows_its_predecessor"),
    ("accounts_approvalpolicy", "policy_change_was_approved"),
    ("accounts_approvalrequest", "approval_is_asked_first"),
    ("accounts_approvalrequest", "approval_moves_forward"),
    ("accounts_approvalrequest", "approval_request_is_frozen"),
    ("accounts_approvalrequest", "executed_request_was_approved"),
    ("accounts_approvaldecision", "decision_fits_its_request"),
    ("core_auditentry", "audit_entry_is_the_act"),
    ("accounts_profilemember", "membership_ends_once"),
    ("accounts_profile", "closed_profile_is_empty"),
    ("settlement_entry", "entry_is_of_an_open_day"),
    ("settlement_businessday", "days_close_in_order"),
    ("settlement_balancesnapshot", "snapshot_opens_as_the_last_closed"),
    ("settlement_ledgeraccount", "value_goes_to_an_open_profile"),
    ("settlement_ledgeraccount", "value_begins_at_an_open_profile"),
    ("settlement_entry", "reversal_is_noted"),
    ("settlement_internaltransfer", "transfer_moves_forward"),
    ("settlement_internaltransfer", "executed_transfer_was_approved"),
    ("settlement_manualjournal", "journal_moves_forward"),
    ("settlement_manualjournal", "posted_journal_was_approved"),
    ("settlement_journalline", "journal_line_is_drafted"),
    ("settlement_clientstatement", "statement_number_is_gapless"),
    ("settlement_clientstatement", "statement_covers_closed_days"),
    ("settlement_clientstatement", "statement_adds_up"),
    ("settlement_deposit", "deposit_moves_forward"),
    ("settlement_deposit", "deposit_has_one_owner"),
    ("settlement_deposit", "reversed_deposit_was_approved"),
    ("settlement_arrivalcursor", "arrival_cursor_never_goes_back"),
    ("trading_market", "quotes_end_with_the_open_phase"),
}
OTHER_CONSTRAINTS = {("core_sealedrecord", "seal_follows_its_predecessor")}

CONSTRAINTS = """
SELECT c.relname, k.conname, k.convalidated FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE c.relnamespace = 'public'::regnamespace
"""
INDEXES = """
SELECT c.relname, x.relname, i.indisvalid AND i.indisunique FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
WHERE c.relnamespace = 'public'::regnamespace
"""
TRIGGERS = """
SELECT c.relname, t.tgname, t.tgenabled IN ('O', 'A') FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal
"""
PARTS = """
SELECT w.relname, p.relname FROM pg_inherits i JOIN pg_class w ON w.oid = i.inhparent JOIN pg_class p ON p.oid = i.inhrelid
WHERE w.relkind = 'p' AND w.relnamespace = 'public'::regnamespace
"""
RIGHTS = """
SELECT c.relname, r.name FROM pg_class c CROSS JOIN (VALUES ('UPDATE'), ('DELETE'), ('TRUNCATE')) r (name)
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND has_table_privilege(%s, c.oid, r.name)
"""

# The function that triggers of django-pgtrigger ask whether this session goes without them; see grant_rights.
IGNORING = """
SELECT proname::text FROM pg_proc
WHERE proname = '_pgtrigger_should_ignore' AND (pronamespace <> 'public'::regnamespace OR prosrc <> 'SELECT false')
"""


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """Table and name -> whether it is in force."""

    constraints: dict[tuple[str, str], bool]
    indexes: dict[tuple[str, str], bool]
    triggers: dict[tuple[str, str], bool]
    parts: dict[str, list[str]]


def find_missing_guards(_at: datetime) -> Iterator[Breach]:
    """Each declared constraint, trigger and unique index that is missing, not validated or switched off; rights too many."""
    catalogue = _read_catalogue()
    for model in _models():
        yield from _constraints_of(model, catalogue)
        yield from _parts_of(model, catalogue)
        for trigger in getattr(model._meta, "triggers", []):
            yield from _stands(catalogue.triggers, model._meta.db_table, trigger.get_pgid(model), "trigger")
    for table, name in sorted(_declared_triggers()):
        yield from _stands(catalogue.triggers, table, name, "trigger")
    for table, name in sorted(_declared_constraints()):
        yield from _stands(catalogue.constraints, table, name, "constraint")
    yield from _in_force(catalogue.constraints, "constraint is not validated")
    yield from _in_force(catalogue.triggers, "trigger is switched off")
    yield from _ways_around()
    yield from _rights_too_many(catalogue)


def _models() -> list[type[models.Model]]:
    return [
        model for model in apps.get_models(include_auto_created=True) if model._meta.managed and not model._meta.proxy
    ]


def _read_catalogue() -> _Catalogue:
    parts: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(PARTS)
        for whole, part in cursor.fetchall():
            parts.setdefault(whole, []).append(part)
    return _Catalogue(_named(CONSTRAINTS), _named(INDEXES), _named(TRIGGERS), parts)


def _named(query: str) -> dict[tuple[str, str], bool]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {(table, name): is_in_force for table, name, is_in_force in cursor.fetchall()}


def _stands(have: dict[tuple[str, str], bool], table: str, name: str, what: str) -> Iterator[Breach]:
    is_in_force = have.get((table, name))
    if is_in_force is None:
        yield f"{table}.{name}", f"{what} is missing"


def _in_force(have: dict[tuple[str, str], bool], otherwise: str) -> Iterator[Breach]:
    for (table, name), is_in_force in sorted(have.items()):
        if not is_in_force:
            yield f"{table}.{name}", otherwise


def _constraints_of(model: type[models.Model], catalogue: _Catalogue) -> Iterator[Breach]:
    table = model._meta.db_table
    for constraint in model._meta.constraints:
        is_index = isinstance(constraint, models.UniqueConstraint) and (
            constraint.condition is not None or bool(constraint.expressions)
        )
        have = catalogue.indexes if is_index else catalogue.constraints
        yield from _stands(have, table, constraint.name, "constraint")


def _parts_of(model: type[models.Model], catalogue: _Catalogue) -> Iterator[Breach]:
    partitioning: Any = getattr(model, "partitioning", None)
    if partitioning is None:
        return
    table = model._meta.db_table
    parts = catalogue.parts.get(table, [])
    if not parts:
        yield table, "has no parts"
    for part in parts:
        suffix = part.removeprefix(f"{table}_")
        for fact in partitioning.unique:
            if not catalogue.indexes.get((part, f"{fact}_{suffix}")):
                yield f"{part}.{fact}_{suffix}", "unique index is missing or not valid"


def _declared_triggers() -> set[tuple[str, str]]:
    """Table and name of each trigger that a migration's guards make."""
    declared = set(OTHER_TRIGGERS)
    for operation in _migrated():
        if isinstance(operation, (AppendOnly, KeepVersions, KeptForEver)):
            declared |= {(operation.table, operation.fact), (operation.table, f"{operation.fact}_whole")}
        if isinstance(operation, KeptForEver):
            declared.add((operation.table, f"{operation.fact}_key"))
        if isinstance(operation, RefersTo):
            declared.add((operation.table, operation.fact))
        if isinstance(operation, QueueForSealing):
            declared.add((operation.table, f"{operation.table}_is_sealed"))
    return declared


def _declared_constraints() -> set[tuple[str, str]]:
    """Table and name of each constraint that no model declares: Django knows no foreign key of several columns."""
    keys = {(operation.table, operation.fact) for operation in _migrated() if isinstance(operation, ComposedKey)}
    return OTHER_CONSTRAINTS | keys


def _migrated() -> Iterator[Any]:
    for migration in MigrationLoader(None, ignore_no_migrations=True).disk_migrations.values():
        yield from migration.operations


def _ways_around() -> Iterator[Breach]:
    with connection.cursor() as cursor:
        cursor.execute(IGNORING)
        for (name,) in cursor.fetchall():
            yield name, "a session can switch triggers off by a setting: run grant_rights"


def _rights_too_many(catalogue: _Catalogue) -> Iterator[Breach]:
    append_only = {model._meta.db_table for model in _models() if getattr(model, "is_append_only", False)}
    append_only |= {part for table in append_only for part in catalogue.parts.get(table, [])}
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION])
        if cursor.fetchone() is None:
            yield APPLICATION, "the application's role is missing"
            return
        cursor.execute(RIGHTS, [APPLICATION])
        for table, right in cursor.fetchall():
            if table in append_only or right == "TRUNCATE":
                yield table, f"{APPLICATION} may {right} it"
    guarded = {each.table for each in _migrated() if isinstance(each, (AppendOnly, KeepVersions))}
    for table in sorted(append_only - set().union(*map(set, catalogue.parts.values())) - guarded):
        yield table, "nothing refuses UPDATE and DELETE"
