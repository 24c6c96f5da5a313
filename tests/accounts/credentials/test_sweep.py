"""What has ended is swept, a bounded number at a time, by a role that may delete it."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts.domain.rate_limits import parse_pace
from accounts.models import AccessToken, RateBucket, SocketTicket
from accounts.operations import sweep_edge as sweeping
from accounts.operations.issue_socket_ticket import issue_socket_ticket
from accounts.operations.sweep_edge import sweep_edge
from accounts.operations.take_token import take_token
from accounts.tasks import sweep_edge as task
from core import clock
from tests.desk import a_person
from tests.people import a_client

pytestmark = pytest.mark.django_db


def test_tokens_tickets_and_full_buckets_go(monkeypatch):
    person, at = a_client(), clock.now()
    issue_socket_ticket(staff_user_id=a_person().pk, session_key="s", at=at)
    owner = str(person.credential.credential_id)
    take_token(bucket="reads", owner=owner, pace=parse_pace("0.001/5"))
    take_token(bucket="orders", owner=owner, pace=parse_pace("50/100"))
    assert set(sweep_edge(at=at).values()) == {0}
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE cth_app")
        swept = sweep_edge(at=at + timedelta(seconds=120))
        assert swept["accounts_ratebucket"] == 1 and swept["accounts_accesstoken"] == 0
        swept = sweep_edge(at=at + timedelta(hours=26))
        cursor.execute("RESET ROLE")
    assert swept == {"accounts_accesstoken": 1, "accounts_socketticket": 1, "accounts_ratebucket": 1}
    assert not (AccessToken.objects.exists() or SocketTicket.objects.exists() or RateBucket.objects.exists())


def test_a_sweep_is_bounded(monkeypatch):
    monkeypatch.setattr(sweeping, "MOST_ROWS", 2)
    for _ in range(3):
        a_client()
    later = clock.now() + timedelta(hours=26)
    assert [sweep_edge(at=later)["accounts_accesstoken"] for _ in range(3)] == [2, 1, 0]


def test_the_task_is_on_the_beat(settings):
    assert task() >= 0
    assert settings.CELERY_BEAT_SCHEDULE["sweep-edge"]["task"] == "accounts.tasks.sweep_edge" == task.name
