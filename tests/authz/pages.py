"""The addresses of the back office as the resolver knows them, and the people who open them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.domain.duties import ROLES
from accounts.models import StaffUser
from core.clock import now
from core.pages.access import FACTOR_AT, FRESH_FACTOR_SECONDS
from tests.authz.house import House
from tests.authz.page_forms import FORMS, PAGE_IDS, SPELLED_OUT, prepare
from tests.desk import a_person, signed_in

# Nobody; a session that used no second factor; each role; one with every role whose factor is old; a superuser without a role.
VISITORS = ("nobody", "no_factor", *ROLES, "stale", "superuser")
ADMIN = "ops/admin/"


@dataclass(frozen=True)
class Page:
    """One address: its route as the resolver writes it, its name, and the names in it."""

    route: str
    name: str
    names: tuple[str, ...]

    def address(self, house: House) -> str:
        """The address of this house's things."""
        values = {name: PAGE_IDS[name](house, self.name) for name in self.names}
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found[1]], self.route)


@cache
def pages() -> dict[str, Page]:
    """Every address that is not of the API and not of the break-glass admin, by its route."""
    found = [page for page in _walk(get_resolver().url_patterns, "") if not page.route.startswith(("v1/", ADMIN))]
    return {page.route: page for known in found for page in _spelled_out(known)}


def _spelled_out(page: Page) -> list[Page]:
    """The page itself, or one for each value of a name that is spelled out."""
    for name in page.names:
        if (page.name, name) in SPELLED_OUT:
            names = tuple(each for each in page.names if each != name)
            return [
                Page(re.sub(rf"<(\w+:)?{name}>", value, page.route), f"{page.name}:{value}", names)
                for value in SPELLED_OUT[page.name, name]
            ]
    return [page]


@cache
def admin_routes() -> tuple[str, ...]:
    """The addresses of the break-glass admin."""
    routes = {page.route for page in _walk(get_resolver().url_patterns, "") if page.route.startswith(ADMIN)}
    return tuple(sorted(routes))


def _walk(patterns: Any, prefix: str) -> Iterator[Page]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield Page(route, pattern.name or "", tuple(re.findall(r"<(?:\w+:)?(\w+)>", route)))


@dataclass
class Visits:
    """Browsers of the visitors, and what they find."""

    house: House
    people: dict[str, StaffUser] = field(default_factory=dict)
    cookies: dict[str, Any] = field(default_factory=dict)

    def meet(self) -> None:
        """Make every visitor's person and session, and what the pages need."""
        prepare(self.house)
        for visitor in VISITORS:
            if visitor == "nobody":
                continue
            roles: Any = visitor if visitor in ROLES else tuple(ROLES) if visitor == "stale" else ()
            if visitor == "no_factor":
                roles = tuple(ROLES)
            person = a_person(f"Visitor {visitor}", roles, is_superuser=visitor == "superuser")
            browser = signed_in(person)
            session = browser.session
            if visitor == "no_factor":
                del session[FACTOR_AT]
            if visitor == "stale":
                session[FACTOR_AT] = (now() - timedelta(seconds=FRESH_FACTOR_SECONDS + 60)).isoformat()
            session.save()
            self.people[visitor], self.cookies[visitor] = person, browser.cookies

    def browser(self, visitor: str) -> Client:
        """A fresh browser with the visitor's session in it."""
        browser = Client(raise_request_exception=False)
        if visitor in self.cookies:
            browser.cookies = self.cookies[visitor].copy()
            session = browser.session
            if FACTOR_AT in session and visitor != "stale":
                # However long the cells before it took, this visitor's factor is fresh.
                session[FACTOR_AT] = now().isoformat()
                session.save()
        return browser

    def ask(self, visitor: str, method: str, page: Page, *, part: bool = False) -> HttpResponse:
        """The page as ``visitor`` gets it; a POST sends the page's good form."""
        headers: dict[str, str] = {"HX-Request": "true", "HX-Target": "div#list"} if part else {}
        address = page.address(self.house)
        if method == "GET":
            return self.browser(visitor).get(address, headers=headers)
        make: Callable[..., dict[str, Any]] | None = FORMS.get(page.name)
        form = make(self.house, self.people.get(visitor)) if make else {}
        return self.browser(visitor).post(address, form, headers=headers)


def links_of(text: str) -> tuple[set[str], set[str]]:
    """The addresses that a page leads to, and those its forms send to, without their queries."""
    found = set(re.findall(r'(?:href|hx-get|data-href)="(/[^"#?]*)', text))
    sent = set(re.findall(r'(?:<form[^>]*method="post"[^>]*action|hx-post|formaction)="(/[^"#?]*)', text))
    sent |= set(re.findall(r'<form[^>]*action="(/[^"#?]*)"[^>]*method="post"', text))
    return {each for each in found if not each.startswith("/static/")}, sent
