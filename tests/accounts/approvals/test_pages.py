"""The inbox as a person sees it: tabs, the whole of one request, a decision, many at once, and the policies."""

import html
import json
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import ApprovalDecision, ApprovalPolicy, ApprovalRequest, Role, RoleGrant, StaffUser
from accounts.operations.carry_out import Wish, carry_out
from core import clock
from core.operations.record_audit import Actor
from core.pages.access import FACTOR_AT
from tests.accounts.approvals.samples import ask
from tests.desk import a_person, signed_in
from tests.four_eyes import a_person_with, approve, decide
from tests.world import World
from trading.models import Market

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked() -> ApprovalRequest:
    return ApprovalRequest.objects.get(pk=ask("REFERENCE_PRICE")[0])


@pytest.fixture
def supervisor() -> StaffUser:
    return a_person("Sam Supervisor", role="SUPERVISOR")


def page(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(f"ops:{name}", args=args), query)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def say(client: Client, request: ApprovalRequest, verdict: str = "APPROVE", **said: str) -> Any:
    values = {"verdict": verdict, "payload_sha256": request.payload_sha256, "note": ""} | said
    return client.post(reverse("ops:approval-decide", args=[request.pk]), values)


def test_the_tabs_hold_what_they_say(asked: ApprovalRequest, supervisor: StaffUser) -> None:
    asker = signed_in(StaffUser.objects.get(pk=asked.requested_by_id))
    boss = signed_in(supervisor)
    assert asked.title in page(boss, "approvals")
    assert 'Mine to decide <span class="count">1' in page(boss, "approvals")
    assert '<span class="badge">1<span class="sr"> waiting for you' in page(boss, "approvals")
    assert asked.title in page(boss, "approvals", tab="pending")
    assert "Nothing has been decided yet." in page(boss, "approvals", tab="decided")
    assert asker.get(reverse("ops:approvals")).status_code == 404, "who asked needs the right to see them"
    approve(asked.pk)
    assert "Nothing waits for you." in page(boss, "approvals")
    assert "Executed" in page(boss, "approvals", tab="decided")


def test_own_requests_stay_in_the_list_and_cannot_be_chosen(supervisor: StaffUser) -> None:
    ask("MARKET_RESUME", supervisor)
    boss = signed_in(supervisor)
    assert "Nothing waits for you." in page(boss, "approvals")
    for tab in ("pending", "asked"):
        shown = page(boss, "approvals", tab=tab)
        assert "you asked for this" in shown
        assert 'class="gone"' in shown


def test_what_expires_first_stands_first_and_says_how_soon(supervisor: StaffUser) -> None:
    world, at = World(), clock.now()
    for hours, phase in ((23.9, "OPEN"), (22.5, "OPEN"), (10, "OPEN")):
        wish = Wish(
            action="MARKET_RESUME",
            subject_type="trading.market",
            subject_id=f"{hours}",
            payload={"market_id": str(world.market_id), "market": "X", "phase": phase, "reason": f"{hours}"},
        )
        carry_out(wish=wish, actor=Actor("PERSON", a_person().pk), at=at - timedelta(hours=hours))
    shown = page(signed_in(supervisor), "approvals")
    times = re.findall(r'<span class="(bad|warn|)">(\d+ (?:h|min))</span>', shown)
    assert times == [("bad", "5 min"), ("warn", "1 h"), ("", "13 h")]


def test_one_request_is_shown_whole(asked: ApprovalRequest, supervisor: StaffUser) -> None:
    shown = page(signed_in(supervisor), "approval", asked.pk)
    assert json.dumps(asked.payload, indent=2, sort_keys=True) in shown
    assert asked.payload_sha256 in shown
    assert asked.effect in shown
    assert "Still may: Sam Supervisor" in shown
    assert "REFERENCE_PRICE version 1" in shown
    assert "<ins>60000.00</ins>" in shown


def test_a_decision_through_the_page_executes_it(asked: ApprovalRequest, supervisor: StaffUser) -> None:
    boss = signed_in(supervisor, strict=False)
    answer = say(boss, asked)
    assert (answer.status_code, answer["Location"]) == (302, reverse("ops:approval", args=[asked.pk]))
    asked.refresh_from_db()
    assert (asked.status, asked.approvers) == ("EXECUTED", [supervisor.pk])
    shown = page(boss, "approval", asked.pk)
    assert "Approved and done." in shown
    assert "instruction_id" in shown
    decision = asked.decisions.get()
    assert (decision.source_ip, decision.factor_at is not None) == ("127.0.0.1", True)


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"payload_sha256": "0" * 64}, 422, "PAYLOAD_CHANGED"),
        ({"verdict": "REJECT"}, 422, "NOTE_MISSING"),
        ({"verdict": "PERHAPS"}, 400, "REQUEST_INVALID"),
    ],
)
def test_what_is_refused_stands_over_the_form(
    asked: ApprovalRequest, supervisor: StaffUser, said: dict[str, str], status: int, code: str
) -> None:
    answer = say(signed_in(supervisor), asked, **said)
    assert answer.status_code == status
    assert code in answer.content.decode()
    asked.refresh_from_db()
    assert asked.status == "PENDING"


