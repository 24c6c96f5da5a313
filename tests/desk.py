"""People of the back office for tests, and the pages as they see them."""

import itertools
import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from allauth.mfa.totp.internal.auth import TOTP
from django.http import HttpResponse
from django.test import Client

from accounts.gateways.factor_library import STEP_SECONDS, code_of, make_totp_secret
from accounts.models import Role, RoleGrant, StaffUser
from core import clock
from core.pages.access import FACTOR_AT, SIGNED_IN_AT

PASSWORD = "a quiet harbour at dawn"
# Together these see every page of clients, money and record, and may do what is done there.
EVERYDAY = ("OPERATIONS", "DESK", "COMPLIANCE")
_numbers = itertools.count(1)


def a_person(name: str = "Maria Ops", role: str | Sequence[str] = EVERYDAY, **fields: Any) -> StaffUser:
    """A new active member of staff with ``PASSWORD``, a second factor and the roles: one name, several, or none (``()``)."""
    at = clock.now()
    fields = {"status": StaffUser.Status.ACTIVE, "mfa_enrolled_at": at} | fields
    person = StaffUser.objects.create_user(f"person{next(_numbers)}@example.com", PASSWORD, name=name, **fields)
    for each in (role,) if isinstance(role, str) else role:
        RoleGrant.objects.create(staff=person, role=Role.objects.get(name=each), granted_at=at)
    return person


def signed_in(person: StaffUser | None = None, *, strict: bool = False) -> Client:
    """A browser of somebody who has signed in just now, second factor and all. ``strict``: it wants the form's token."""
    client = Client(enforce_csrf_checks=strict)
    client.force_login(person or a_person())
    session = client.session
    session[SIGNED_IN_AT] = session[FACTOR_AT] = clock.now().isoformat()
    session.save()
    return client


def enrol_app(person: StaffUser) -> str:
    """An authenticator app of the person; its secret. No code of it is used."""
    secret = make_totp_secret()
    TOTP.activate(person, secret)
    return secret


def code_of_app(secret: str, steps: int = 0) -> str:
    """What the app shows now, or some half minutes later."""
    return code_of(secret, int(clock.now().timestamp()) // STEP_SECONDS + steps)


def fragment(client: Client, address: str, target: str = "list") -> HttpResponse:
    """The part of a page that htmx would ask for."""
    return client.get(address, headers={"HX-Request": "true", "HX-Target": f"div#{target}"})


def rows_of(answer: HttpResponse) -> list[UUID]:
    """The ids of the rows of a live list, in their order."""
    return [UUID(found) for found in re.findall(r'<tr id="r-([0-9a-f-]{36})"', answer.content.decode())]
