"""Approvals in the browser: every screen looked at, two people at one request, many at once, and all of it without a script."""

import os
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import expect

from accounts.domain.approving import Tier
from accounts.models import ApprovalRequest
from accounts.operations.change_policy import PolicyTerms, change_policy
from accounts.operations.grant_role import grant_role
from core import clock
from core.operations.record_audit import Actor
from tests.browser.conftest import Watch
from tests.browser.test_screens import look_at
from tests.desk import a_person
from tests.four_eyes import a_person_with, decide
from tests.trading.pages.conftest import Desk
from trading.models import Market
from trading.operations.change_phase import PhaseWish, change_phase
from trading.operations.set_reference import set_reference

pytestmark = pytest.mark.browser
ROLES = ("SUPERVISOR", "ADMINISTRATOR", "DESK")


def actor(name: str, role: str) -> Actor:
    return Actor("PERSON", a_person(name, role=role).pk, source_ip="192.0.2.7")


def requests_of_every_kind() -> dict[str, UUID]:
    """A price and a resumption of one market, a role, a policy; one that was rejected."""
    market = Market.objects.get()
    at = clock.now()
    price = set_reference(
        market_id=market.pk, price=Decimal("101.00"), reason="Opening auction", actor=actor("Dora Desk", "DESK"), at=at
    )
    resume = change_phase(
        market_id=market.pk,
        wish=PhaseWish("POST_ONLY", "Prices are back"),
        actor=actor("Dan Desk", "DESK"),
        at=at,
    )
    role = grant_role(
        staff_id=a_person("Nora New", role=()).pk,
        role="TREASURER",
        reason="New on the desk",
        actor=actor("Ada Admin", "ADMINISTRATOR"),
        at=at,
    )
    for _ in range(2):
        a_person_with("withdrawal.approve")
    tiers = tuple(
        Tier(Decimal(start), count, "withdrawal.approve") for start, count in ((0, 0), (1_000, 1), (5_000, 2))
    )
    policy = change_policy(
        action="WITHDRAWAL",
        terms=PolicyTerms(tiers, 12, needs_reauthentication=True, daily_limit=Decimal(50_000)),
        reason="Smaller steps",
        actor=actor("Abel Admin", "ADMINISTRATOR"),
        at=at,
    )
    return {
        name: outcome.approval_id
        for name, outcome in {"price": price, "resume": resume, "role": role, "policy": policy}.items()
        if outcome.approval_id
    }


@pytest.mark.parametrize(("theme", "width", "height"), [("light", 1440, 860), ("dark", 1440, 860), ("dark", 1280, 720)])
def test_every_screen_is_whole(
    desk: Desk, visit: Any, tmp_path: Path, watch: Watch, theme: str, width: int, height: int
) -> None:
    watch.allowed.append("422")
    desk.many(5)
    asked = requests_of_every_kind()
    decide(asked["resume"], a_person_with("market.approve", "Rita Rejects"), "REJECT", note="Not before the auction")
    boss = a_person("Sam Supervisor", role=ROLES)
    own = change_phase(
        market_id=Market.objects.get().pk,
        wish=PhaseWish("POST_ONLY", "Again"),
        actor=Actor("PERSON", boss.pk),
        at=clock.now(),
    )
    folder = Path(os.environ.get("BROWSER_SHOTS", tmp_path))
    page = visit("/ops/approvals", theme=theme, width=width, height=height, person=boss)
    for name, path in {
        "approvals": "/ops/approvals",
        "approvals-pending": "/ops/approvals?tab=pending",
        "approvals-decided": "/ops/approvals?tab=decided",
        "approvals-asked": "/ops/approvals?tab=asked",
        "approval": f"/ops/approvals/{asked['policy']}",
        "approval-own": f"/ops/approvals/{own.approval_id}",
        "approval-rejected": f"/ops/approvals/{asked['resume']}",
        "policies": "/ops/policies",
        "policy": "/ops/policies/WITHDRAWAL",
        "market-acts": "/ops/markets/BTC-USD",
    }.items():
        page.goto(path)
        for summary in page.locator("details.panel > summary").all():
            summary.click()
        look_at(page, f"{name}-{theme}-{width}", folder)
    page.goto(f"/ops/approvals/{asked['price']}")
    page.get_by_role("button", name="Reject").click()
    expect(page.locator("main [role=alert]")).to_contain_text("NOTE_MISSING")
    look_at(page, f"approval-refused-{theme}-{width}", folder)


def test_of_two_people_at_one_request_one_decides_and_the_other_is_told(desk: Desk, visit: Any, watch: Watch) -> None:
    watch.allowed.append("409")
    asked = requests_of_every_kind()["price"]
    first, second = (
        visit(f"/ops/approvals/{asked}", person=a_person(name, role="SUPERVISOR")) for name in ("Sam", "Sue")
    )
    first.get_by_role("button", name="Approve").click()
    expect(first.get_by_text("Approved and done.")).to_be_visible()
    second.get_by_role("button", name="Approve").click()
    expect(second.locator("main [role=alert]")).to_contain_text("APPROVAL_ALREADY_DECIDED")
    expect(second.locator(".chip", has_text="Executed").first).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_many_at_once_and_what_is_refused_stays_chosen(desk: Desk, visit: Any, watch: Watch, script: bool) -> None:
    watch.allowed.append("409")
    asked = requests_of_every_kind()
    page = visit("/ops/approvals", person=a_person("Sam", role=ROLES), java_script_enabled=script)
    page.on("dialog", lambda dialog: dialog.accept())
    expect(page.get_by_role("checkbox", name="Select Give Nora New")).to_be_disabled()
    for name in ("Select BTC-USD gets", "Select BTC-USD goes"):
        page.get_by_role("checkbox", name=name).check()
    decide(asked["resume"], a_person_with("market.approve"), "REJECT", note="no")
    page.get_by_role("button", name="Approve chosen").click()
    expect(page.locator("main [role=alert]")).to_contain_text("APPROVAL_ALREADY_DECIDED")
    assert ApprovalRequest.objects.get(pk=asked["price"]).status == "EXECUTED"