def test_a_factor_that_is_not_fresh_is_asked_for_first(asked: ApprovalRequest, supervisor: StaffUser) -> None:
    boss = signed_in(supervisor)
    session = boss.session
    session[FACTOR_AT] = (clock.now() - timedelta(minutes=6)).isoformat()
    session.save()
    answer = say(boss, asked)
    assert answer.status_code != 200
    asked.refresh_from_db()
    assert (asked.status, asked.decisions.count()) == ("PENDING", 0)


def test_attempts_that_were_refused_stand_with_the_request(asked: ApprovalRequest, supervisor: StaffUser) -> None:
    boss = signed_in(supervisor)
    assert "Refused attempts" not in page(boss, "approval", asked.pk)
    say(boss, asked, payload_sha256="0" * 64)
    RoleGrant.objects.create(
        staff_id=asked.requested_by_id, role=Role.objects.get(name="SUPERVISOR"), granted_at=clock.now()
    )
    say(signed_in(StaffUser.objects.get(pk=asked.requested_by_id)), asked)
    shown = page(boss, "approval", asked.pk)
    attempts = shown.partition("Refused attempts")[2].partition("</section>")[0]
    assert re.findall(r"<b>(.*?)</b>.*?<code>(.*?)</code>", attempts, re.S) == [
        ("Ada Asks", "APPROVER_IS_REQUESTER"), ("Sam Supervisor", "PAYLOAD_CHANGED"),
    ]  # fmt: skip


def test_who_asked_takes_it_back_and_nobody_else(asked: ApprovalRequest, supervisor: StaffUser) -> None:
    address = reverse("ops:approval-cancel", args=[asked.pk])
    assert signed_in(supervisor).post(address).status_code == 403
    asker = a_person("Dora Desk", role="DESK")
    own, _ = ask("MARKET_RESUME", asker)
    desk = signed_in(asker)
    assert "Take it back" in page(desk, "approval", own)
    desk.post(reverse("ops:approval-cancel", args=[own]))
    assert ApprovalRequest.objects.get(pk=own).status == "CANCELLED"


def chosen(*requests: ApprovalRequest) -> list[str]:
    return [f"{request.pk}:{request.payload_sha256}" for request in requests]


def several(count: int) -> list[ApprovalRequest]:
    world, requests = World(), []
    for number in range(count):
        wish = Wish(
            action="REFERENCE_PRICE",
            subject_type="trading.market",
            subject_id=str(UUID(int=number)),
            payload={
                "market_id": str(world.market_id), "market": "X", "reason": "", "ticks": "120000", "price": "60000",
            },
        )  # fmt: skip
        outcome = carry_out(wish=wish, actor=Actor("PERSON", a_person().pk), at=clock.now())
        requests.append(ApprovalRequest.objects.get(pk=outcome.approval_id))
    return requests


def test_many_are_decided_at_once_each_on_its_own(supervisor: StaffUser) -> None:
    requests = several(4)
    decide(requests[1].pk, a_person_with("market.approve"), "REJECT", note="no")
    boss = signed_in(supervisor)
    values = chosen(*requests)
    values[2] = values[2].partition(":")[0] + ":" + "0" * 64
    answer = boss.post(reverse("ops:approvals-decide"), {"approval": values, "verdict": "APPROVE", "note": ""})

    assert answer.status_code == 409
    shown = html.unescape(answer.content.decode())
    assert "APPROVAL_ALREADY_DECIDED" in shown
    assert "PAYLOAD_CHANGED" in shown
    assert [ApprovalRequest.objects.get(pk=each.pk).status for each in requests] == [
        "EXECUTED", "REJECTED", "PENDING", "EXECUTED",
    ]  # fmt: skip
    boxes = re.findall(r'value="([0-9a-f-]{36}):[0-9a-f]{64}"[^>]*checked', shown)
    assert boxes == [str(requests[2].pk)], "what was refused stays chosen"

    answer = boss.post(reverse("ops:approvals-decide"), {"approval": chosen(requests[2]), "verdict": "APPROVE"})
    assert answer.status_code == 302


