"""The API's short road carries everything that an answer has to carry, and nothing of the pages."""

import pytest
from django.test import Client

from core.api import time as time_door
from tests.people import Api, a_client

pytestmark = pytest.mark.django_db

ANYBODY = Api(None)


@pytest.mark.parametrize("path", ["/time", "/orders", "/nothing", "/docs", "/openapi.json", "/assets"])
def test_the_browsers_rules_are_the_pages_own_on_every_answer(path):
    answer = ANYBODY.get(path)
    page = Client().get("/ops/sign-in")
    for name in (
        "Content-Security-Policy",
        "X-Frame-Options",
        "X-Content-Type-Options",
        "Referrer-Policy",
        "Cross-Origin-Opener-Policy",
    ):
        assert answer[name] == page[name], name
    assert answer["Content-Length"] == str(len(answer.content))
    assert answer["X-Request-ID"]
    assert not answer.cookies


def test_a_failure_carries_them_too(monkeypatch):
    def get(self, request):
        raise RuntimeError("on purpose")

    monkeypatch.setattr(time_door.TimeView, "get", get)
    answer = ANYBODY.get("/time")
    assert answer.status_code == 500
    assert answer["Content-Security-Policy"] and answer["X-Request-ID"]


def test_a_session_of_the_back_office_opens_nothing_here(client):
    from accounts.models import StaffUser

    person = StaffUser.objects.create_user("ada@example.com", "a long enough password", name="Ada", is_superuser=True)
    client.force_login(person)
    assert client.get("/v1/orders").status_code == 401
    assert a_client().api.get("/orders").status_code == 200
