"""Signing in by hand: password and code, passkeys of a software authenticator; and the pages of staff as pictures."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from playwright.sync_api import Page, expect

from accounts.models import StaffUser
from accounts.operations.invite_staff import invite_staff
from accounts.session_store import SessionStore
from core import clock
from core.operations.record_audit import SYSTEM
from core.pages.access import FACTOR_AT
from tests.browser.conftest import Watch, find_violations
from tests.desk import PASSWORD, a_person, code_of_app, enrol_app, signed_in

pytestmark = pytest.mark.browser
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def stranger(visit: Any, path: str, **options: Any) -> Page:
    """A browser of nobody."""
    page: Page = visit("/ops/me", **options)
    page.context.clear_cookies()
    page.goto(path)
    return page


def with_passkeys(page: Page) -> Any:
    """Give the page's browser a software authenticator; answers the line to it, and its id."""
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    return line, line.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})["authenticatorId"]


def age_factor(page: Page) -> None:
    """As if the second factor had been used six minutes ago."""
    key = next(each["value"] for each in page.context.cookies() if each["name"] == settings.SESSION_COOKIE_NAME)
    session = SessionStore(session_key=key)
    session[FACTOR_AT] = (clock.now() - timedelta(minutes=6)).isoformat()
    session.save()


def a_link() -> str:
    with transaction.atomic():
        invited = invite_staff(email="nora@example.com", name="Nora New", actor=SYSTEM, at=clock.now())
    return f"/ops/invitations/{invited.token}"


def test_password_and_code_then_the_question_in_the_middle_of_a_form(visit: Any, watch: Watch) -> None:
    watch.allowed += ["403", "422"]
    person = a_person("Anna Administrator", role="ADMINISTRATOR")
    secret = enrol_app(person)
    page = stranger(visit, "/ops/staff/invite")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert").first).to_contain_text("E-mail or password is wrong")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Code of your app").fill(code_of_app(secret))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Invite somebody")).to_be_visible()
    age_factor(page)
    page.get_by_label("E-mail").fill("nora@example.com")
    page.get_by_label("Name", exact=True).fill('Nora "N" <New>')
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_role("heading", name="Second factor again")).to_be_visible()
    page.get_by_label("Code of your app").fill(code_of_app(secret))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("was used already")).to_be_visible()
    page.get_by_label("Code of your app").fill(code_of_app(secret, 1))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name='Invitation of Nora "N" <New>')).to_be_visible()
    assert StaffUser.objects.get(email="nora@example.com").status == "INVITED"
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/ops/staff")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_an_invited_person_comes_in_with_a_passkey_and_signs_in_with_it_alone(visit: Any, watch: Watch) -> None:
    watch.allowed += ["403", "422"]
    page = stranger(visit, "/ops/sign-in")
    line, authenticator = with_passkeys(page)
    page.goto(a_link())
    assert page.url.endswith("/ops/join")
    page.get_by_role("button", name="Begin with a passkey").click()
    # Without a password nothing is asked of the authenticator.
    assert not Authenticator.objects.exists()
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_label("Name of the passkey").fill("Laptop")
    page.get_by_role("button", name="Begin with a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert page.locator(".codes li").count() == 10
    page.get_by_role("link", name="I have them").click()
    expect(page.get_by_role("cell", name="Laptop")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()

    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="My account")).to_be_visible()

    age_factor(page)
    page.get_by_role("link", name="Change password").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Password", exact=True)).to_be_visible()

    # The passkey as the second factor after the password.
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("E-mail").fill("nora@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="My account")).to_be_visible()

    # An authenticator that does not ask who is there is none.
    page.get_by_role("button", name="Sign out").click()
    line.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator("[data-passkey-says]")).to_contain_text("cancelled, or took too long")


