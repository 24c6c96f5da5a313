"""Lists: bounded pages, filters that are named, opaque signed cursors over a key that never changes."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core import signing
from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from core.api.fields import IdField, RefField, parse_instant
from core.api.shapes import ShapeOut
from core.api.view import json_answer
from core.domain.refusals import FieldError, Refusal
from core.ids import first_id_at

LIMIT_DEFAULT = 100
LIMIT_MOST = 500
VALUES_MOST = 100
CURSOR_MOST_CHARACTERS = 512
# An ascending page stops this long before now, so that a row whose transaction still commits is never
# skipped.
LAG_SECONDS = 3

_SIGNER = signing.Signer(salt="countinghouse.cursor")


class ValueInvalid(ValueError):
    """A filter's value is not one of its kind."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One query parameter: the look-up it becomes, how its text is read, whether it may stand more than
    once.
    """

    lookup: str
    read: Callable[[str], Any]
    is_repeatable: bool = False
    choices: tuple[str, ...] = ()
    kind: Any = OpenApiTypes.STR


def _read_instant(text: str) -> datetime:
    value = parse_instant(text)
    if value is None:
        raise ValueInvalid
    return value


def _read_with(field: IdField | RefField) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return field.to_internal_value(text)
        except Exception:
            raise ValueInvalid from None

    return read


_read_id = _read_with(IdField())
_read_ref = _read_with(RefField())


def id_filter(lookup: str) -> Filter:
    """Repeatable ids."""
    return Filter(lookup, _read_id, is_repeatable=True, kind=OpenApiTypes.UUID)


def ref_filter(lookup: str) -> Filter:
    """Repeatable references."""
    return Filter(lookup, _read_ref, is_repeatable=True, kind=OpenApiTypes.STR)


def word_filter(lookup: str, words: Iterable[str]) -> Filter:
    """Repeatable words of a fixed list."""
    known = tuple(words)

    def read(text: str) -> str:
        if text not in known:
            raise ValueInvalid
        return text

    return Filter(lookup, read, is_repeatable=True, choices=known)


def number_filter(lookup: str) -> Filter:
    """A whole number from 0."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise ValueInvalid
        return int(text)

    return Filter(lookup, read, kind=OpenApiTypes.INT64)


