"""POST and GET /v1/identities/{id}/documents: forms that are read bounded, and never taken for more than they are"""

import hashlib

import pytest

from accounts.models import IdentityDocument
from accounts.models.identity_document import MOST_BYTES
from core.ids import new_id
from tests.accounts.api.asking import BOUNDARY, a_program, body, form, key, name_maren, send_form
from tests.people import problem

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\r\n--not-the-boundary\r\n" + bytes(range(256)) * 400


@pytest.fixture
def person():
    return a_program()


@pytest.fixture
def path(person):
    return f"/identities/{name_maren(person)['id']}/documents"


def test_a_document_is_shown_and_listed(person, path):
    sent = form(PDF, kind="PASSPORT", expires_date="2031-05-01")

    shown = body(send_form(person.api, path, sent, **key("d-1")), 201)

    assert (shown["sha256"], shown["size_bytes"], shown["mime"]) == (hashlib.sha256(PDF).hexdigest(), len(PDF), "PDF")
    assert (shown["kind"], shown["verdict"], shown["expires_date"]) == ("PASSPORT", "PENDING", "2031-05-01")
    assert "storage_key" not in shown
    assert body(person.api.get(path))["items"] == [shown]
    assert body(person.api.get(f"{path}?kind=ID_CARD"))["items"] == []


def test_a_repetition_shows_it_once(person, path):
    sent = form(PDF, kind="PASSPORT")
    first = send_form(person.api, path, sent, **key("d-1"))

    second = send_form(person.api, path, sent, **key("d-1"))

    assert (second.content, second["Idempotent-Replayed"]) == (first.content, "true")
    problem(send_form(person.api, path, form(PDF + b"x", kind="PASSPORT"), **key("d-1")), 422, "IDEMPOTENCY_KEY_REUSED")
    refused = problem(send_form(person.api, path, sent, **key("d-2")), 409, "ALREADY_EXISTS")
    assert refused["meta"] == {"existing": body(first, 201)["id"]}
    assert IdentityDocument.objects.count() == 1


def test_ten_mebibytes_are_taken_and_not_a_byte_more(person, path):
    largest = PDF + b"x" * (MOST_BYTES - len(PDF))

    assert body(send_form(person.api, path, form(largest, kind="OTHER"), **key("d-1")), 201)["size_bytes"] == MOST_BYTES
    problem(send_form(person.api, path, form(largest + b"x", kind="OTHER"), **key("d-2")), 413, "BODY_TOO_LARGE")
    problem(
        send_form(person.api, path, form(largest + b"x" * 20_000, kind="OTHER"), **key("d-3")), 413, "BODY_TOO_LARGE"
    )
    assert IdentityDocument.objects.count() == 1


@pytest.mark.parametrize(
    ("sent", "pointer", "code"),
    [
        (form(PDF), "/kind", "FIELD_MISSING"),
        (form(PDF, kind="POSTCARD"), "/kind", "FIELD_INVALID"),
        (form(PDF, kind="PASSPORT", expires_date="soon"), "/expires_date", "FIELD_INVALID"),
        (form(PDF, kind="PASSPORT", verdict="ACCEPTED"), "/verdict", "UNKNOWN_FIELD"),
        (form(None, kind="PASSPORT"), "/file", "FIELD_MISSING"),
        (form(PDF, kind="A").replace(b"--cth-boundary--", b"") + form(None, kind="B"), "/kind", "DUPLICATE_KEY"),
        (form(PDF).replace(b'name="file"', b'name="passport"'), "/passport", "UNKNOWN_FIELD"),
        (form(PDF, kind="PASSPORT").replace(b"--cth-boundary--", b"") + form(PDF), "/file", "DUPLICATE_KEY"),
        (b"no form at all", "", "MALFORMED_FORM"),
        (form(PDF, kind="PASSPORT") + b"and more", "", "MALFORMED_FORM"),
        (form(PDF, kind="PASSPORT").replace(b"--cth-boundary--", b""), "", "MALFORMED_FORM"),
    ],
)
def test_another_form_is_refused(person, path, sent, pointer, code):
    refused = problem(send_form(person.api, path, sent, **key("d")), 400, "REQUEST_INVALID")

    assert [(error["pointer"], error["code"]) for error in refused["errors"]] == [(pointer, code)]
    assert not IdentityDocument.objects.exists()


@pytest.mark.parametrize("content", [b"GIF89a", b"MZ\x90", b"<html>", b"PK\x03\x04"])
def test_another_kind_of_file_is_refused(person, path, content):
    problem(send_form(person.api, path, form(content, kind="PASSPORT"), **key("d")), 415, "MEDIA_TYPE_NOT_SUPPORTED")


def test_an_empty_file_is_refused(person, path):
    problem(send_form(person.api, path, form(b"", kind="PASSPORT"), **key("d")), 422, "DOCUMENT_EMPTY")


@pytest.mark.parametrize("media_type", ["application/json", "application/x-www-form-urlencoded", "text/plain"])
def test_another_media_type_is_refused(person, path, media_type):
    answer = person.api.request("POST", path, form(PDF, kind="PASSPORT"), CONTENT_TYPE=media_type, **key("d"))

    problem(answer, 415, "MEDIA_TYPE_NOT_SUPPORTED")


def test_a_form_without_its_boundary_or_in_another_encoding_is_refused(person, path):
    sent = form(PDF, kind="PASSPORT")
    no_boundary = person.api.request("POST", path, sent, CONTENT_TYPE="multipart/form-data", **key("d"))
    packed = send_form(person.api, path, sent, HTTP_CONTENT_ENCODING="gzip", **key("d"))

    assert problem(no_boundary, 400, "REQUEST_INVALID")["errors"][0]["code"] == "MALFORMED_FORM"
    problem(packed, 415, "MEDIA_TYPE_NOT_SUPPORTED")
    problem(send_form(person.api, path, sent), 400, "IDEMPOTENCY_KEY_MISSING")


def test_a_form_that_breaks_off_is_not_taken_for_whole(person, path):
    sent = form(PDF, kind="PASSPORT")
    half = sent[: len(sent) // 2]

    answer = send_form(person.api, path, half, **key("d"))

    problem(answer, 400, "REQUEST_INVALID")
    assert BOUNDARY.encode() in sent and not IdentityDocument.objects.exists()


def test_anothers_identity_has_none(person):
    for identity_id in (name_maren(a_program())["id"], new_id()):
        path = f"/identities/{identity_id}/documents"
        problem(person.api.get(path), 404, "NOT_FOUND")
        problem(send_form(person.api, path, form(PDF, kind="PASSPORT"), **key("d")), 404, "NOT_FOUND")
