"""The funding queue in a browser: chosen by keyboard and mouse, done at once, and what was refused stays chosen."""

import re
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

from settlement.models import Deposit
from tests.browser.conftest import Watch, find_violations
from tests.desk import a_person
from tests.people import a_client
from tests.settlement.arriving import CLEAR, ELSEWHERE, HIT, arrive
from tests.trading.pages.conftest import Desk

pytestmark = pytest.mark.browser
REVIEW = "/ops/deposits?status=UNDER_REVIEW"


def small(profile_id: Any) -> Deposit:
    return arrive("WIRE", profile_id, amount=Decimal(5))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_of_deposits_is_whole(desk: Desk, visit: Any, theme: str) -> None:
    profile_id = a_client().profile_id
    made = [
        arrive("WIRE"),
        arrive("BITCOIN", profile_id, sender=ELSEWHERE, screening=CLEAR),
        arrive("WIRE", profile_id, screening=HIT),
        arrive("WIRE", profile_id),
    ]
    paths = ["/ops/deposits", REVIEW, "/ops/deposits?reason=UNATTRIBUTED", "/ops/deposits?status=FAILED"]
    paths += ["/ops/deposits/instructions", "/ops/deposits/refused", *(f"/ops/deposits/{each.pk}" for each in made)]
    page = visit("/ops/deposits", theme=theme, width=1280, height=720)
    for path in paths:
        page.goto(path)
        assert find_violations(page) == [], path
        assert page.locator("h1").count() == 1, path
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), path


def test_chosen_ones_are_released_and_what_is_refused_stays_chosen(desk: Desk, visit: Any, watch: Watch) -> None:
    watch.allowed.append("409")
    profile_id = a_client().profile_id
    good, nobodys = small(profile_id), arrive("WIRE")
    page = visit(REVIEW, person=a_person("Conrad", role="COMPLIANCE"))
    page.on("dialog", lambda dialog: dialog.accept())
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#rows input:checked")).to_have_count(1)
    page.get_by_label("Select every deposit").check()
    page.get_by_label("Reason", exact=True).fill("Looked at.")
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_role("heading", name="Not all was done")).to_be_visible()
    assert find_violations(page) == []
    expect(page.get_by_label(f"Select {nobodys.outside_reference}")).to_be_checked()
    assert Deposit.objects.get(pk=good.pk).status == "CREDITED"
    page.get_by_role("link", name="Unattributed").click()
    expect(page).to_have_url(re.compile("reason=UNATTRIBUTED"))
    expect(page.locator("#rows tr")).to_have_count(1)


def test_it_works_without_javascript(desk: Desk, visit: Any) -> None:
    deposit = small(a_client().profile_id)
    page = visit(REVIEW, java_script_enabled=False, person=a_person("Conrad", role="COMPLIANCE"))
    page.get_by_role("link", name="Below minimum").click()
    page.get_by_label(f"Select {deposit.outside_reference}").check()
    page.get_by_label("Reason", exact=True).fill("Small, and known.")
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_text("Released: 1 deposit, 5 USD.")).to_be_visible()
