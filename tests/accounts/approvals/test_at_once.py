"""Many at once: one request, one execution, exact sums."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection

from accounts import approvable
from accounts.approvable import Description, Execution, register_action
from accounts.models import ApprovalDecision, ApprovalRequest, ApprovalTally
from accounts.operations.carry_out import Wish, carry_out
from core.domain.refusals import Refusal
from core.ids import new_id
from core.operations.record_audit import SYSTEM
from tests.accounts.approvals.samples import SAMPLES, ask
from tests.four_eyes import a_person_with, decide
from trading.models import Instruction

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def at_once(works: list[Callable[[], str]]) -> Counter[str]:
    """Do all at the same moment, each over a connection of its own; counts what came of them, refusals by their code."""
    start, came = threading.Barrier(len(works)), Counter[str]()
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
    for thread in threads:
        thread.start()
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
