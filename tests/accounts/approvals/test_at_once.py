"""Many at once: one request, one execution, exact sums."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection, transaction

from accounts import approvable
from accounts.approvable import Description, Execution, register_action
from accounts.domain.duties import conflicts_of
from accounts.models import ApprovalDecision, ApprovalRequest, ApprovalTally, StaffUser
from accounts.operations.carry_out import Wish, carry_out
from accounts.operations.grant_role import end_role, grant_role
from accounts.operations.suspend_staff import suspend_staff
from accounts.queries.staff_rights import count_holders, permissions_of_person
from core import clock
from core.domain.refusals import Refusal
from core.ids import new_id
from core.operations.record_audit import SYSTEM, Actor
from tests.accounts.approvals.samples import SAMPLES, ask
from tests.desk import a_person
from tests.four_eyes import a_person_with, decide
from trading.models import Instruction

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


WAITING = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"


def at_once(works: list[Callable[[], str]], *, held: str = "") -> Counter[str]:
    """Do all at the same moment, each over a connection of its own; counts what came of them, refusals by their code.

    ``held`` is a statement that locks what they need late: one after the other gets as far as it can, then it is let go.
    """
    start, came = threading.Barrier(1 if held else len(works)), Counter[str]()
    lock = threading.Lock()

    def run(work: Callable[[], str]) -> None:
        try:
            start.wait()
            try:
                result = work()
            except Refusal as refusal:
                result = refusal.code
            with lock:
                came[result] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    with transaction.atomic(), connection.cursor() as cursor:
        if held:
            cursor.execute(held)
        for begun, thread in enumerate(threads, start=1):
            thread.start()
            until, waiting = time.monotonic() + 10, 0
            while held and waiting + came.total() < begun and time.monotonic() < until:
                time.sleep(0.02)
                cursor.execute(WAITING)
                waiting = cursor.fetchone()[0]
    for thread in threads:
        thread.join(60)
    return came


def test_twenty_approve_at_once_and_it_is_done_once() -> None:
    approval_id, _ = ask("REFERENCE_PRICE")
    permission = ApprovalRequest.objects.get(pk=approval_id).permission
    people = [a_person_with(permission, f"Person {number}") for number in range(20)]

    came = at_once([lambda person=person: decide(approval_id, person).status for person in people])  # type: ignore[misc]

    assert came == {"EXECUTED": 1, "APPROVAL_ALREADY_DECIDED": 19}
    assert Instruction.objects.filter(kind="SET_REFERENCE").count() == 1
    assert ApprovalDecision.objects.filter(request_id=approval_id).count() == 1


def test_one_person_clicking_twenty_times_is_one_approval() -> None:
    approval_id, _ = ask("MARKET_RESUME")
    person = a_person_with(ApprovalRequest.objects.get(pk=approval_id).permission)
    waiting = Instruction.objects.count()
    came = at_once([lambda: decide(approval_id, person).status] * 20)
    assert came == {"EXECUTED": 1, "APPROVAL_ALREADY_DECIDED": 19}
    assert Instruction.objects.count() == waiting + 1


def test_the_same_asked_by_twelve_at_once_is_one_request() -> None:
    wish = SAMPLES["REFERENCE_PRICE"]()
    came = at_once([lambda: str(carry_out(wish=wish, actor=SYSTEM, at=NOON).is_pending)] * 12)
    assert came == {"True": 1, "APPROVAL_ALREADY_PENDING": 11}
    assert ApprovalRequest.objects.filter(action="REFERENCE_PRICE").count() == 1


def test_the_sum_of_a_day_is_exact_under_concurrency(monkeypatch: pytest.MonkeyPatch) -> None:
    def execute(execution: Execution) -> dict[str, str]:
        return {"done": "yes"}

    monkeypatch.setattr(approvable, "_actions", {})
    register_action("WITHDRAWAL", execute=execute, describe=lambda _: Description("Pay", [], "Money leaves."))

    def withdraw() -> str:
        wish = Wish(
            action="WITHDRAWAL",
            subject_type="a.b",
            subject_id=new_id(),
            payload={},
            value=Decimal("0.000000000000000001"),
        )
        return str(carry_out(wish=wish, actor=SYSTEM, at=NOON).is_pending)

    assert at_once([withdraw] * 20) == {"False": 20}
    assert ApprovalTally.objects.get(action="WITHDRAWAL").value == Decimal("0.000000000000000020")


def administrators(count: int) -> list[StaffUser]:
    return [a_person(f"Admin {number}", role="ADMINISTRATOR") for number in range(count)]


def grant_asked(staff: StaffUser, role: str) -> UUID:
    approval_id = grant_role(
        staff_id=staff.pk, role=role, reason="Tests", actor=SYSTEM, at=clock.now()
    ).approval_id  # fmt: skip
    assert approval_id is not None
    return approval_id


def test_a_role_that_ends_and_a_holder_who_is_suspended_leave_enough_administrators() -> None:
    first, second, third = administrators(3)
    ended = end_role(staff_id=first.pk, role="ADMINISTRATOR", reason="Leaves", actor=SYSTEM, at=clock.now()).approval_id
    assert ended is not None

    def suspend() -> str:
        suspend_staff(staff_id=third.pk, reason="Ill", actor=Actor("PERSON", second.pk), at=clock.now())
        return "SUSPENDED"

    held = f"SELECT 1 FROM accounts_rolegrant WHERE staff_id = '{first.pk}' FOR UPDATE"
    came = at_once([lambda: decide(ended, second).status, suspend], held=held)
    assert came in ({"EXECUTED": 1, "LAST_ADMINISTRATORS": 1}, {"FAILED": 1, "SUSPENDED": 1})
    assert count_holders("role.approve") == 2


def test_one_human_with_two_accounts_does_not_get_duties_kept_apart_at_once() -> None:
    first, second = administrators(2)
    one = a_person("Hanna", role=())
    other = a_person("Hanna again", role=(), person_id=one.person_id)
    asked = [(grant_asked(one, "OPERATIONS"), first), (grant_asked(other, "TREASURER"), second)]

    held = "SELECT 1 FROM accounts_role WHERE name IN ('OPERATIONS', 'TREASURER') FOR UPDATE"
    came = at_once([lambda pair=pair: decide(*pair).status for pair in asked], held=held)  # type: ignore[misc]

    assert came == {"EXECUTED": 1, "FAILED": 1}
    assert not conflicts_of(permissions_of_person(one.person_id))


def test_two_who_decide_on_each_others_roles_do_not_wait_for_each_other() -> None:
    first, second = administrators(2)
    asked = [(grant_asked(first, "VIEWER"), second), (grant_asked(second, "VIEWER"), first)]
    held = "LOCK TABLE accounts_approvaldecision IN SHARE MODE"
    came = at_once([lambda pair=pair: decide(*pair).status for pair in asked], held=held)  # type: ignore[misc]
    assert came == {"EXECUTED": 2}
