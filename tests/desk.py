"""People of the back office for tests, and the pages as they see them."""

import itertools
import re
from uuid import UUID

from django.http import HttpResponse
from django.test import Client

from accounts.models import StaffUser

PASSWORD = "a quiet harbour at dawn"
_numbers = itertools.count(1)


def a_person(name: str = "Maria Ops") -> StaffUser:
    """A new active member of staff with ``PASSWORD``."""
    return StaffUser.objects.create_user(f"person{next(_numbers)}@example.com", PASSWORD, name=name)


def signed_in(person: StaffUser | None = None) -> Client:
    """A browser of somebody who has signed in through the form's session."""
    client = Client()
    client.force_login(person or a_person())
    return client


def fragment(client: Client, address: str, target: str = "list") -> HttpResponse:
    """The part of a page that htmx would ask for."""
    return client.get(address, headers={"HX-Request": "true", "HX-Target": f"div#{target}"})


def rows_of(answer: HttpResponse) -> list[UUID]:
    """The ids of the rows of a live list, in their order."""
    return [UUID(found) for found in re.findall(r'<tr id="r-([0-9a-f-]{36})"', answer.content.decode())]
