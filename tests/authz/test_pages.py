"""The matrix of the back office, ``tests/authz_pages.yaml``: what each address answers to each visitor."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import connection
from django.urls import resolve

from accounts.domain.duties import PERMISSIONS, ROLES
from config.backoffice.frame import GROUPS
from tests.authz.firing import Machine, undone, written
from tests.authz.page_forms import FORMS, OWN_SESSION, PAGE_IDS, RECORDED, RECORDED_REFUSALS, SPELLED_OUT
from tests.authz.pages import ADMIN, VISITORS, Page, Visits, admin_routes, links_of, pages

TABLE: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent.parent / "authz_pages.yaml").read_text())
# What visits write whatever they are: the session's own end moves, one that is no good ends, and tries are counted.
SESSIONS = ("accounts_staffsession", "accounts_signinpace")


@pytest.fixture(scope="module")
def met(built_machine: Machine) -> Visits:
    visits = Visits(built_machine.house)
    visits.meet()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return visits


@pytest.fixture
def visits(met: Visits, db: None) -> Iterator[Visits]:
    with undone():
        yield met


def test_every_address_has_its_row_and_every_row_its_address():
    assert sorted(TABLE) == sorted(pages())


def test_every_name_in_an_address_is_made():
    for page in pages().values():
        unmade = [name for name in page.names if name not in PAGE_IDS]
        assert not unmade, f"{page.route}: say in PAGE_IDS of tests/authz/page_forms.py which {unmade[0]} is meant"


def business(changes: list[str]) -> list[str]:
    """The changes that are not of the visitor's own session."""
    return [change for change in changes if not any(table in change for table in SESSIONS)]


@pytest.mark.parametrize("route", sorted(TABLE))
def test_row(route: str, visits: Visits):
    page, row = pages()[route], TABLE[route]
    assert set(row) <= {"permission", "permission_to_send", "GET", "POST"} and {"GET", "POST"} & set(row)
    wrong = [fault for method in ("GET", "POST") for fault in faults(visits, page, method, row.get(method))]
    assert not wrong, "\n" + "\n".join(wrong)


def faults(visits: Visits, page: Page, method: str, line: str | None) -> Iterator[str]:
    """What is wrong with the answers of a method. A method without a line is allowed to nobody."""
    expected = [int(word) for word in line.split()] if line is not None else None
    assert expected is None or len(expected) == len(VISITORS), f"a line has an answer for each of {VISITORS}"
    for number, visitor in enumerate(VISITORS):
        with undone(), written() as changes:
            answer = visits.ask(visitor, method, page)
            status = answer.status_code
        if expected is None:
            if status not in (404, 405) and not leads_away(answer):
                yield f"{method} by {visitor}: {status}, though the row has no line for it"
        elif status != expected[number]:
            yield f"{method} by {visitor}: {status}, expected {expected[number]}"
        must_not_write = is_refusal(answer) or (method == "GET" and page.name not in RECORDED)
        unmeant = business(changes)
        if page.name in RECORDED_REFUSALS and is_refusal(answer) and status != 404:
            unmeant = [change for change in unmeant if not change.startswith('INSERT INTO "core_auditentry"')]
        if must_not_write and unmeant and page.name not in OWN_SESSION:
            yield f"{method} by {visitor}: {status}, and yet it wrote {unmeant[0][:120]}"


def leads_away(answer: Any) -> bool:
    return answer.status_code == 302 and "sign-in" in answer["Location"]


def is_refusal(answer: Any) -> bool:
    return answer.status_code >= 400 or leads_away(answer)


def test_a_row_says_what_the_roles_say():
    """The statuses of the table follow from the permission it names and the roles that hold it."""
    for route, row in TABLE.items():
        for method in ("GET", "POST"):
            permission = row.get("permission_to_send" if method == "POST" else "", row.get("permission"))
            if permission is None:
                continue
            assert permission in PERMISSIONS, route
            for role, status in zip(ROLES, str(row.get(method, "")).split()[2:], strict=False):
                assert (status == "404") == (permission not in ROLES[role]), (route, method, role)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_sees_its_screens_and_no_other(role: str, visits: Visits):
    expected = {
        screen.name
        for _, screens in GROUPS
        for screen in screens
        if not screen.permission or screen.permission in ROLES[role]
    }
    browser = visits.browser(role)
    home = browser.get("/ops/", follow=True)
    assert home.status_code == 200
    sidebar = home.content.decode().partition("<nav")[2].partition("</nav>")[0]
    found = {resolve(link).url_name for link in links_of(sidebar)[0]}
    assert found & {screen.name for _, screens in GROUPS for screen in screens} == expected


