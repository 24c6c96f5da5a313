"""The data keys: one of 256 bits per subject, wrapped, in a database of their own; and what is sealed with them.

That database is reached by a connection of its own and is no alias of Django's: no query can join it, no backup of the house
holds it. Whoever has a copy of the main database has nothing without it, and whoever has both has nothing without the
key-encryption keys, which are in neither.
"""

import base64
import os
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from accounts.gateways.key_ring import (
    KEY_BYTES,
    NONCE_BYTES,
    KeyRing,
    KeysUnusable,
    SealBroken,
    Wrapped,
    installed_ring,
)
from core.domain.refusals import Refusal

log = structlog.get_logger(__name__)

# The house itself as a subject: small secrets of its own, such as those of one-time passwords, are under this key.
HOUSE_SUBJECT_ID = UUID("00000000-0000-4000-8000-00000000c0de")
_CONNECT_SECONDS = 3
# How long nobody asks a database again that did not answer.
_AWAY_SECONDS = 1.0
_SEALED_TEXT = "v1."

_READ = "SELECT subject_id, key_id, nonce, wrapped_key FROM subject_key WHERE subject_id = ANY(%s)"
_WRITE = (
    "INSERT INTO subject_key (subject_id, key_id, nonce, wrapped_key) VALUES (%s, %s, %s, %s)"
    " ON CONFLICT (subject_id) DO NOTHING"
)
_STALE = (
    "SELECT subject_id, key_id, nonce, wrapped_key FROM subject_key"
    " WHERE destroyed_at IS NULL AND key_id <> %s ORDER BY key_id, subject_id LIMIT %s FOR UPDATE SKIP LOCKED"
)
_REWRAP = "UPDATE subject_key SET key_id = %s, nonce = %s, wrapped_key = %s, rewrapped_at = now() WHERE subject_id = %s"
_DESTROY = (
    "UPDATE subject_key SET nonce = NULL, wrapped_key = NULL, destroyed_at = %s"
    " WHERE subject_id = %s AND destroyed_at IS NULL"
)
_COUNT = "SELECT key_id, count(*) FROM subject_key WHERE destroyed_at IS NULL GROUP BY key_id ORDER BY key_id"


class KeyDestroyed(Exception):
    """The subject's data key was destroyed: what was sealed with it is gone for ever, and nothing new is sealed."""


