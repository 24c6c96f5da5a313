"""GET /v1/events, GET /v1/events/{id}: the entity's own stream, gapless, from any number on"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.authentication import principal_of
from accounts.models import Organisation
from core.api.fields import IdField, InstantField, TextField, WordField
from core.api.pagination import ValueInvalid, number_filter, word_filter
from core.api.shapes import ShapeOut
from core.api.view import ApiView, json_answer
from core.api.waiting import WAIT_MOST_MILLIS, WaitingRoom
from core.domain.event_id import parse_event_id
from core.domain.refusals import FieldError, NotFound, Refusal
from core.models import OutboxMessage
from core.queries.streams import Message, StreamPage, get_message, list_messages

LIMIT_DEFAULT = 100
LIMIT_MOST = 1_000
CHANNELS = OutboxMessage.Channel.values
_BOUNDS = {"after": (0, 10**18 - 1), "limit": (1, LIMIT_MOST), "wait_millis": (0, WAIT_MOST_MILLIS)}
_channel = word_filter("channel", CHANNELS)
_number = number_filter("")
_room = WaitingRoom(settings.EVENT_WAITERS)


class EventOut(ShapeOut):
    """One thing that happened.

    ``prev_seq`` is the number of the event before it on its channel: who has another one misses some.
    """

    id = TextField()
    seq = serializers.IntegerField()
    prev_seq = serializers.IntegerField()
    channel = WordField(CHANNELS)
    type = TextField()
    subject_type = TextField()
    subject_id = IdField()
    occurred_at = InstantField()
    data = serializers.JSONField()  # type: ignore[assignment]


class EventsOut(ShapeOut):
    items = serializers.ListField(child=EventOut())
    last_seq = serializers.IntegerField()


class EventsView(ApiView):
    scopes = {"GET": "events:read"}

    @extend_schema(
        operation_id="list_events",
        tags=["Events"],
        summary="What happened, in the order of the entity's stream",
        description=(
            "Up to `last_seq` nothing is missing: ask again `after` it. With `wait_millis` an empty answer waits so long for "
            "something to tell. A `last_seq` below `after` means that the asker is ahead of this stream."
        ),
        parameters=[
            OpenApiParameter("after", {"type": "integer", "minimum": 0, "default": 0}),
            OpenApiParameter("channel", OpenApiTypes.STR, many=True, enum=CHANNELS),
            OpenApiParameter(
                "limit", {"type": "integer", "minimum": 1, "maximum": LIMIT_MOST, "default": LIMIT_DEFAULT}
            ),
            OpenApiParameter(
                "wait_millis", {"type": "integer", "minimum": 0, "maximum": WAIT_MOST_MILLIS, "default": 0}
            ),
        ],
        responses=EventsOut,
    )
    def get(self, request: Request) -> HttpResponse:
        wish = _read(request)
        entity_id = stream_of(request)

        def ask() -> StreamPage:
            return list_messages(
                entity_id=entity_id, after=wish["after"], channels=wish["channel"], limit=wish["limit"]
            )

        asker = principal_of(request).credential_id
        page = _room.wait_for(asker, ask, lambda found: bool(found.messages), millis=wish["wait_millis"])
        return json_answer({"items": [event_value(each) for each in page.messages], "last_seq": page.last_seq})


class EventView(ApiView):
    scopes = {"GET": "events:read"}

    @extend_schema(operation_id="get_event", tags=["Events"], summary="One event of the stream", responses=EventOut)
    def get(self, request: Request, event_id: str) -> HttpResponse:
        named = parse_event_id(event_id)
        entity_id = stream_of(request)
        message = get_message(entity_id=entity_id, seq=named[1]) if named and named[0] == entity_id else None
        if message is None:
            raise NotFound("event")
        return json_answer(event_value(message))


def stream_of(request: Request) -> UUID | None:
    """Whose stream the asker hears: its entity's, the firm's own (None) if it is a program of the firm."""
    principal = principal_of(request)
    return None if principal.organisation_kind == Organisation.Kind.FIRM else principal.entity_id


def event_value(message: Message) -> dict[str, Any]:
    """The event as every door shows it."""
    return _EVENT.to_representation(message)


_EVENT = EventOut()


def _read(request: Request) -> dict[str, Any]:
    given = request._request.GET
    wish: dict[str, Any] = {"after": 0, "limit": LIMIT_DEFAULT, "wait_millis": 0, "channel": []}
    errors: list[FieldError] = []
    for name in given:
        try:
            wish[name] = _values(name, given.getlist(name))
        except ValueInvalid:
            errors.append(FieldError(f"?{name[:64]}", "FIELD_INVALID", "There is no such parameter or value."))
    if errors:
        raise Refusal("FILTER_INVALID", "A query parameter is not valid.", errors=errors, status=400)
    return wish


def _values(name: str, texts: list[str]) -> int | list[str]:
    if name == "channel" and len(texts) <= len(CHANNELS):
        return [_channel.read(text) for text in texts]
    if name not in _BOUNDS or len(texts) != 1:
        raise ValueInvalid
    least, most = _BOUNDS[name]
    number: int = _number.read(texts[0])
    if not least <= number <= most:
        raise ValueInvalid
    return number
