"""Documents: what comes out is what was put in, or nothing; any change of the file is found."""

import os
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.gateways.document_store import CHUNK_BYTES, DocumentStore
from accounts.gateways.key_ring import SealBroken
from accounts.gateways.key_store import installed_keys
from core import clock
from core.domain.refusals import NotFound, Refusal

LARGEST = 400_000
SEALED = CHUNK_BYTES + 16
HEAD = 5 + 32


@pytest.fixture
def documents(tmp_path: Path) -> DocumentStore:
    return DocumentStore(tmp_path / "documents", LARGEST)


def read(documents: DocumentStore, subject_id, name: str) -> bytes:
    return b"".join(documents.get(subject_id, name))


def file_of(documents: DocumentStore, name: str) -> Path:
    return documents._place(name)


SIZES = [1, 15, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 7, LARGEST]


@pytest.mark.parametrize("size", SIZES)
def test_a_document_comes_back_whatever_its_size(documents: DocumentStore, size: int) -> None:
    subject_id, content = uuid4(), os.urandom(size)
    assert read(documents, subject_id, documents.put(subject_id, content)) == content


@given(pieces=st.lists(st.binary(max_size=90_000), min_size=1, max_size=4).filter(any))
@settings(max_examples=25, deadline=None)
def test_pieces_of_any_size_make_one_document(pieces: list[bytes], tmp_path_factory) -> None:
    documents, subject_id = DocumentStore(tmp_path_factory.mktemp("d"), LARGEST), uuid4()
    assert read(documents, subject_id, documents.put(subject_id, iter(pieces))) == b"".join(pieces)


def test_the_file_shows_nothing_of_it_and_is_ours_alone(documents: DocumentStore) -> None:
    subject_id = uuid4()
    path = file_of(documents, documents.put(subject_id, b"PASSPORT of Maren Lindqvist " * 5_000))
    assert b"Lindqvist" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert str(subject_id.hex) not in str(path)
    assert not list(documents._root.rglob("*.part"))


def test_the_same_document_twice_is_two_files_that_have_nothing_in_common(documents: DocumentStore) -> None:
    subject_id = uuid4()
    first, second = (file_of(documents, documents.put(subject_id, b"x" * 1_000)).read_bytes() for _ in range(2))
    assert first[HEAD:] != second[HEAD:]


def chunks_of(data: bytes) -> tuple[bytes, list[bytes]]:
    body = data[HEAD:]
    return data[:HEAD], [body[at : at + SEALED] for at in range(0, len(body), SEALED)]


DAMAGE = {
    "a bit turned": lambda head, chunks: (
        head + b"".join(chunks[:1]) + bytes([chunks[1][0] ^ 1]) + chunks[1][1:] + b"".join(chunks[2:])
    ),
    "the last chunk cut off": lambda head, chunks: head + b"".join(chunks[:-1]),
    "a byte cut off": lambda head, chunks: (head + b"".join(chunks))[:-1],
    "a chunk in the middle cut out": lambda head, chunks: head + chunks[0] + b"".join(chunks[2:]),
    "two chunks swapped": lambda head, chunks: head + chunks[1] + chunks[0] + b"".join(chunks[2:]),
    "a chunk doubled": lambda head, chunks: head + chunks[0] + chunks[0] + b"".join(chunks[1:]),
    "the end doubled": lambda head, chunks: head + b"".join(chunks) + chunks[-1],
    "bytes behind the end": lambda head, chunks: head + b"".join(chunks) + b"x",
    "all chunks cut off": lambda head, chunks: head,
    "another random part": lambda head, chunks: head[:5] + os.urandom(32) + b"".join(chunks),
    "another kind of file": lambda head, chunks: b"%PDF-" + head[5:] + b"".join(chunks),
    "an empty file": lambda head, chunks: b"",
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_every_change_of_the_file_is_found(documents: DocumentStore, damage) -> None:
    subject_id = uuid4()
    name = documents.put(subject_id, os.urandom(3 * CHUNK_BYTES + 100))
    path = file_of(documents, name)
    path.write_bytes(damage(*chunks_of(path.read_bytes())))
    with pytest.raises(SealBroken):
        read(documents, subject_id, name)


def test_a_document_under_another_name_or_subject_does_not_open(documents: DocumentStore) -> None:
    subject_id, other = uuid4(), uuid4()
    first, second = documents.put(subject_id, b"one"), documents.put(subject_id, b"two")
    file_of(documents, first).write_bytes(file_of(documents, second).read_bytes())
    with pytest.raises(SealBroken):
        read(documents, subject_id, first)
    with pytest.raises(SealBroken):
        read(documents, other, second)


@pytest.mark.parametrize("name", ["", "0" * 31, "../" * 10 + "aa", "0" * 32, "A" * 32])
def test_a_name_that_is_none_is_not_found(documents: DocumentStore, name: str) -> None:
    with pytest.raises(NotFound):
        documents.get(uuid4(), name)


def endless():
    while True:
        yield b"x" * 50_000


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "DOCUMENT_EMPTY"),
        ([], "DOCUMENT_EMPTY"),
        (b"x" * (LARGEST + 1), "DOCUMENT_TOO_LARGE"),
        (endless(), "DOCUMENT_TOO_LARGE"),
    ],
    ids=["empty", "no pieces", "one byte too many", "endless"],
)
def test_refused_documents_leave_nothing(documents: DocumentStore, content, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        documents.put(uuid4(), content)
    assert caught.value.code == code
    assert not [path for path in documents._root.rglob("*") if path.is_file()]


def test_an_erased_subject_has_no_documents_and_gets_none(documents: DocumentStore) -> None:
    subject_id = uuid4()
    name = documents.put(subject_id, b"a passport")
    installed_keys().destroy(subject_id, at=clock.now())
    for ask in (lambda: documents.get(subject_id, name), lambda: documents.put(subject_id, b"another")):
        with pytest.raises(Refusal) as caught:
            ask()
        assert (caught.value.code, caught.value.status) == ("SUBJECT_ERASED", 409)


@pytest.mark.usefixtures("key_database_away")
def test_without_the_keys_nothing_is_half_written(documents: DocumentStore) -> None:
    with pytest.raises(Refusal) as caught:
        documents.put(uuid4(), b"a passport")
    assert (caught.value.code, caught.value.status) == ("UNAVAILABLE", 503)
    assert not list(documents._root.rglob("*"))