@pytest.mark.parametrize("role", sorted(ROLES))
def test_no_page_offers_what_its_reader_may_not_have(role: str, visits: Visits):
    """Every link of every page that a role can read opens for it, and every form that it is shown is taken from it."""
    links: dict[str, str] = {}
    forms: dict[str, str] = {}
    for page in pages().values():
        if "GET" not in TABLE[page.route]:
            continue
        answer = visits.ask(role, "GET", page)
        if answer.status_code == 200 and "text/html" in answer["Content-Type"]:
            found, sent = links_of(answer.content.decode())
            links |= {link: page.route for link in found if link.startswith("/ops/")}
            forms |= {form: page.route for form in sent if form.startswith("/ops/")}
    assert links
    browser, wrong = visits.browser(role), []
    for link, where in links.items():
        with undone():
            answer = browser.get(link)
        if answer.status_code >= 400:
            wrong.append(f"{where} shows a link to {link}: {answer.status_code}")
    number = VISITORS.index(role)
    for form, where in forms.items():
        row = TABLE[route_of(form)]
        if row["POST"].split()[number] in ("403", "404"):
            wrong.append(f"{where} shows a form for {form}")
    assert not wrong, "\n" + "\n".join(wrong)


def route_of(address: str) -> str:
    """The row of an address."""
    match = resolve(address)
    route = match.route
    for (page, name), values in SPELLED_OUT.items():
        if match.url_name == page and match.kwargs.get(name) in values:
            route = re.sub(rf"<(\w+:)?{name}>", match.kwargs[name], route)
    return route


def test_break_glass_opens_for_superusers_alone(visits: Visits):
    assert len(admin_routes()) > 5
    for route in admin_routes():
        address = "/" + route.replace("<path:object_id>", visits.house["own"]["profile_id"])
        if "<" in address or "(" in address:
            continue
        for visitor in VISITORS:
            with undone(), written() as changes:
                answer = visits.browser(visitor).get(address)
            if visitor == "superuser":
                assert answer.status_code < 500, (route, visitor)
            elif not route.startswith(f"{ADMIN}login"):
                assert answer.status_code in (302, 403, 404), (route, visitor, answer.status_code)
                assert not business(changes), (route, visitor)
            assert answer.status_code != 200 or visitor == "superuser" or "login" in route, (route, visitor)


NASTY = ("\x00", "a\x00b", "' OR 1=1 --", "9" * 400, "\U0001f4a5", "<script>alert(1)</script>")
QUERY = (
    "text",
    "q",
    "after",
    "before",
    "status",
    "market",
    "side",
    "order",
    "kind",
    "tab",
    "next",
    "day",
    "actor",
    "action",
    "object",
)


@pytest.mark.parametrize("text", NASTY)
def test_nasty_queries_break_no_page(text: str, visits: Visits):
    for page in pages().values():
        if "GET" in TABLE[page.route]:
            with undone():
                answer = visits.browser("stale").get(page.address(visits.house), dict.fromkeys(QUERY, text))
            assert answer.status_code < 500, page.route
            if answer.status_code == 200 and "text/html" in answer["Content-Type"]:
                assert "<script>alert(1)" not in answer.content.decode(), page.route


@pytest.mark.parametrize("text", NASTY)
def test_nasty_forms_break_no_page(text: str, visits: Visits):
    """Every field of every good form, and those of signing in, hold the same nasty text."""
    for page in pages().values():
        if "POST" in TABLE[page.route]:
            fields = {*good_form(visits, page), "email", "password", "code", "credential", "next", "reason", "session"}
            for visitor in ("nobody", "COMPLIANCE", "ADMINISTRATOR"):
                if visitor != "nobody" or page.name in OWN_SESSION:
                    with undone():
                        answer = visits.browser(visitor).post(page.address(visits.house), dict.fromkeys(fields, text))
                    assert answer.status_code < 500, (page.route, visitor)


def good_form(visits: Visits, page: Page) -> dict[str, Any]:
    make = FORMS.get(page.name)
    return make(visits.house, None) if make else {}
