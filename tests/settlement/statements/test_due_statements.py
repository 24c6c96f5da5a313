"""Each month's statements are issued once its last day is closed, whoever is killed and however many try."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from core.domain.refusals import Refusal
from core.operations.record_audit import SYSTEM
from settlement.models import ClientStatement, LedgerAccount
from settlement.operations import issue_due_statements as due
from settlement.operations.issue_due_statements import issue_due_statements
from settlement.operations.issue_statement import issue_statement
from settlement.operations.reissue_statement import reissue_statement
from settlement.tasks import issue_statements
from tests.settlement.statements.closing import close_until, night_of
from tests.world import World

LAST_BUT_ONE, LAST, FIRST_OF_APRIL = date(2026, 3, 30), date(2026, 3, 31), date(2026, 4, 1)


def a_month_of(*names: str) -> World:
    world = World()
    world.at = datetime(2026, 3, 30, 10, tzinfo=UTC)
    for name in names:
        world.client(name, USD="10.00")
    return world


def told() -> list[tuple[str, str, str]]:
    rows = ClientStatement.objects.order_by("profile__entity__reference", "number")
    return [(each.profile.entity.reference, each.number, f"{each.period_start} {each.period_end}") for each in rows]


@pytest.mark.django_db
def test_they_are_due_when_the_last_day_is_closed_and_no_earlier() -> None:
    world = a_month_of("Alder", "Birch")
    world.client("Cedar")
    close_until(LAST_BUT_ONE)
    assert issue_due_statements(at=night_of(LAST)) == []
    close_until(LAST)
    assert len(issue_due_statements(at=night_of(LAST))) == 2
    month = "2026-03-01 2026-03-31"
    assert told() == [("Alder", "2026-0001", month), ("Birch", "2026-0001", month)], "Cedar never had anything"
    assert issue_due_statements(at=night_of(LAST)) == []
    assert issue_statements() == 0


@pytest.mark.django_db
def test_a_few_at_a_time_and_who_is_refused_keeps_nobody_waiting(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    a_month_of("Alder", "Birch", "Cedar", "Dogwood", "Elm")
    close_until(LAST)
    settings.STATEMENTS_PER_SWEEP = 2
    assert [len(issue_due_statements(at=night_of(LAST))) for _ in range(4)] == [2, 2, 1, 0]
    settings.STATEMENTS_PER_SWEEP = 200
    first = ClientStatement.objects.order_by("profile_id").first()
    assert first is not None
    refused = issue_statement

    def fails_for_one(**values: object) -> object:
        if values["profile_id"] == first.profile_id:
            raise Refusal("STATEMENT_TOO_LARGE", "")
        return refused(**values)  # type: ignore[arg-type]

    monkeypatch.setattr(due, "issue_statement", fails_for_one)
    close_until(date(2026, 4, 30))
    assert len(issue_due_statements(at=night_of(date(2026, 4, 30)))) == 4


@pytest.mark.django_db
@pytest.mark.parametrize("failure", [Refusal("STATEMENT_TOO_LARGE", ""), ValueError("a figure nobody expected")])
def test_who_fails_for_good_does_not_use_up_the_sweep(
    settings, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    a_month_of("Alder", "Birch", "Cedar", "Dogwood")
    close_until(LAST)
    settings.STATEMENTS_PER_SWEEP = 2
    doomed = set(
        LedgerAccount.objects.filter(kind="CLIENT").order_by("profile_id").values_list("profile_id", flat=True)[:2]
    )

    def fails_for_two(**values: object) -> object:
        if values["profile_id"] in doomed:
            raise failure
        return issue_statement(**values)  # type: ignore[arg-type]

    monkeypatch.setattr(due, "issue_statement", fails_for_two)

    assert len(issue_due_statements(at=night_of(LAST))) == 2
    assert {each.profile_id for each in ClientStatement.objects.all()}.isdisjoint(doomed)


@pytest.mark.django_db
def test_killed_in_between_the_next_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    a_month_of("Alder", "Birch", "Cedar")
    close_until(LAST)
    calls = []

    def dies_at_the_second(**values: object) -> object:
        calls.append(values)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return issue_statement(**values)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(due, "issue_statement", dies_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            issue_due_statements(at=night_of(LAST))
    assert len(told()) == 1
    assert len(issue_due_statements(at=night_of(LAST))) == 2
    assert [number for _, number, _ in told()] == ["2026-0001"] * 3


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_issue_each_once_and_numbers_have_no_gap() -> None:
    a_month_of("Alder", "Birch", "Cedar")
    close_until(LAST)
    found: list[object] = []

    def sweep() -> None:
        try:
            found.extend(issue_due_statements(at=night_of(LAST)))
        finally:
            connection.close()

    run_at_once(sweep)
    assert len(found) == 3
    assert [number for _, number, _ in told()] == ["2026-0001"] * 3


@pytest.mark.django_db(transaction=True)
def test_different_periods_of_a_profile_at_once_are_numbered_one_after_the_other() -> None:
    a_month_of("Alder")
    close_until(FIRST_OF_APRIL)
    profile_id = LedgerAccount.objects.get(kind="CLIENT", asset__code="USD").profile_id
    assert profile_id is not None
    starts = iter([FIRST_OF_APRIL - timedelta(days=number) for number in range(8)])
    codes: list[str] = []

    def issue() -> None:
        try:
            issue_statement(
                profile_id=profile_id, period_start=next(starts), period_end=FIRST_OF_APRIL, actor=SYSTEM,
                at=night_of(FIRST_OF_APRIL),
            )  # fmt: skip
        except Refusal as refusal:
            codes.append(refusal.code)
        finally:
            connection.close()

    run_at_once(issue)
    assert codes == []
    assert [number for _, number, _ in told()] == [f"2026-{number:04}" for number in range(1, 9)]


@pytest.mark.django_db(transaction=True)
def test_of_eight_corrections_at_once_one_is_issued() -> None:
    world = a_month_of()
    alder = world.client("Alder", USD="10.00")
    close_until(LAST)
    (statement_id,) = issue_due_statements(at=night_of(LAST))
    world.deposit(alder, "USD", "5.00")
    close_until(FIRST_OF_APRIL)
    codes: list[str] = []

    def correct() -> None:
        try:
            reissue_statement(
                statement_id=statement_id, reason="A deposit came late.", actor=SYSTEM, at=night_of(FIRST_OF_APRIL)
            )
        except Refusal as refusal:
            codes.append(refusal.code)
        finally:
            connection.close()

    run_at_once(correct)
    assert codes == ["STATEMENT_SUPERSEDED"] * 7
    assert [number for _, number, _ in told()] == ["2026-0001", "2026-0002"]


def run_at_once(work: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
