"""What the API answers when nothing is there, something breaks, or the database is away."""

import json

import pytest
from django.db import InterfaceError, OperationalError

from core.api import time as time_door
from tests.people import Api, problem

pytestmark = pytest.mark.django_db

ANYBODY = Api(None)


@pytest.fixture
def failing(monkeypatch):
    """The clock's door raises what it is given: the only door that asks nobody."""

    def raises(error):
        def get(self, request):
            raise error

        monkeypatch.setattr(time_door.TimeView, "get", get)

    return raises


def test_a_bug_is_a_500_that_tells_nothing(failing):
    failing(RuntimeError("SELECT secret FROM accounts at /srv/house"))
    body = problem(ANYBODY.get("/time"), 500, "INTERNAL")
    assert "secret" not in json.dumps(body) and "/srv" not in json.dumps(body)
    assert body["errors"] == [] and body["meta"] == {}


@pytest.mark.parametrize("error", [OperationalError("server closed"), InterfaceError("connection already closed")])
def test_a_database_that_is_away_is_a_503_to_be_tried_again(failing, error):
    failing(error)
    answer = ANYBODY.get("/time")
    problem(answer, 503, "UNAVAILABLE")
    assert answer["Retry-After"] == "1"


@pytest.mark.parametrize("path", ["/", "/nothing", "/orders/", "/ORDERS", "/time/now", "/%00", "/%F0%9F%98%80"])
def test_what_is_not_there_is_a_problem_too(path):
    problem(ANYBODY.get(path), 404, "NOT_FOUND")


def test_a_host_that_is_not_ours_is_refused():
    problem(ANYBODY.get("/time", HTTP_HOST="evil.example"), 400, "REQUEST_INVALID")


def test_the_clock():
    answer = ANYBODY.get("/time")
    assert answer.status_code == 200
    assert len(json.loads(answer.content)["server_time"]) == len("2026-03-02T10:01:00.000000Z")
    assert answer["X-Request-ID"]
    assert ANYBODY.request("HEAD", "/time").status_code == 200
    options = ANYBODY.request("OPTIONS", "/time")
    problem(options, 405, "METHOD_NOT_ALLOWED")
