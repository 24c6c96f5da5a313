"""The beat's door: the sweep runs by the clock."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.conf import settings

from accounts.models import Identity
from accounts.tasks import sweep_refreshes
from tests.identities import hold
from tests.people import a_client


@pytest.mark.django_db
def test_the_task_does_what_is_due_and_nothing_twice() -> None:
    identity = hold(a_client(is_known=False).profile_id, at=datetime(2024, 2, 29, tzinfo=UTC), risk_rating="HIGH")

    with time_machine.travel(datetime(2025, 1, 29, 0, 0, 1, tzinfo=UTC), tick=False):
        assert [sweep_refreshes(), sweep_refreshes()] == [2, 0]

    assert Identity.objects.get(id=identity.id).refresh_status == "DUE"


def test_the_beat_rings_every_hour() -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["sweep-refreshes"]

    assert (entry["task"], entry["schedule"]) == (sweep_refreshes.name, 3_600)
