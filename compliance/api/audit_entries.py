"""GET /v1/firm/audit-entries: for the firm's own programs"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.firm import firm_principal
from compliance.api.shapes import ObjectsField, SequenceField
from compliance.queries.audit_entries import KIND
from core import clock
from core.api.fields import IdField, InstantField, parse_instant
from core.api.pagination import (
    Filter,
    ValueInvalid,
    id_filter,
    keyset_page,
    list_parameters,
    page_answer,
    read_list_query,
    ref_filter,
    word_filter,
)
from core.api.shapes import ShapeOut, page_shape
from core.api.view import ApiView
from core.ids import first_id_at
from core.models import AuditEntry, SealedRecord


class SealOut(ShapeOut):
    seal_seq = SequenceField()
    kind_seq = SequenceField()
    record_hash = serializers.CharField()
    leaf_hash = serializers.CharField()
    sealed_at = InstantField()


class AuditEntryOut(ShapeOut):
    id = IdField()
    event_at = InstantField()
    recorded_at = InstantField()
    actor_kind = serializers.ChoiceField(choices=AuditEntry.ActorKind.choices)
    actor_id = IdField(allow_null=True)
    on_behalf_of = IdField(allow_null=True)
    action = serializers.CharField()
    object_type = serializers.CharField()
    object_id = serializers.CharField()
    object_version = SequenceField(allow_null=True)
    changes = ObjectsField()
    reason = serializers.CharField()
    approval_id = IdField(allow_null=True)
    request_id = serializers.CharField()
    source_ip = serializers.CharField(allow_null=True)
    seal = SealOut(allow_null=True)


ENTRY_OUT = AuditEntryOut()


def _read_bound(text: str) -> UUID:
    """The lowest id of the instant: ids rise with the time of recording."""
    instant: datetime | None = parse_instant(text)
    if instant is None or not 1970 <= instant.year < 9999:
        raise ValueInvalid
    return first_id_at(instant)


FILTERS = {
    "id": id_filter("id"),
    "action": ref_filter("action"),
    "actor_kind": word_filter("actor_kind", AuditEntry.ActorKind.values),
    "actor_id": id_filter("actor_id"),
    "object_type": ref_filter("object_type"),
    "object_id": ref_filter("object_id"),
    "request_id": ref_filter("request_id"),
    **{f"recorded_at.{end}": Filter(f"id__{end}", _read_bound, kind=OpenApiTypes.DATETIME) for end in ("gte", "lt")},
}


class AuditEntriesView(ApiView):
    """What was done, by whom, with the seal of each entry."""

    scopes = {"GET": "firm:audit"}

    @extend_schema(
        operation_id="list_audit_entries",
        tags=["Firm"],
        summary="Audit entries with their seals",
        parameters=list_parameters(FILTERS),
        responses=page_shape(AuditEntryOut),
    )
    def get(self, request: Request) -> HttpResponse:
        firm_principal(request)
        query = read_list_query(request, FILTERS)
        rows = keyset_page(query, AuditEntry.objects.all(), at=clock.now())
        _add_seals(rows)
        return page_answer(query, rows, ENTRY_OUT)


def _add_seals(entries: list[Any]) -> None:
    """Give each entry its seal, or none while it waits for it. One statement."""
    found = SealedRecord.objects.filter(kind=KIND, object_id__in=[entry.pk for entry in entries])
    seals = {seal.object_id: seal for seal in found}
    for entry in entries:
        entry.seal = seals.get(entry.pk)
