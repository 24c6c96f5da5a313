"""GET /v1/reports"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request

from compliance.api.shapes import ObjectsField
from compliance.domain.formats import FORMATS
from compliance.queries.catalogue import CatalogueEntry, list_reports
from core.api.shapes import ShapeOut
from core.api.view import ApiView, json_answer
from core.contracts import Audience


class ReportOut(ShapeOut):
    report = serializers.CharField()
    version = serializers.IntegerField()
    title = serializers.CharField()
    wording = serializers.CharField()
    definition_sha256 = serializers.CharField()
    cadence = serializers.CharField()
    retention_class = serializers.CharField()
    parameters = ObjectsField()
    columns = ObjectsField()
    formats = ObjectsField()


REPORT_OUT = ReportOut()


@dataclass(frozen=True, slots=True)
class _Described:
    """A report as a client sees it: the entity is not among what it chooses."""

    entry: CatalogueEntry

    def __getattr__(self, name: str) -> Any:
        return getattr(self.entry.definition, name)

    @property
    def report(self) -> str:
        return self.entry.definition.code

    @property
    def definition_sha256(self) -> str:
        return self.entry.sha256

    @property
    def parameters(self) -> list[dict[str, Any]]:
        return [
            {"name": p.name, "title": p.title, "type": p.type.value, "required": p.required}
            for p in self.entry.definition.parameters
            if p.name != "entity"
        ]

    @property
    def columns(self) -> list[dict[str, Any]]:
        return [
            {"name": c.name, "title": c.title, "type": c.type.value, "unit": c.unit, "nullable": c.nullable}
            for c in self.entry.definition.columns
        ]

    @property
    def formats(self) -> list[dict[str, str]]:
        return [
            {"format": form.value, "extension": FORMATS[form].extension, "media_type": FORMATS[form].media_type}
            for form in self.entry.definition.formats
        ]


class ReportsView(ApiView):
    """The catalogue: the reports a client can ask for. It is short and comes whole."""

    scopes = {"GET": "reports:read"}

    @extend_schema(
        operation_id="list_reports",
        tags=["Reports"],
        summary="The reports that can be asked for",
        responses=inline_serializer(
            "ReportPage",
            {"items": ReportOut(many=True), "next_cursor": serializers.CharField(allow_null=True)},
        ),
    )
    def get(self, request: Request) -> HttpResponse:
        reports = [entry for entry in list_reports() if Audience.CLIENT in entry.definition.audiences]
        items = [REPORT_OUT.to_representation(_Described(entry)) for entry in reports]
        return json_answer({"items": items, "next_cursor": None})
