"""The data keys: one per subject, wrapped, in a database of their own that outlives every rotation and every destruction."""

import base64
import multiprocessing
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from accounts.gateways import key_store
from accounts.gateways.key_ring import KeyRing, KeysUnusable, SealBroken, new_key_text, read_ring
from accounts.gateways.key_store import KeyDestroyed, KeyStore
from core import clock
from core.domain.refusals import Refusal
from tests.accounts.vault.conftest import ROLE


def another(store: KeyStore, ring: KeyRing | None = None) -> KeyStore:
    """The same database as another process sees it: nothing is remembered."""
    return KeyStore(store._conninfo, ring or store._ring)


def turned(ring: KeyRing, key_id: str) -> KeyRing:
    """The ring with a fresh key in front."""
    fresh = read_ring(new_key_text(key_id), new_key_text("x"))
    return KeyRing(key_id, {**fresh.keys, **ring.keys}, ring.index_id, ring.index_key)


def test_a_subject_has_one_key_for_ever(store: KeyStore) -> None:
    subject_id = uuid4()
    key = store.key_for(subject_id)
    assert len(key) == 32
    assert store.key_for(subject_id) == key
    assert another(store).key_for(subject_id) == key
    assert store.key_for(uuid4()) != key


def test_the_table_holds_no_key_in_the_clear(store: KeyStore, key_place: str) -> None:
    key = store.key_for(uuid4())
    with psycopg.connect(key_place) as connection:
        (row,) = connection.execute("SELECT subject_key::text FROM subject_key").fetchall()
    assert key.hex() not in row[0]


def test_a_hundred_keys_are_one_question(store: KeyStore) -> None:
    subjects = [uuid4() for _ in range(100)]
    keys = {subject_id: store.key_for(subject_id) for subject_id in subjects}
    fresh, asked = another(store), []
    run = fresh._run
    fresh._run = lambda *words, **options: asked.append(words) or run(*words, **options)
    assert fresh.keys_of(subjects) == keys
    assert len(asked) == 1
    # The second time they are remembered.
    assert fresh.keys_of(subjects) == keys
    assert len(asked) == 1


def test_no_more_keys_are_remembered_than_the_setting_says(store: KeyStore, settings) -> None:
    settings.VAULT_KEY_CACHE_SIZE = 3
    for _ in range(10):
        store.key_for(uuid4())
    assert len(store._known) == 3


def test_a_remembered_key_is_forgotten_in_time(store: KeyStore, settings) -> None:
    settings.VAULT_KEY_CACHE_SECONDS = 0
    subject_id = uuid4()
    store.key_for(subject_id)
    another(store).destroy(subject_id, at=clock.now())
    assert store.keys_of([subject_id]) == {subject_id: None}


def test_twenty_threads_at_once_get_one_key(store: KeyStore) -> None:
    subject_id = uuid4()
    stores = [another(store) for _ in range(5)]
    with ThreadPoolExecutor(20) as threads:
        keys = set(threads.map(lambda number: stores[number % 5].key_for(subject_id), range(20)))
    assert len(keys) == 1
    for each in stores:
        each.close()


def test_a_forked_process_opens_a_connection_of_its_own(store: KeyStore) -> None:
    subject_id = uuid4()
    key = store.key_for(subject_id)
    store._known.clear()
    context = multiprocessing.get_context("fork")
    mine, theirs = context.Pipe()

    def child() -> None:
        theirs.send((store.key_for(subject_id), store._connection.info.backend_pid))
        # Without the parent's fixtures at the end.
        os._exit(0)

    process = context.Process(target=child)
    process.start()
    found, backend = mine.recv()
    process.join(10)
    assert found == key
    assert backend != store._connection.info.backend_pid
    # Ours still works.
    store._known.clear()
    assert store.key_for(subject_id) == key


