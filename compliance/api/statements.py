"""GET /v1/statements, GET /v1/statements/{id}, GET /v1/statements/{id}/content"""

from base64 import b64encode
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.authentication import actor_of_principal, principal_of
from compliance.operations.take_statement import PrintedStatement, print_statement, take_statement
from compliance.reports.client_statement.prints import FORMATS
from core import clock
from core.api.fields import AmountField, DayField, IdField, InstantField, RefField, TextField
from core.api.pagination import (
    Filter,
    ValueInvalid,
    id_filter,
    instant_filters,
    keyset_page,
    list_parameters,
    page_answer,
    read_list_query,
    ref_filter,
)
from core.api.shapes import ShapeOut, page_shape
from core.api.view import ApiView, json_answer
from core.domain.refusals import FieldError, Refusal
from settlement.models import ClientStatement
from settlement.queries.client_statements import access_statement, list_client_statements


def _read_day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueInvalid from None
    if day.isoformat() != text:
        raise ValueInvalid
    return day


def _day_filters(name: str) -> dict[str, Filter]:
    ends = {"": "", ".gte": "__gte", ".lte": "__lte"}
    return {
        f"{name}{end}": Filter(f"{name}{lookup}", _read_day, kind=OpenApiTypes.DATE) for end, lookup in ends.items()
    }


FILTERS = {
    "id": id_filter("id"),
    "profile_id": id_filter("profile_id"),
    "number": ref_filter("number"),
    **_day_filters("period_start"),
    **_day_filters("period_end"),
    **instant_filters("issued_at", "issued_at"),
}


class StatedAssetOut(ShapeOut):
    """One asset over the period; ``restated`` is the closing with what was booked later."""

    asset = RefField()
    opening = AmountField()
    credits = AmountField()
    debits = AmountField()
    closing = AmountField()
    held = AmountField()
    restated = AmountField()
    price = AmountField(allow_null=True)
    price_source = RefField(allow_null=True)
    price_at = InstantField(allow_null=True)
    value = AmountField(allow_null=True)


class StatementOut(ShapeOut):
    """A statement; ``sha256`` is that of the figures that were kept, ``known_at`` the seal up to which they are told."""

    id = IdField()
    profile_id = IdField()
    number = RefField()
    period_start = DayField()
    period_end = DayField()
    supersedes_id = IdField(allow_null=True)
    reason = TextField(allow_null=True)
    known_at = serializers.IntegerField()
    movement_count = serializers.IntegerField()
    assets = serializers.ListField(child=StatedAssetOut())
    value = AmountField(allow_null=True)
    sha256 = serializers.CharField()
    issued_at = InstantField()

    def to_representation(self, instance: ClientStatement) -> dict[str, Any]:
        """The sums as they were told, digit by digit."""
        totals = instance.totals
        return {
            "id": str(instance.pk),
            "profile_id": str(instance.profile_id),
            "number": instance.number,
            "period_start": instance.period_start.isoformat(),
            "period_end": instance.period_end.isoformat(),
            "supersedes_id": None if instance.supersedes_id is None else str(instance.supersedes_id),
            "reason": instance.reason or None,
            "known_at": instance.known_at,
            "movement_count": instance.movement_count,
            "assets": [_asset(each) for each in totals["assets"]],
            "value": totals["value"],
            "sha256": instance.sha256,
            "issued_at": self.fields["issued_at"].to_representation(instance.issued_at),
        }


STATEMENT_OUT = StatementOut()
_SUMS = ("asset", "opening", "credits", "debits", "closing", "held", "restated", "value")


def _asset(told: dict[str, Any]) -> dict[str, Any]:
    price = told["price"] or {}
    return {name: told[name] for name in _SUMS} | {
        "price": price.get("price"),
        "price_source": price.get("source"),
        "price_at": price.get("event_at"),
    }


def printed_answer(printed: PrintedStatement) -> HttpResponse:
    """A file to be saved, never shown: with its length and SHA-256, in hex and as a digest field (RFC 9530)."""
    answer = HttpResponse(printed.content, content_type=printed.media_type)
    answer["Content-Disposition"] = f'attachment; filename="{printed.name}"'
    answer["Content-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(printed.sha256)).decode()}:"
    answer["X-Content-SHA256"] = printed.sha256
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store"
    return answer


class StatementsView(ApiView):
    scopes = {"GET": "reports:read"}

    @extend_schema(
        operation_id="list_statements",
        tags=["Reports"],
        summary="The statements of the entity's profiles",
        parameters=list_parameters(FILTERS),
        responses=page_shape(StatementOut),
    )
    def get(self, request: Request) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        query = read_list_query(request, FILTERS, asker=str(entity_id))
        rows = keyset_page(query, list_client_statements(entity_id=entity_id), at=clock.now())
        return page_answer(query, rows, STATEMENT_OUT)


class StatementView(ApiView):
    scopes = {"GET": "reports:read"}

    @extend_schema(
        operation_id="get_statement",
        tags=["Reports"],
        summary="One statement with its sums",
        responses=StatementOut,
    )
    def get(self, request: Request, statement_id: UUID) -> HttpResponse:
        statement = access_statement(statement_id=statement_id, entity_id=principal_of(request).entity_id)
        return json_answer(STATEMENT_OUT.to_representation(statement))


class StatementContentView(ApiView):
    """The printed statement; whoever takes it is on the record before the first byte."""

    scopes = {"GET": "reports:read"}

    @extend_schema(
        operation_id="get_statement_content",
        tags=["Reports"],
        summary="The statement as PDF, CSV or JSON: the same bytes whenever it is taken",
        parameters=[OpenApiParameter("format", str, enum=sorted(FORMATS), default="pdf")],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, statement_id: UUID) -> HttpResponse:
        statement = access_statement(statement_id=statement_id, entity_id=principal_of(request).entity_id)
        asked = request.query_params
        names = asked.getlist("format") or ["pdf"]
        as_format = FORMATS.get(names[0])
        if set(asked) - {"format"} or len(names) > 1 or as_format is None:
            errors = [FieldError("?format", "FIELD_INVALID", f"Say format, one of {', '.join(sorted(FORMATS))}.")]
            raise Refusal("FILTER_INVALID", "A query parameter is not valid.", errors=errors, status=400)
        if request.method == "HEAD":
            return printed_answer(print_statement(statement, as_format))
        printed = take_statement(
            statement=statement, as_format=as_format, actor=actor_of_principal(request), at=clock.now()
        )
        return printed_answer(printed)
