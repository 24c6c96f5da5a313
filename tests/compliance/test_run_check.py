"""The house checks itself by the clock, and keeps what it found."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from compliance import tasks
from compliance.models import CheckRun
from compliance.operations import run_check as running
from compliance.operations.run_check import Publication, run_check
from config.management.commands.verify import INVARIANTS
from core.clock import now
from core.ids import new_id
from tests.compliance.watching import AUDIT, ORIGIN, Watched, damage, edit

pytestmark = pytest.mark.django_db


class Stop(Exception):
    """The time is over."""


def check(kind: str, watched: Watched) -> CheckRun:
    publication = Publication(watched.checkpoints, ORIGIN, watched.keys.public_keys)
    return CheckRun.objects.get(pk=run_check(kind=kind, publication=publication, clock=now, stop=Stop))


@pytest.mark.parametrize("kind", CheckRun.Kind.values)
def test_a_whole_house_holds(watched: Watched, kind: str) -> None:
    run = check(kind, watched)
    assert (run.result, run.breaches, run.findings) == ("HOLDS", 0, [])
    assert run.looked_at > 10
    assert run.ended_at >= run.began_at


def test_a_changed_balance_is_found_in_the_books(watched: Watched) -> None:
    damage("UPDATE settlement_ledgeraccount SET balance = balance + 1 WHERE kind = 'FEES'")
    run = check("BOOKS", watched)
    assert run.result == "BREACHED"
    assert run.breaches >= len(run.findings)
    assert {finding["where"].split()[0] for finding in run.findings} >= {"V1", "V2"}


def test_an_edited_entry_is_found_in_the_record_and_in_the_books_in_full(watched: Watched) -> None:
    seal_seq = edit(AUDIT, "UPDATE core_auditentry SET reason = 'else' WHERE id = {object}", 1)
    # Before the last checkpoint: the nightly look compares hashes only.
    assert check("RECORD", watched).result == "HOLDS"
    run = check("RECORD_FULL", watched)
    assert run.result == "BREACHED"
    assert run.findings[0]["where"] == f"seal {seal_seq}"
    assert check("BOOKS", watched).result == "HOLDS"
    assert check("BOOKS_FULL", watched).result == "BREACHED"


def test_what_takes_too_long_or_cannot_be_read_is_not_called_whole(watched: Watched, monkeypatch) -> None:
    def raising(error: Exception):
        def fail(*_: object, **__: object) -> None:
            raise error

        return fail

    for error, why in (
        (Stop(), running.TOOK_TOO_LONG),
        (DatabaseError("canceling statement\nmore"), "canceling statement"),
    ):
        monkeypatch.setattr(running, "verify_all", raising(error))
        run = check("BOOKS", watched)
        assert (run.result, run.findings) == ("NOT_ALL_CHECKED", [{"where": "not checked", "what": why}])


def test_findings_are_bounded(watched: Watched) -> None:
    damage("UPDATE settlement_posting SET amount = amount + 1")
    run = check("BOOKS", watched)
    assert run.breaches >= len(run.findings)
    assert len(run.findings) <= running.MOST_FINDINGS


def test_the_clock_begins_each_kind_and_the_queue_knows_the_task(monkeypatch) -> None:
    begun = [each["args"][0] for each in settings.CELERY_BEAT_SCHEDULE.values() if each["task"] == tasks.run_check.name]
    assert sorted(begun) == sorted(CheckRun.Kind.values)
    asked = []
    monkeypatch.setattr(tasks.checking, "run_check", lambda **words: asked.append(words["kind"]))
    for kind in begun:
        tasks.run_check(kind)
    assert asked == begun


def test_the_installed_house_checks_itself(tmp_path: Path, settings) -> None:
    settings.CHECKPOINT_DIR = tmp_path / "checkpoints"
    settings.REPORT_KEYS_DIR = tmp_path / "keys"
    for kind in CheckRun.Kind.values:
        tasks.run_check(kind)
    assert set(CheckRun.objects.values_list("kind", "result")) == {(kind, "HOLDS") for kind in CheckRun.Kind.values}
    assert len(INVARIANTS) > 20


# --- around Python


@pytest.mark.parametrize(
    ("fact", "changes"),
    [
        ("check_kind_is_known", {"kind": "MOOD"}),
        ("check_result_says_what_was_found", {"result": "HOLDS", "breaches": 1}),
        ("check_result_says_what_was_found", {"result": "BREACHED", "breaches": 0}),
        ("check_result_says_what_was_found", {"result": "PERHAPS"}),
        ("check_looked_at_something_or_nothing", {"looked_at": -1}),
        ("check_ends_after_it_begins", {"ended_at": now() - timedelta(days=1)}),
    ],
)
def test_the_database_refuses_by_itself(fact: str, changes: dict[str, object]) -> None:
    sound = {
        "kind": "BOOKS", "result": "HOLDS", "looked_at": 1, "breaches": 0, "began_at": now(), "ended_at": now(),
    }  # fmt: skip
    row = CheckRun(pk=new_id(), **(sound | changes))
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        row.save(force_insert=True)
    assert caught.value.__cause__.diag.constraint_name == fact


@pytest.mark.parametrize(
    "statement", ["UPDATE compliance_checkrun SET breaches = 0", "DELETE FROM compliance_checkrun"]
)
def test_a_run_is_kept_as_it_was(statement: str) -> None:
    at = now()
    CheckRun.objects.create(kind="BOOKS", result="BREACHED", looked_at=1, breaches=3, began_at=at, ended_at=at)
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert caught.value.__cause__.diag.constraint_name == "check_run_is_append_only"