def test_no_more_than_fifty_at_once(supervisor: StaffUser) -> None:
    requests = several(1)
    values = [*chosen(*requests), *(f"{UUID(int=number)}:0" for number in range(50))]
    signed_in(supervisor).post(reverse("ops:approvals-decide"), {"approval": values, "verdict": "APPROVE"})
    assert ApprovalRequest.objects.get(pk=requests[0].pk).status == "PENDING"


@pytest.mark.parametrize("code", ["POLICY_CHANGE", "ROLE_GRANT"])
def test_policies_and_roles_are_decided_one_by_one(code: str) -> None:
    request = ApprovalRequest.objects.get(pk=ask(code)[0])
    boss = signed_in(a_person("Adam Admin", role="ADMINISTRATOR"))
    assert 'title="One by one"' in page(boss, "approvals")
    answer = boss.post(reverse("ops:approvals-decide"), {"approval": chosen(request), "verdict": "APPROVE"})
    assert "DECIDED_ALONE" in answer.content.decode()
    assert ApprovalRequest.objects.get(pk=request.pk).status == "PENDING"
    say(boss, request)
    assert ApprovalRequest.objects.get(pk=request.pk).status == "EXECUTED"


def test_the_page_warns_of_what_has_changed_since(supervisor: StaffUser) -> None:
    boss = signed_in(supervisor)
    request = ApprovalRequest.objects.get(pk=ask("MARKET_RESUME")[0])
    assert "Before you decide" not in page(boss, "approval", request.pk)
    approve(ask("POLICY_CHANGE")[0])
    assert "The policy has moved since to version 2: this request keeps its own." in page(boss, "approval", request.pk)
    Market.objects.filter(pk=request.subject_id).update(phase="POST_ONLY")
    assert "What it changes is not what it was when it was asked" in page(boss, "approval", request.pk)


def test_who_lost_the_right_is_shown_as_not_counting(supervisor: StaffUser) -> None:
    for _ in range(2):
        a_person_with("policy.approve")
    request = ApprovalRequest.objects.get(pk=ask("MARKET_RESUME")[0])
    ApprovalDecision.objects.create(
        request=request, approver=supervisor, approver_person=supervisor.person_id, verdict="APPROVE",
        requester_id=request.requested_by_id, requester_person=request.requester_person,
        payload_sha256=request.payload_sha256, decided_at=request.requested_at,
    )  # fmt: skip
    supervisor.grants.update(ended_at=clock.now())
    shown = page(signed_in(a_person("Otto", role="SUPERVISOR")), "approval", request.pk)
    assert "does not count: the right was lost since" in shown


def test_policies_show_what_is_in_force_and_a_change_is_asked_for() -> None:
    for _ in range(2):
        a_person_with("market.approve")
    admin = a_person("Adam Admin", role="ADMINISTRATOR")
    boss = signed_in(admin)
    shown = page(boss, "policies")
    assert "Market resume" in shown
    assert "Withdrawal" in shown
    values = {
        "from_0": "0", "approvals_0": "2", "permission_0": "market.approve", "expires_after_hours": "4",
        "needs_reauthentication": "on", "reason": "Both shifts", "daily_limit": "",
    }  # fmt: skip
    answer = boss.post(reverse("ops:policy", args=["MARKET_RESUME"]), values)
    request = ApprovalRequest.objects.get(action="POLICY_CHANGE")
    assert answer["Location"] == reverse("ops:approval", args=[request.pk])
    assert request.requested_by_id == admin.pk
    approve(request.pk)
    assert ApprovalPolicy.objects.filter(action="MARKET_RESUME").latest("policy_version").expires_after_hours == 4
    assert "2</b> market.approve" in page(boss, "policy", "MARKET_RESUME")


def test_a_policy_that_would_not_work_is_refused_beside_the_form() -> None:
    boss = signed_in(a_person("Adam Admin", role="ADMINISTRATOR"))
    values = {
        "from_0": "0",
        "approvals_0": "9",
        "permission_0": "market.approve",
        "expires_after_hours": "4",
        "reason": "x",
    }
    answer = boss.post(reverse("ops:policy", args=["MARKET_RESUME"]), values)
    assert answer.status_code == 422
    assert "people hold market.approve" in answer.content.decode()
    assert boss.get(reverse("ops:policy", args=["DANCE"])).status_code == 404


def test_who_may_not_propose_sees_no_form() -> None:
    boss = signed_in(a_person("Cora Compliance", role="COMPLIANCE"))
    assert "Propose a change" not in page(boss, "policy", "MARKET_RESUME")
    assert boss.post(reverse("ops:policy", args=["MARKET_RESUME"]), {}).status_code == 404
