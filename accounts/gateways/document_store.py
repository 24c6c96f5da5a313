"""Documents of identities on disk, encrypted with their subject's data key.

A file is ``CTHD1``, 32 random bytes, and chunks of AES-256-GCM: each holds up to 64 KiB of the document and a tag of 16
bytes. Its key is derived from the data key and the random bytes, so it is no other file's; the nonce is the chunk's number
and whether it is the last, and subject and name are bound to each: a chunk that was cut off, doubled, moved, or taken from
another file does not open.
"""

import os
import re
import secrets
from collections.abc import Iterable, Iterator
from functools import lru_cache
from io import BufferedReader
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from accounts.gateways.key_ring import KEY_BYTES, NONCE_BYTES, SealBroken
from accounts.gateways.key_store import KeyDestroyed, installed_keys
from core.domain.refusals import NotFound, Refusal
from core.files import sync_directory
from core.ids import new_id

CHUNK_BYTES = 64 * 1024
_TAG_BYTES = 16
_MAGIC = b"CTHD1"
_SALT_BYTES = 32
_NAME = re.compile(r"[0-9a-f]{32}\Z", re.ASCII)


class DocumentStore:
    """A directory of encrypted files. A file is whole and on the disk, or not there."""

    def __init__(self, root: Path, largest_bytes: int) -> None:
        self._root = root
        self._largest = largest_bytes

    def put(self, subject_id: UUID, content: bytes | Iterable[bytes]) -> str:
        """Keep a document of a subject; answers the key that it is found by.

        Refuses an empty one (DOCUMENT_EMPTY), one of more bytes than the setting (413 DOCUMENT_TOO_LARGE), a subject whose key
        was destroyed (409 SUBJECT_ERASED); 503 UNAVAILABLE while the database of keys is away. Refused, nothing stays.
        """
        key = _key_for(subject_id)
        name = new_id().hex
        place = self._place(name)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = place.with_suffix(".part")
        pieces = [content] if isinstance(content, bytes) else content
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                for part in _sealed(key, _bound(subject_id, name), self._bounded(pieces)):
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
            fresh.rename(place)
        finally:
            fresh.unlink(missing_ok=True)
        sync_directory(place.parent)
        return name

    def get(self, subject_id: UUID, storage_key: str) -> Iterator[bytes]:
        """The document's bytes, a chunk at a time, each of them proved before it is given out.

        Refuses a document that is not there, and one whose subject's key was destroyed (409 SUBJECT_ERASED). Raises
        ``SealBroken`` when the file is not what was put, at the first chunk that shows it.
        """
        if not _NAME.match(storage_key):
            raise NotFound("document")
        key = _key_for(subject_id)
        try:
            file = self._place(storage_key).open("rb")
        except FileNotFoundError as error:
            raise NotFound("document") from error
        return _opened(key, _bound(subject_id, storage_key), file)

    def _bounded(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The same bytes in chunks of one size, the last one shorter."""
        total, waiting = 0, bytearray()
        for piece in pieces:
            total += len(piece)
            if total > self._largest:
                raise Refusal(
                    "DOCUMENT_TOO_LARGE",
                    f"A document has at most {self._largest} bytes.",
                    meta={"largest_bytes": str(self._largest)},
                    status=413,
                )
            waiting += piece
            while len(waiting) > CHUNK_BYTES:
                yield bytes(waiting[:CHUNK_BYTES])
                del waiting[:CHUNK_BYTES]
        if not total:
            raise Refusal("DOCUMENT_EMPTY", "The document is empty.")
        yield bytes(waiting)

    def _place(self, name: str) -> Path:
        # The last two digits are random; the first ones are a clock.
        return self._root / name[-2:] / name


def _key_for(subject_id: UUID) -> bytes:
    try:
        return installed_keys().key_for(subject_id)
    except KeyDestroyed as error:
        raise Refusal("SUBJECT_ERASED", "The documents were erased for ever.", status=409) from error


def _bound(subject_id: UUID, name: str) -> bytes:
    return b"document\0" + subject_id.bytes + name.encode()


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, b"document").derive(key))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(NONCE_BYTES - 1, "big") + (b"\1" if is_last else b"\0")


def _sealed(key: bytes, bound_to: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    salt = secrets.token_bytes(_SALT_BYTES)
    cipher = _cipher(key, salt)
    yield _MAGIC + salt
    for number, (chunk, is_last) in enumerate(_with_end(chunks)):
        yield cipher.encrypt(_nonce(number, is_last=is_last), chunk, bound_to)


def _opened(key: bytes, bound_to: bytes, file: BufferedReader) -> Iterator[bytes]:
    with file:
        head = file.read(len(_MAGIC) + _SALT_BYTES)
        if not head.startswith(_MAGIC) or len(head) < len(_MAGIC) + _SALT_BYTES:
            raise SealBroken("not a document of ours")
        cipher = _cipher(key, head[len(_MAGIC) :])
        sealed = iter(lambda: file.read(CHUNK_BYTES + _TAG_BYTES), b"")
        is_ended = False
        for number, (chunk, is_last) in enumerate(_with_end(sealed)):
            try:
                yield cipher.decrypt(_nonce(number, is_last=is_last), chunk, bound_to)
            except InvalidTag as error:
                raise SealBroken("a chunk of the document does not open") from error
            is_ended = is_last
        if not is_ended:
            raise SealBroken("the document has no chunk")


def _with_end(chunks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each chunk with whether it is the last."""
    held = next(chunks, None)
    while held is not None:
        following = next(chunks, None)
        yield held, following is None
        held = following


def installed_documents() -> DocumentStore:
    """The documents under `DOCUMENT_DIR`."""
    return _store_in(settings.DOCUMENT_DIR, settings.DOCUMENT_LARGEST_BYTES)


@lru_cache(maxsize=1)
def _store_in(directory: Path, largest_bytes: int) -> DocumentStore:
    return DocumentStore(directory, largest_bytes)


def put(subject_id: UUID, content: bytes | Iterable[bytes]) -> str:
    """Keep a document in this installation's store: see ``DocumentStore.put``."""
    return installed_documents().put(subject_id, content)


def get(subject_id: UUID, storage_key: str) -> Iterator[bytes]:
    """A document of this installation's store: see ``DocumentStore.get``."""
    return installed_documents().get(subject_id, storage_key)
