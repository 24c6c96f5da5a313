"""The one parser of JSON bodies: what two parsers could read differently is refused, not guessed.

UTF-8 without a byte order mark, at most 64 KB, nesting at most 20 (counted on the bytes before parsing,
because a deeply nested text ends a recursive parser), no doubled keys, no floats, no ``NaN`` or ``Infinity``,
whole numbers of at most 16 digits, no lone surrogates, and no U+0000, which PostgreSQL keeps in no text.
"""

import json
import re
from typing import IO, Any

from rest_framework.parsers import BaseParser

from core.domain.refusals import FieldError, Refusal

MAX_BODY_BYTES = 65_536
MAX_DEPTH = 20
MAX_INTEGER_DIGITS = 16


# Texts are taken out first, an unfinished one to the end, so that brackets inside them do not count.
_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)', re.DOTALL)
_BRACKETS = re.compile(rb"[][{}]")


class _Unwelcome:
    """Stands in the parsed value where something is that JSON allows and this house does not."""

    __slots__ = ("code", "detail")

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail

    def at(self, path: tuple[str, ...]) -> FieldError:
        """The error it is where it stands."""
        return FieldError("".join(pointer_to("", part) for part in path), self.code, self.detail)


class _Doubled(dict[str, Any]):
    """An object in which some key stood twice."""

    keys_twice: tuple[str, ...] = ()


_FLOAT = _Unwelcome("NUMBER_INVALID", "Numbers with a point or an exponent are not accepted: send a string.")
_CONSTANT = _Unwelcome("NUMBER_INVALID", "NaN and Infinity are not numbers here.")
_LONG = _Unwelcome("NUMBER_INVALID", f"Whole numbers have at most {MAX_INTEGER_DIGITS} digits.")
_DOUBLED = _Unwelcome("DUPLICATE_KEY", "This key stands twice.")
_SURROGATE = _Unwelcome("MALFORMED_JSON", "A lone surrogate is not text.")
_NUL = _Unwelcome("MALFORMED_JSON", "U+0000 is not text.")


def _integer(text: str) -> Any:
    return int(text) if len(text.lstrip("-")) <= MAX_INTEGER_DIGITS else _LONG


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) == len(pairs):
        return value
    seen: set[str] = set()
    doubled = _Doubled(value)
    doubled.keys_twice = tuple(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return doubled


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=lambda _text: _FLOAT,
    parse_constant=lambda _text: _CONSTANT,
    parse_int=_integer,
)


def request_invalid(*errors: FieldError) -> Refusal:
    """The refusal of a request that cannot be read, with what is wrong and where."""
    return Refusal("REQUEST_INVALID", "The request is not valid.", errors=errors, status=400)


def malformed(detail: str) -> Refusal:
    """The refusal of a body that is not JSON at all."""
    return request_invalid(FieldError("", "MALFORMED_JSON", detail))


def parse_json(body: bytes) -> Any:
    """The value that ``body`` spells. Refuses with ``REQUEST_INVALID`` (400) or ``BODY_TOO_LARGE`` (413)."""
    if len(body) > MAX_BODY_BYTES:
        raise body_too_large()
    if body.startswith(b"\xef\xbb\xbf"):
        raise malformed("The body begins with a byte order mark.")
    _refuse_depth(body)
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise malformed("The body is not UTF-8.") from None
    except ValueError as error:
        place = f" at character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        raise malformed(f"The body is not JSON{place}.") from None
    errors: list[FieldError] = []
    _collect_unwelcome(value, (), errors)
    if errors:
        raise request_invalid(*errors[:100])
    return value


def body_too_large() -> Refusal:
    return Refusal("BODY_TOO_LARGE", f"A body has at most {MAX_BODY_BYTES} bytes.", status=413)


def _refuse_depth(body: bytes) -> None:
    # Fewer brackets than the bound cannot nest deeper than it: the usual body is not walked.
    if body.count(b"{") + body.count(b"[") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _BRACKETS.findall(_TEXTS.sub(b"", body)):
        depth += 1 if bracket in b"{[" else -1
        if depth > MAX_DEPTH:
            raise malformed(f"The body is nested deeper than {MAX_DEPTH}.")


def _collect_unwelcome(value: Any, path: tuple[str, ...], errors: list[FieldError]) -> None:
    kind = type(value)
    if kind is str:
        if "\x00" in value:
            errors.append(_NUL.at(path))
        elif not value.isascii() and not _is_text(value):
            errors.append(_SURROGATE.at(path))
    elif isinstance(value, dict):
        _collect_from_object(value, path, errors)
    elif kind is list:
        for index, item in enumerate(value):
            _collect_unwelcome(item, (*path, str(index)), errors)
    elif kind is _Unwelcome:
        errors.append(value.at(path))


def _collect_from_object(value: dict[str, Any], path: tuple[str, ...], errors: list[FieldError]) -> None:
    if isinstance(value, _Doubled):
        errors += [_DOUBLED.at((*path, key)) for key in value.keys_twice]
    for key, item in value.items():
        if not key.isascii() or "\x00" in key:
            _collect_unwelcome(key, path, errors)
        _collect_unwelcome(item, (*path, key), errors)


def pointer_to(parent: str, key: str) -> str:
    """The JSON pointer (RFC 6901) of ``key`` inside ``parent``; safe to print whatever the key is."""
    plain = key.encode("utf-8", "replace").decode("utf-8")[:100]
    return f"{parent}/{plain.replace('~', '~0').replace('/', '~1')}"


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


class StrictJsonParser(BaseParser):
    """The parser as REST framework and the schema know it."""

    media_type = "application/json"

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        """Read at most one byte more than a body may have, then parse."""
        return parse_json(stream.read(MAX_BODY_BYTES + 1))
