"""Forms with one file (RFC 7578): read as they come, bounded, and never written to a disk in the clear."""

from typing import Any, cast

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.datastructures import MultiValueDict
from django.utils.http import parse_header_parameters
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from core.api.strict_json import malformed, pointer_to, request_invalid
from core.domain.refusals import FieldError, Refusal

# What the boundaries, the headers of the parts and the other fields may take beside the file.
FRAME_BYTES = 16_384
CHUNK_BYTES = 65_536
# A boundary has at most 70 characters (RFC 2046, 5.1.1).
_TAIL_BYTES = 100


class FormParser(BaseParser):
    """The parser as the schema knows it; ``read_form`` reads."""

    media_type = "multipart/form-data"


class _InMemory(FileUploadHandler):
    """Keeps the bytes of the one file, and stops reading at the first byte too many."""

    chunk_size = CHUNK_BYTES

    def __init__(self, name: str, most_bytes: int) -> None:
        super().__init__()
        self.name = name
        self.most = most_bytes
        self.content = bytearray()
        self.names: list[str] = []
        self.is_too_large = False
        self.has_stopped = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.names.append(str(self.field_name))
        if self.names != [self.name]:
            self._stop()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if len(self.content) + len(raw_data) > self.most:
            self.is_too_large = True
            self._stop()
        self.content += raw_data

    def _stop(self) -> None:
        self.has_stopped = True
        raise StopUpload(connection_reset=True)

    def file_complete(self, file_size: int) -> None:
        """The bytes are asked for by ``content``; no file object is made."""


class _Watched:
    """A stream that remembers how it ended, so that a form that broke off is not taken for a whole one."""

    def __init__(self, stream: HttpRequest) -> None:
        self._stream = stream
        self._tail = b""

    def read(self, size: int = CHUNK_BYTES) -> bytes:
        """The next bytes."""
        data = self._stream.read(size)
        self._tail = (self._tail + data)[-_TAIL_BYTES:]
        return data

    def has_ended_with(self, boundary: str) -> bool:
        """Whether the rest of the stream closes the form."""
        while self.read():
            pass
        return self._tail.rstrip(b"\r\n").endswith(b"--" + boundary.encode("ascii", "replace") + b"--")


def read_form(request: Request, *, file_field: str, most_bytes: int) -> tuple[dict[str, str], bytes]:
    """The fields of a form and the bytes of its one file, of at most ``most_bytes``, held in memory.

    Refuses another media type (415), a form without a length or with one that is too long (413 BODY_TOO_LARGE), a broken
    form (MALFORMED_FORM), a field that stands twice (DUPLICATE_KEY), a second file or one of another name
    (UNKNOWN_FIELD), and one without its file (FIELD_MISSING).
    """
    plain = request._request
    _check_head(plain, most_bytes)
    handler = _InMemory(file_field, most_bytes)
    fields = _parse(plain, handler)
    if handler.is_too_large:
        raise _too_large(most_bytes)
    strangers = [name for name in handler.names if name != file_field]
    errors = [FieldError(pointer_to("", name), "UNKNOWN_FIELD", "There is no such file.") for name in strangers]
    errors += [
        FieldError(pointer_to("", name), "DUPLICATE_KEY", "This field stands twice.")
        for name, values in fields.lists()
        if len(values) > 1
    ]
    if len(handler.names) > 1 and not strangers:
        errors.append(FieldError(pointer_to("", file_field), "DUPLICATE_KEY", "There is one file."))
    if not handler.names:
        errors.append(FieldError(pointer_to("", file_field), "FIELD_MISSING", "This field is required."))
    if errors:
        raise request_invalid(*errors[:100])
    return {name: str(fields[name]) for name in fields}, bytes(handler.content)


def _check_head(request: HttpRequest, most_bytes: int) -> None:
    media_type = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    is_plain = request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() == "identity"
    if media_type != FormParser.media_type or not is_plain:
        raise Refusal("MEDIA_TYPE_NOT_SUPPORTED", "Send multipart/form-data.", status=415)
    length = request.META.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdigit()):
        raise malformed("A form says how long it is.")
    if len(length) > 10 or int(length) > most_bytes + FRAME_BYTES:
        raise _too_large(most_bytes)


def _parse(request: HttpRequest, handler: _InMemory) -> "MultiValueDict[str, Any]":
    watched = _Watched(request)
    boundary = parse_header_parameters(request.META.get("CONTENT_TYPE", ""))[1].get("boundary", "")
    try:
        parser = MultiPartParser(request.META, cast("Any", watched), [handler], "utf-8")
        fields, _files = parser.parse()
    except (MultiPartParserError, SuspiciousOperation):
        raise _broken() from None
    if not handler.has_stopped and not watched.has_ended_with(boundary):
        raise _broken()
    return cast("MultiValueDict[str, Any]", fields)


def _broken() -> Refusal:
    return request_invalid(FieldError("", "MALFORMED_FORM", "The form cannot be read."))


def _too_large(most_bytes: int) -> Refusal:
    return Refusal("BODY_TOO_LARGE", f"A file has at most {most_bytes} bytes.", status=413)