def test_a_destroyed_key_is_gone_for_ever_and_not_made_again(store: KeyStore, key_place: str) -> None:
    subject_id, at = uuid4(), clock.now()
    store.key_for(subject_id)
    assert store.destroy(subject_id, at=at)
    assert not store.destroy(subject_id, at=at)
    assert store.keys_of([subject_id]) == {subject_id: None}
    with pytest.raises(KeyDestroyed):
        store.key_for(subject_id)
    with psycopg.connect(key_place) as connection:
        row = connection.execute("SELECT nonce, wrapped_key, destroyed_at FROM subject_key").fetchone()
    assert row == (None, None, at)


def test_the_houses_own_key_is_not_destroyed(store: KeyStore) -> None:
    key = store.key_for(key_store.HOUSE_SUBJECT_ID)
    with pytest.raises(ValueError, match="house's own"):
        store.destroy(key_store.HOUSE_SUBJECT_ID, at=clock.now())
    assert another(store).key_for(key_store.HOUSE_SUBJECT_ID) == key


def test_nobody_is_without_a_key_by_accident(store: KeyStore) -> None:
    assert store.keys_of([uuid4()]) == {}
    assert not store.destroy(uuid4(), at=clock.now())


# --- rotation


def test_a_new_key_encryption_key_wraps_everything_again_in_batches(
    store: KeyStore, ring: KeyRing, key_place: str
) -> None:
    seed(key_place, ring, 3_000)
    subject_id = uuid4()
    key = store.key_for(subject_id)
    store.destroy(destroyed := some_subject(key_place), at=clock.now())
    fresh = another(store, turned(ring, "kek-b"))
    # Before: both are read, new ones are under the new key.
    assert fresh.key_for(subject_id) == key
    fresh.key_for(uuid4())
    assert fresh.count_by_key_id() == {"kek-a": 3_000, "kek-b": 1}
    assert fresh.rewrap(1_000) == 1_000
    assert fresh.count_by_key_id() == {"kek-a": 2_000, "kek-b": 1_001}
    assert [fresh.rewrap(1_000), fresh.rewrap(1_000), fresh.rewrap(1_000)] == [1_000, 1_000, 0]
    assert fresh.count_by_key_id() == {"kek-b": 3_001}
    # The old key is taken away: everything opens, and what was destroyed stays destroyed.
    new_alone = KeyRing("kek-b", {"kek-b": fresh._ring.keys["kek-b"]}, ring.index_id, ring.index_key)
    last = another(store, new_alone)
    assert last.key_for(subject_id) == key
    assert last.keys_of([destroyed]) == {destroyed: None}
    subjects = all_subjects(key_place)
    assert len(subjects) == 3_002
    assert sum(found is not None for found in last.keys_of(subjects).values()) == 3_001
    for each in (fresh, last):
        each.close()


def test_two_processes_rotate_at_once_and_each_key_once(store: KeyStore, ring: KeyRing, key_place: str) -> None:
    seed(key_place, ring, 600)
    new = turned(ring, "kek-b")
    stores = [another(store, new) for _ in range(4)]

    def until_nothing_is_left(each: KeyStore) -> int:
        done = 0
        while batch := each.rewrap(50):
            done += batch
        return done

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(until_nothing_is_left, stores)) == 600
    assert store.count_by_key_id() == {"kek-b": 600}
    for each in stores:
        each.close()


def test_a_damaged_key_does_not_hold_up_a_rotation(store: KeyStore, ring: KeyRing, key_place: str) -> None:
    seed(key_place, ring, 30)
    with psycopg.connect(key_place) as connection:
        connection.execute(
            "UPDATE subject_key SET wrapped_key = sha256('x') || substring(wrapped_key FROM 33)"
            " WHERE subject_id IN (SELECT subject_id FROM subject_key ORDER BY subject_id LIMIT 3)"
        )
    fresh = another(store, turned(ring, "kek-b"))
    done = 0
    while batch := fresh.rewrap(10):
        done += batch
    assert done == 27
    assert fresh.count_by_key_id() == {"kek-a": 3, "kek-b": 27}
    fresh.close()


