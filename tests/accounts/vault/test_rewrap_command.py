"""`manage.py rewrap_keys` as an operator meets it."""

from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command

from accounts.gateways.key_ring import KeyRing, new_key_text, read_ring
from accounts.gateways.key_store import KeyStore
from accounts.management.commands import rewrap_keys
from core.models import AuditEntry

pytestmark = pytest.mark.django_db


def told(*words: str) -> list[str]:
    out = StringIO()
    call_command("rewrap_keys", *words, stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def rotating(store: KeyStore, ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> KeyStore:
    """Thirty keys under the old key-encryption key, and a new one in front."""
    for _ in range(30):
        store.key_for(uuid4())
    fresh = read_ring(new_key_text("kek-b"), new_key_text("x"))
    new = KeyRing("kek-b", {**fresh.keys, **ring.keys}, ring.index_id, ring.index_key)
    turned = KeyStore(store._conninfo, new)
    monkeypatch.setattr(rewrap_keys, "installed_keys", lambda: turned)
    monkeypatch.setattr(rewrap_keys, "installed_ring", lambda: new)
    return turned


def test_it_goes_on_until_nothing_is_left_and_says_what_hangs_on_what(rotating: KeyStore) -> None:
    assert told("--batch", "7") == ["30 keys wrapped again; the current key-encryption key is kek-b", "kek-b: 30"]
    assert told() == ["0 keys wrapped again; the current key-encryption key is kek-b", "kek-b: 30"]
    # What was done is on record, once.
    entry = AuditEntry.objects.get(action="accounts.vault.rewrap")
    assert (entry.object_id, entry.changes[0]["after"]) == ("kek-b", "30")
    rotating.close()


def test_it_may_stop_early_and_go_on_later(rotating: KeyStore) -> None:
    assert told("--batch", "10", "--most", "20")[1:] == ["kek-a: 10", "kek-b: 20"]
    assert told("--batch", "10")[1:] == ["kek-b: 30"]
    rotating.close()


def test_it_makes_a_fresh_key_as_the_environment_wants_it() -> None:
    (text,) = told("--new-key", "kek-2027")
    assert read_ring(text, new_key_text("i")).current_id == "kek-2027"
