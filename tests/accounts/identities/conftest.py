"""One client, on a Monday."""

from datetime import UTC, datetime

import pytest

from tests.people import Person, a_client

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
def at() -> datetime:
    return MONDAY


@pytest.fixture
def person(db: None) -> Person:
    return a_client()