def test_a_passkey_that_is_not_known_here_does_not_open(visit: Any, watch: Watch) -> None:
    watch.allowed += ["422"]
    person = a_person("Dora Desk", role="DESK")
    enrol_app(person)
    page = visit("/ops/me/passkey", person=person)
    with_passkeys(page)
    page.get_by_label("Name", exact=True).fill("Key ring")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_text("The passkey is enrolled.")).to_be_visible()
    Authenticator.objects.filter(user=person, type="webauthn").delete()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert").filter(has_text="not one of yours")).to_be_visible()
    assert page.url.endswith("/ops/sign-in")


def look_at(page: Page, name: str, folder: Path, heading: str = "") -> None:
    if heading:
        expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    page.wait_for_load_state("load")
    page.screenshot(path=folder / f"{name}.png")
    assert find_violations(page) == [], name
    assert page.locator("h1").count() == 1, name
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), f"{name} scrolls sideways"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_of_signing_in_are_whole(visit: Any, watch: Watch, tmp_path: Path, theme: str) -> None:
    watch.allowed += ["404", "422"]
    folder = Path(os.environ.get("BROWSER_SHOTS", tmp_path))
    person = a_person("Dora Desk", role="DESK")
    secret = enrol_app(person)
    page = stranger(visit, "/ops/sign-in", theme=theme)
    with_passkeys(page)
    look_at(page, f"sign-in-{theme}", folder)
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    look_at(page, f"sign-in-refused-{theme}", folder)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    look_at(page, f"second-factor-{theme}", folder, "Second factor")
    page.get_by_label("Code of your app").fill(code_of_app(secret))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Blotter")).to_be_visible()
    page.goto("/ops/step-up?next=/ops/me")
    look_at(page, f"step-up-{theme}", folder, "Second factor again")
    page.context.clear_cookies()
    page.goto("/ops/invitations/nothing")
    look_at(page, f"invitation-over-{theme}", folder)
    page.goto(a_link())
    look_at(page, f"join-{theme}", folder)
    page.get_by_label("Choose a password").fill("too short a")
    page.get_by_label("The code that the app shows now").fill("000000")
    page.locator("form").evaluate("(form) => { form.noValidate = true; }")
    page.get_by_role("button", name="Begin with the app").click()
    expect(page.locator(".error").first).to_be_visible()
    look_at(page, f"join-refused-{theme}", folder)
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Begin with a passkey").click()
    look_at(page, f"recovery-codes-{theme}", folder, "Recovery codes")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_of_staff_are_whole(visit: Any, tmp_path: Path, theme: str) -> None:
    folder = Path(os.environ.get("BROWSER_SHOTS", tmp_path))
    person = a_person("Anna Administrator", role=("ADMINISTRATOR", "AUDITOR"))
    enrol_app(person)
    people = {name: a_person(name, role=role) for name, role in (("Dora Desk", "DESK"), ("Tom Treasurer", "TREASURER"))}
    both = a_person("Bea Both", role=("OPERATIONS", "TREASURER"))
    a_person("Sven Suspended", role="DESK", status="SUSPENDED")
    signed_in(people["Dora Desk"]).get("/ops/me")
    page = visit("/ops/me", theme=theme, person=person)
    look_at(page, f"me-{theme}", folder)
    with_passkeys(page)
    for name, path in {
        "me-app": "/ops/me/app",
        "me-passkey": "/ops/me/passkey",
        "me-password": "/ops/me/password",
        "staff": "/ops/staff",
        "staff-none": "/ops/staff?status=LEFT",
        "staff-invite": "/ops/staff/invite",
    }.items():
        page.goto(path)
        look_at(page, f"{name}-{theme}", folder)
    page.get_by_label("E-mail").fill("nora@example.com")
    page.get_by_label("Name", exact=True).fill("Nora New")
    page.get_by_role("button", name="Invite").click()
    look_at(page, f"staff-invited-{theme}", folder, "Invitation of Nora New")
    page.goto(f"/ops/staff/{both.pk}")
    page.get_by_label("What to ask for").select_option("END")
    page.get_by_label("Role").select_option("TREASURER")
    page.locator("form.foot").get_by_label("Reason").fill("Keeps duties apart")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("asked for, needs 1")).to_be_visible()
    page.locator("summary").first.click()
    look_at(page, f"staff-one-{theme}", folder)