def test_a_key_that_was_taken_away_too_early_refuses_clearly(store: KeyStore, ring: KeyRing) -> None:
    subject_id = uuid4()
    store.key_for(subject_id)
    new = turned(ring, "kek-b")
    too_early = another(store, KeyRing("kek-b", {"kek-b": new.keys["kek-b"]}, ring.index_id, ring.index_key))
    for ask in (lambda: too_early.key_for(subject_id), lambda: too_early.rewrap(10)):
        with pytest.raises(Refusal) as caught:
            ask()
        assert (caught.value.code, caught.value.status) == ("UNAVAILABLE", 503)
    # Given back, everything is as it was.
    assert another(store, new).key_for(subject_id) == store.key_for(subject_id)


# --- around Python


FACTS = [
    ("destroyed_key_is_gone", "UPDATE subject_key SET destroyed_at = now()"),
    ("destroyed_key_is_gone", "UPDATE subject_key SET wrapped_key = NULL, nonce = NULL"),
    ("wrapping_nonce_is_96_bits", "UPDATE subject_key SET nonce = '\\x00'"),
    ("wrapped_key_is_256_bits_and_a_tag", "UPDATE subject_key SET wrapped_key = '\\x00'"),
    ("key_id_is_plain", "UPDATE subject_key SET key_id = 'a b'"),
    ("destroyed_key_stays_destroyed", "UPDATE subject_key SET subject_id = gen_random_uuid()"),
    ("subject_key_is_never_deleted", "DELETE FROM subject_key"),
    ("subject_keys_are_never_emptied", "TRUNCATE subject_key"),
]


@pytest.mark.parametrize(("fact", "statement"), FACTS)
def test_the_database_of_keys_refuses_by_itself(store: KeyStore, key_place: str, fact: str, statement: str) -> None:
    store.key_for(uuid4())
    with psycopg.connect(key_place) as connection, pytest.raises(psycopg.errors.IntegrityError) as caught:
        connection.execute(statement)
    assert caught.value.diag.constraint_name == fact


def test_a_destroyed_key_is_not_put_back(store: KeyStore, key_place: str) -> None:
    subject_id = uuid4()
    store.key_for(subject_id)
    with psycopg.connect(key_place) as connection:
        nonce, wrapped = connection.execute("SELECT nonce, wrapped_key FROM subject_key").fetchone()
    store.destroy(subject_id, at=clock.now())
    with psycopg.connect(key_place) as connection, pytest.raises(psycopg.errors.IntegrityError) as caught:
        connection.execute("UPDATE subject_key SET nonce = %s, wrapped_key = %s, destroyed_at = NULL", [nonce, wrapped])
    assert caught.value.diag.constraint_name == "destroyed_key_stays_destroyed"