class KeyStore:
    """The data keys of one database under one ring; safe for threads and after a fork. While it is away: 503 UNAVAILABLE.

    A key that was read stays in memory for ``settings.VAULT_KEY_CACHE_SECONDS``, at most ``VAULT_KEY_CACHE_SIZE`` of them:
    so long can another process go on opening what was sealed for a subject whose key was destroyed.
    """

    def __init__(self, conninfo: str, ring: KeyRing) -> None:
        self._conninfo = conninfo
        self._ring = ring
        self._lock = threading.RLock()
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        self._process = os.getpid()
        self._away_until = 0.0
        self._known: OrderedDict[UUID, tuple[float, bytes]] = OrderedDict()

    def key_for(self, subject_id: UUID) -> bytes:
        """The subject's data key, made at its first use. Raises ``KeyDestroyed``.

        It is committed before this returns: an operation that then fails leaves a key without a use, never a use without a key.
        """
        found = self.keys_of([subject_id])
        if subject_id not in found:
            wrapped = self._ring.wrap(secrets.token_bytes(KEY_BYTES), owner=subject_id.bytes)
            self._run(_WRITE, [subject_id, wrapped.key_id, wrapped.nonce, wrapped.ciphertext])
            # Read again: another process may have been first, and its key is the one.
            found = self.keys_of([subject_id])
        if subject_id not in found:
            raise SealBroken("a wrapped data key does not open")
        key = found[subject_id]
        if key is None:
            raise KeyDestroyed(str(subject_id))
        return key

    def keys_of(self, subject_ids: Collection[UUID]) -> dict[UUID, bytes | None]:
        """The data keys that there are, by subject, in one question. ``None`` for a destroyed one.

        Who has none is not in it, nor one that does not open: that is in the log.
        """
        with self._lock:
            found = self._remembered(subject_ids)
            missing = [subject_id for subject_id in subject_ids if subject_id not in found]
            for subject_id, key_id, nonce, sealed in self._run(_READ, [missing]) if missing else ():
                if sealed is None:
                    found[subject_id] = None
                    continue
                key = self._opened(subject_id, Wrapped(key_id, bytes(nonce), bytes(sealed)))
                if key is not None:
                    found[subject_id] = key
                    self._remember(subject_id, key)
        return found

    def destroy(self, subject_id: UUID, *, at: datetime) -> bool:
        """Destroy the subject's data key for ever. Whether there was one. The house's own is not destroyed: ``ValueError``."""
        if subject_id == HOUSE_SUBJECT_ID:
            raise ValueError("the house's own key seals what everybody signs in with")
        with self._lock:
            self._known.pop(subject_id, None)
            return bool(self._run(_DESTROY, [at, subject_id], counts=True))

    def rewrap(self, limit: int) -> int:
        """Wrap up to ``limit`` keys again that are not under the current key-encryption key; how many were.

        One transaction; processes that do this at once take different rows, and a killed one leaves nothing half done.
        """

        def work(connection: "psycopg.Connection[tuple[Any, ...]]") -> int:
            with connection.transaction():
                rows = connection.execute(_STALE, [self._ring.current_id, limit]).fetchall()
                again = []
                for subject_id, key_id, nonce, sealed in rows:
                    old = Wrapped(key_id, bytes(nonce), bytes(sealed))
                    key = self._opened(subject_id, old)
                    if key is None:
                        # One that somebody damaged must not hold up the others; it stays under its old id, and in the log.
                        continue
                    new = self._ring.wrap(key, owner=subject_id.bytes)
                    again.append([new.key_id, new.nonce, new.ciphertext, subject_id])
                with connection.cursor() as cursor:
                    cursor.executemany(_REWRAP, again)
            return len(again)

        return int(self._with_connection(work))

    def count_by_key_id(self) -> dict[str, int]:
        """How many data keys hang on each key-encryption key."""
        return dict(self._run(_COUNT, []))

    def close(self) -> None:
        """Close the connection and forget the keys; the next use opens it anew."""
        with self._lock:
            self._known.clear()
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    def _opened(self, subject_id: UUID, wrapped: Wrapped) -> bytes | None:
        """The data key; ``None``, and a line in the log, for one that does not open."""
        try:
            return self._ring.unwrap(wrapped, owner=subject_id.bytes)
        except SealBroken:
            log.error("wrapped data key does not open", subject_id=str(subject_id), key_id=wrapped.key_id)
            return None
        except KeysUnusable as error:
            log.error("key-encryption key is missing", key_id=wrapped.key_id)
            raise _unavailable() from error

    def _run(self, statement: LiteralString, values: list[Any], *, counts: bool = False) -> Any:
        def work(connection: "psycopg.Connection[tuple[Any, ...]]") -> Any:
            cursor = connection.execute(statement, values)
            if counts or cursor.description is None:
                return cursor.rowcount
            return cursor.fetchall()

        return self._with_connection(work)

    def _with_connection(self, work: Any) -> Any:
        """Do ``work``; once more on a fresh connection when one that lay idle was cut: every statement may be repeated."""
        with self._lock:
            if time.monotonic() < self._away_until:
                # Somebody has just waited for it in vain: those behind do not wait again, one after the other.
                raise _unavailable()
            for is_last in (False, True):
                was_open = self._is_open()
                try:
                    return work(self._open())
                except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                    self._drop()
                    if is_last or not was_open:
                        self._away_until = time.monotonic() + _AWAY_SECONDS
                        log.warning(
                            "key database unavailable", error=str(error).splitlines()[0] if str(error) else repr(error)
                        )
                        raise _unavailable() from error
        raise AssertionError("unreachable")

    def _is_open(self) -> bool:
        return self._connection is not None and not self._connection.closed and self._process == os.getpid()

    def _open(self) -> "psycopg.Connection[tuple[Any, ...]]":
        if not self._is_open() or self._connection is None:
            self._process = os.getpid()
            self._connection = psycopg.connect(
                self._conninfo,
                autocommit=True,
                connect_timeout=_CONNECT_SECONDS,
                tcp_user_timeout=4_000,
                application_name="cth-vault",
                options=f"-c statement_timeout={settings.KEYS_STATEMENT_MILLIS}",
            )
        return self._connection

    def _drop(self) -> None:
        if self._is_open() and self._connection is not None:
            self._connection.close()
        self._connection = None

    def _remembered(self, subject_ids: Collection[UUID]) -> dict[UUID, bytes | None]:
        now = time.monotonic()
        found: dict[UUID, bytes | None] = {}
        for subject_id in subject_ids:
            until, key = self._known.get(subject_id, (0.0, b""))
            if until > now:
                found[subject_id] = key
        return found

    def _remember(self, subject_id: UUID, key: bytes) -> None:
        self._known[subject_id] = (time.monotonic() + settings.VAULT_KEY_CACHE_SECONDS, key)
        self._known.move_to_end(subject_id)
        while len(self._known) > settings.VAULT_KEY_CACHE_SIZE:
            self._known.popitem(last=False)


def _unavailable() -> Refusal:
    return Refusal("UNAVAILABLE", "The service cannot answer now. Try again.", status=503)


@lru_cache(maxsize=1)
def installed_keys() -> KeyStore:
    """The key store of this installation."""
    return KeyStore(settings.KEYS_DATABASE, installed_ring())


def seal(key: bytes, plaintext: bytes, *, bound_to: bytes) -> tuple[bytes, bytes]:
    """Nonce and ciphertext (AES-256-GCM). ``bound_to`` is not in it and has to be the same when it is opened."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce, AESGCM(key).encrypt(nonce, plaintext, bound_to)


def unseal(key: bytes, nonce: bytes, ciphertext: bytes, *, bound_to: bytes) -> bytes:
    """The plaintext. Raises ``SealBroken`` for another key, another place or changed bytes."""
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, bound_to)
    except (InvalidTag, ValueError) as error:
        raise SealBroken("the seal does not open") from error


def seal_text(text: str, *, purpose: str = "text") -> str:
    """A small secret of the house as printable text that only this house opens, and only for the same ``purpose``."""
    nonce, sealed = seal(installed_keys().key_for(HOUSE_SUBJECT_ID), text.encode(), bound_to=_house_place(purpose))
    return _SEALED_TEXT + base64.urlsafe_b64encode(nonce + sealed).decode()


def open_text(sealed: str, *, purpose: str = "text") -> str:
    """The text that ``seal_text`` sealed. Raises ``SealBroken``."""
    if not sealed.startswith(_SEALED_TEXT):
        raise SealBroken("not a sealed text")
    try:
        data = base64.b64decode(sealed.removeprefix(_SEALED_TEXT), altchars=b"-_", validate=True)
    except ValueError as error:
        raise SealBroken("not a sealed text") from error
    key = installed_keys().key_for(HOUSE_SUBJECT_ID)
    return unseal(key, data[:NONCE_BYTES], data[NONCE_BYTES:], bound_to=_house_place(purpose)).decode()


def _house_place(purpose: str) -> bytes:
    return b"house\0" + purpose.encode()