def instant_filters(name: str, lookup: str) -> dict[str, Filter]:
    """``name.gte``, ``.gt``, ``.lte`` and ``.lt``."""
    return {
        f"{name}.{end}": Filter(f"{lookup}__{end}", _read_instant, kind=OpenApiTypes.DATETIME)
        for end in ("gte", "gt", "lte", "lt")
    }


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list was asked for: how many, in which order, after which key, filtered how."""

    limit: int
    is_ascending: bool
    after: str | None
    where: Q
    values: dict[str, list[Any]]
    fingerprint: str

    def cursor(self, key: str) -> str:
        """The cursor that goes on after ``key``: good for this list, this asker and these filters alone."""
        return _SIGNER.sign_object([self.fingerprint, key])


def read_list_query(request: Request, filters: dict[str, Filter], *, asker: str = "", order: str = "DESC") -> ListQuery:
    """What the query string asks. Refuses unknown and malformed parameters (FILTER_INVALID) and foreign
    cursors.
    """
    given: QueryDict = request._request.GET
    errors: list[FieldError] = []
    values: dict[str, list[Any]] = {}
    for name in given:
        if name in ("limit", "order", "cursor"):
            continue
        try:
            values[name] = _values(filters.get(name), given.getlist(name))
        except ValueInvalid:
            errors.append(FieldError(f"?{name[:64]}", "FIELD_INVALID", "There is no such filter or value."))
    limit = _limit(given, errors)
    order = given.get("order", order)
    if order not in ("ASC", "DESC") or len(given.getlist("order")) > 1:
        errors.append(FieldError("?order", "FIELD_INVALID", "The order is ASC or DESC."))
    if errors:
        raise Refusal("FILTER_INVALID", "A query parameter is not valid.", errors=errors, status=400)
    asked = sorted((name, sorted(given.getlist(name))) for name in given if name not in ("limit", "cursor"))
    fingerprint = hashlib.sha256(repr((request.path, asker, asked)).encode()).hexdigest()[:16]
    return ListQuery(limit, order == "ASC", _after(given, fingerprint), _where(values, filters), values, fingerprint)


def _where(values: dict[str, list[Any]], filters: dict[str, Filter]) -> Q:
    where = Q()
    for name, several in values.items():
        known = filters[name]
        is_many = known.is_repeatable
        where &= Q(**{f"{known.lookup}__in": several}) if is_many else Q(**{known.lookup: several[0]})
    return where


def _values(known: Filter | None, texts: Sequence[str]) -> list[Any]:
    if known is None or len(texts) > (VALUES_MOST if known.is_repeatable else 1):
        raise ValueInvalid
    if any(len(text) > 64 or "\x00" in text for text in texts):
        raise ValueInvalid
    return [known.read(text) for text in texts]


def _limit(given: QueryDict, errors: list[FieldError]) -> int:
    texts = given.getlist("limit")
    text = texts[0] if texts else str(LIMIT_DEFAULT)
    is_number = len(texts) <= 1 and text.isascii() and text.isdigit() and len(text) <= 3
    limit = int(text) if is_number else 0
    if not 1 <= limit <= LIMIT_MOST:
        errors.append(FieldError("?limit", "FIELD_INVALID", f"The limit is 1 to {LIMIT_MOST}."))
    return limit


def _after(given: QueryDict, fingerprint: str) -> str | None:
    texts = given.getlist("cursor")
    if not texts:
        return None
    refusal = Refusal("CURSOR_INVALID", "The cursor is not of this list.", status=400)
    if len(texts) > 1 or len(texts[0]) > CURSOR_MOST_CHARACTERS:
        raise refusal
    try:
        of, key = _SIGNER.unsign_object(texts[0])
    except (signing.BadSignature, ValueError, TypeError):
        raise refusal from None
    if of != fingerprint:
        raise refusal
    return str(key)


def keyset_page(query: ListQuery, rows: QuerySet[Any], *, at: datetime, key: str = "id") -> list[Any]:
    """One row more than the page, filtered, ordered by ``key``, after the cursor.

    ``key`` is a UUIDv7 or a number; an ascending page of UUIDv7 stops short of the present.
    """
    rows = rows.filter(query.where)
    if query.after is not None:
        rows = rows.filter(**{f"{key}__{'gt' if query.is_ascending else 'lt'}": query.after})
    if query.is_ascending and key == "id":
        rows = rows.filter(id__lt=lagging_id(at))
    return list(rows.order_by(key if query.is_ascending else f"-{key}")[: query.limit + 1])


def lagging_id(at: datetime) -> UUID:
    """The id below which every row has been committed."""
    return first_id_at(at - timedelta(seconds=LAG_SECONDS))


def page_answer(
    query: ListQuery,
    rows: list[Any],
    shape: ShapeOut,
    *,
    key_of: Callable[[Any], str] = lambda row: str(row.id),
) -> HttpResponse:
    """``{"items", "next_cursor"}`` of up to one row more than the page."""
    has_more = len(rows) > query.limit
    shown = rows[: query.limit]
    return json_answer(
        {
            "items": [shape.to_representation(row) for row in shown],
            "next_cursor": query.cursor(key_of(shown[-1])) if has_more else None,
        }
    )


def list_parameters(filters: dict[str, Filter], *, order: str = "DESC") -> list[OpenApiParameter]:
    """How the schema lists them."""
    limit = {"type": "integer", "minimum": 1, "maximum": LIMIT_MOST, "default": LIMIT_DEFAULT}
    return [
        OpenApiParameter("limit", limit),
        OpenApiParameter("order", OpenApiTypes.STR, enum=["DESC", "ASC"], default=order),
        OpenApiParameter("cursor", OpenApiTypes.STR, description="next_cursor of the page before"),
        *(
            OpenApiParameter(name, known.kind, many=known.is_repeatable, enum=known.choices or None, description="")
            for name, known in filters.items()
        ),
    ]