@pytest.mark.parametrize("statement", ["DELETE FROM subject_key", "TRUNCATE subject_key", "DROP TABLE subject_key"])
def test_the_application_may_not_take_keys_away(key_place: str, statement: str) -> None:
    with (
        psycopg.connect(make_conninfo(key_place, user=ROLE)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


def test_swapped_or_changed_wrapped_keys_do_not_open(store: KeyStore, key_place: str) -> None:
    first, second, third = uuid4(), uuid4(), uuid4()
    for subject_id in (first, second, third):
        store.key_for(subject_id)
    with psycopg.connect(key_place) as connection:
        connection.execute(
            "UPDATE subject_key k SET nonce = o.nonce, wrapped_key = o.wrapped_key FROM subject_key o"
            " WHERE k.subject_id = %s AND o.subject_id = %s",
            [first, second],
        )
        connection.execute(
            "UPDATE subject_key SET wrapped_key = set_byte(wrapped_key, 5, 255 - get_byte(wrapped_key, 5))"
            " WHERE subject_id = %s",
            [third],
        )
    fresh = another(store)
    assert list(fresh.keys_of([first, second, third])) == [second]
    with pytest.raises(SealBroken):
        fresh.key_for(first)


# --- the connection


def test_a_connection_that_was_cut_is_opened_again(store: KeyStore, key_place: str) -> None:
    subject_id = uuid4()
    key = store.key_for(subject_id)
    with psycopg.connect(key_place, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", [store._connection.info.backend_pid])
    store._known.clear()
    assert store.key_for(subject_id) == key


def test_a_database_that_is_away_is_said_so(ring: KeyRing, store: KeyStore) -> None:
    away = KeyStore(make_conninfo(store._conninfo, dbname="nowhere"), ring)
    with pytest.raises(Refusal) as caught:
        away.key_for(uuid4())
    assert (caught.value.code, caught.value.status) == ("UNAVAILABLE", 503)


def test_those_behind_do_not_wait_for_it_again_one_after_the_other(
    ring: KeyRing, store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    away, tries = KeyStore(make_conninfo(store._conninfo, dbname="nowhere"), ring), []
    connect = psycopg.connect
    monkeypatch.setattr(key_store.psycopg, "connect", lambda *words, **more: tries.append(1) or connect(*words, **more))
    for _ in range(20):
        with pytest.raises(Refusal, match="UNAVAILABLE"):
            away.key_for(uuid4())
    assert len(tries) == 1
    # A second later it is asked again, and it is there.
    away._away_until, away._conninfo = 0.0, store._conninfo
    assert len(away.key_for(uuid4())) == 32
    away.close()


def test_the_houses_key_opens_what_another_process_sealed() -> None:
    sealed = key_store.seal_text("secret", purpose="totp")
    key_store.installed_keys().close()
    assert key_store.open_text(sealed, purpose="totp") == "secret"


# --- the ring


# The same in every process: the cases are named by it.
KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.mark.parametrize(
    ("keys", "index_key", "what"),
    [
        ("", f"i:{KEY}", "no key-encryption key"),
        (",", f"i:{KEY}", "no key-encryption key"),
        ("one:c2hvcnQ=", f"i:{KEY}", "32 bytes"),
        (KEY, f"i:{KEY}", "32 bytes"),
        ("one:not base64", f"i:{KEY}", "32 bytes"),
        (f"a b:{KEY}", f"i:{KEY}", "32 bytes"),
        (f"one:{KEY},one:{KEY}", f"i:{KEY}", "one id"),
        (f"one:{KEY}", "", "32 bytes"),
        (f"one:{KEY}", f"i:{KEY}", "is one of"),
    ],
)
def test_keys_that_are_none_are_refused_without_showing_them(keys: str, index_key: str, what: str) -> None:
    with pytest.raises(KeysUnusable, match=what) as caught:
        read_ring(keys, index_key)
    assert KEY not in str(caught.value)


def test_the_first_key_wraps_and_lines_do_as_well_as_commas() -> None:
    ring = read_ring(f"{new_key_text('new')}\n{new_key_text('old')}\n", new_key_text("i"))
    assert (ring.current_id, sorted(ring.keys), ring.index_id) == ("new", ["new", "old"], "i")


def seed(place: str, ring: KeyRing, number: int) -> None:
    """Subjects with wrapped keys, by COPY."""
    with (
        psycopg.connect(place) as connection,
        connection.cursor().copy("COPY subject_key (subject_id, key_id, nonce, wrapped_key) FROM STDIN") as copy,
    ):
        for _ in range(number):
            subject_id = uuid4()
            wrapped = ring.wrap(secrets.token_bytes(32), owner=subject_id.bytes)
            copy.write_row((subject_id, wrapped.key_id, wrapped.nonce, wrapped.ciphertext))


def all_subjects(place: str) -> list[UUID]:
    with psycopg.connect(place) as connection:
        return [row[0] for row in connection.execute("SELECT subject_id FROM subject_key")]


def some_subject(place: str) -> UUID:
    return all_subjects(place)[0]
