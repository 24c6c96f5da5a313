"""A checkpoint is a text that anybody can read, and only in one form."""

import base64
import hashlib
from pathlib import Path

import pytest

from compliance.domain.signed_note import Checkpoint, NoteMalformed, check_origin, key_id_of, parse_note
from compliance.gateways.manifest_keys import ManifestKeys, is_signed_by
from compliance.gateways.note_signing import is_note_signed, sign_note

ROOT = hashlib.sha256(b"root").digest()
CHECKPOINT = Checkpoint("desk.example/seals", 12, ROOT)


def test_a_note_is_three_lines_an_empty_one_and_the_signature(keys: ManifestKeys) -> None:
    text = sign_note(CHECKPOINT, keys).text()

    origin, size, root, empty, signature, end = text.split("\n")
    assert (origin, size, empty, end) == ("desk.example/seals", "12", "", "")
    assert base64.b64decode(root) == ROOT
    dash, name, signed = signature.split(" ")
    raw = base64.b64decode(signed)
    public = keys.current_public_key()
    assert (dash, name, len(raw)) == ("—", "desk.example/seals", 68)
    assert raw[:4] == hashlib.sha256(b"desk.example/seals\n\x01" + public).digest()[:4] == key_id_of(name, public)
    assert is_signed_by(public, text.split("\n\n")[0].encode() + b"\n", raw[4:])


def test_it_reads_back_and_verifies(keys: ManifestKeys) -> None:
    note = parse_note(sign_note(CHECKPOINT, keys).text())
    assert note.checkpoint == CHECKPOINT
    assert is_note_signed(note, keys.public_keys())


def test_another_key_another_size_and_another_name_do_not_verify(keys: ManifestKeys, tmp_path: Path) -> None:
    text = sign_note(CHECKPOINT, keys).text()
    other = ManifestKeys(tmp_path / "other", may_create=True)
    other.current()
    assert not is_note_signed(parse_note(text), other.public_keys())
    assert not is_note_signed(parse_note(text), [])
    assert not is_note_signed(parse_note(text.replace("\n12\n", "\n13\n")), keys.public_keys())
    assert not is_note_signed(parse_note(text.replace("— desk.example", "— disk.example")), keys.public_keys())


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text[:-1],
        lambda text: text + "\n",
        lambda text: text.replace("\n12\n", "\n012\n"),
        lambda text: text.replace("\n12\n", "\n-1\n"),
        lambda text: text.replace("\n12\n", "\n１２\n"),
        lambda text: text.replace("desk.example/seals", "desk example"),
        lambda text: text.replace("— ", "- "),
        lambda text: text.replace("=\n\n", "\n\n"),
        lambda text: text.replace("=\n\n", "==\n\n"),
        lambda text: text.replace("\n\n", "\nmore\n\n"),
        lambda text: text.replace("\n", "\r\n"),
    ],
)
def test_any_other_form_is_no_note(keys: ManifestKeys, change) -> None:
    with pytest.raises(NoteMalformed):
        parse_note(change(sign_note(CHECKPOINT, keys).text()))


def test_an_origin_is_one_word_and_never_begins_as_a_manifest_does() -> None:
    for origin in ("", "{", "two words", "plus+", "line\nfeed", "ä", "x" * 121):
        with pytest.raises(NoteMalformed):
            check_origin(origin)
