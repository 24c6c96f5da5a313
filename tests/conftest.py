"""What every test stands on: PostgreSQL with the rights of the application's role as they are in production."""

import pytest
from django.core.management import call_command, get_commands


@pytest.fixture(scope="session", autouse=True)
def key_database() -> None:
    """The table of the vault's keys, in their own database."""
    call_command("prepare_keys", verbosity=0)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> None:
    """Create the test database as usual, then give the application's role its rights in it."""
    with django_db_blocker.unblock():
        if "grant_rights" in get_commands():
            call_command("grant_rights", verbosity=0)
