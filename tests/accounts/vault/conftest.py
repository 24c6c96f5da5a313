"""Key databases of their own, for tests that rotate, cut off or damage them."""

import secrets
from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

from accounts.gateways import key_store
from accounts.gateways.key_ring import KeyRing, new_key_text, read_ring
from accounts.gateways.key_schema import prepare
from accounts.gateways.key_store import KeyStore, installed_keys

ROLE = "cth_keys"


@pytest.fixture
def ring() -> KeyRing:
    return read_ring(new_key_text("kek-a"), new_key_text("index-a"))


@pytest.fixture
def key_place() -> Iterator[str]:
    """The owner's words for a fresh database of keys that goes with the test."""
    name = f"keys_{secrets.token_hex(6)}"
    owner = make_conninfo(settings.KEYS_OWNER, dbname=name)
    prepare(owner, ROLE)
    server = make_conninfo(settings.KEYS_OWNER, dbname="postgres")
    yield owner
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def store(key_place: str, ring: KeyRing) -> Iterator[KeyStore]:
    """A key store of that database, as the application's role."""
    made = KeyStore(make_conninfo(key_place, user=ROLE), ring)
    yield made
    made.close()


@pytest.fixture
def key_database_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The database of keys answers nobody, and no process remembers a key."""
    nobody = KeyStore(make_conninfo(settings.KEYS_DATABASE, dbname="nowhere"), installed_keys()._ring)
    installed_keys().close()
    for module in _who_asks():
        monkeypatch.setattr(module, "installed_keys", lambda: nobody)
    yield


def _who_asks() -> list[object]:
    from accounts.gateways import document_store
    from accounts.operations import keep_details
    from accounts.queries import details

    return [key_store, document_store, keep_details, details]
