"""Personal details on the page of an identity, and the status of the house, as a person sees them."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.models import Identity
from accounts.operations.keep_details import keep_details
from compliance.models import CheckRun
from core import clock
from tests.browser.conftest import find_violations
from tests.identities import an_identity
from tests.people import a_client

pytestmark = pytest.mark.browser
THEMES = pytest.mark.parametrize(("theme", "width", "height"), [("light", 1440, 860), ("dark", 1280, 720)])


def somebody() -> Identity:
    identity = an_identity(a_client().entity_id, at=clock.now(), kind="PERSON")
    details = {
        "full_name": "Maren Lindqvist",
        "date_of_birth": "1979-03-14",
        "address": "Kvarngatan 8\n118 47 Stockholm",
        "email": "maren@mail.example",
        "phone": "+46 70 000 20 41",
    }
    keep_details(subject_id=identity.subject_id, details=details, at=clock.now())
    return identity


@THEMES
def test_a_look_at_somebody(visit: Any, tmp_path: Path, theme: str, width: int, height: int) -> None:
    folder = Path(os.environ.get("BROWSER_SHOTS", tmp_path))
    identity = somebody()
    page = visit(f"/ops/identities/{identity.pk}", theme=theme, width=width, height=height)
    expect(page.locator("#details")).to_contain_text("M. L.")
    assert "Lindqvist" not in page.content()
    page.get_by_text("Show in full").click()
    assert find_violations(page) == []
    page.screenshot(path=folder / f"identity-reveal-{theme}-{width}.png")
    page.get_by_label("Full name").check()
    page.get_by_label("Address").check()
    page.locator("#id_reason").fill("Call back about the wire of Monday")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#details")).to_contain_text("Maren Lindqvist")
    expect(page.locator("#details")).not_to_contain_text("maren@mail.example")
    assert find_violations(page) == []
    page.screenshot(path=folder / f"revealed-{theme}-{width}.png")
    page.get_by_role("link", name="Back to the identity").click()
    expect(page.locator("#details")).to_contain_text("M. L.")


@THEMES
def test_the_status_of_the_house(visit: Any, tmp_path: Path, theme: str, width: int, height: int) -> None:
    at = clock.now()
    findings = [{"where": "V2 account 0198c0de", "what": "balance 3.00, postings 2.00"}]
    for kind, result, breaches in (
        ("BOOKS", "BREACHED", 1),
        ("RECORD", "HOLDS", 0),
        ("BOOKS_FULL", "NOT_ALL_CHECKED", 0),
    ):
        CheckRun.objects.create(
            kind=kind,
            result=result,
            looked_at=12_345,
            breaches=breaches,
            findings=findings[:breaches],
            began_at=at,
            ended_at=at,
        )
    page = visit("/ops/status", theme=theme, width=width, height=height)
    expect(page.get_by_role("heading", name="Status")).to_be_visible()
    assert find_violations(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    page.screenshot(path=Path(os.environ.get("BROWSER_SHOTS", tmp_path)) / f"status-{theme}-{width}.png")
