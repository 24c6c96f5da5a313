"""What is sent and answered about reports."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from compliance.models import ReportRun
from core.api.fields import DayField, IdField, InstantField, TextField
from core.api.shapes import ShapeIn, ShapeOut

SEQUENCE_MOST = 2**63 - 1


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": SEQUENCE_MOST})
class SequenceField(serializers.Field[int, Any, int, Any]):
    """A whole number from 0, as a JSON number."""

    default_error_messages = {"FIELD_INVALID": "A sequence is a whole number from 0."}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool) or not 0 <= data <= SEQUENCE_MOST:
            self.fail("FIELD_INVALID")
        return data

    def to_representation(self, value: int) -> int:
        return value


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 16})
class ParametersField(serializers.Field[dict[str, Any], Any, dict[str, Any], Any]):
    """What is chosen for a report: texts by name. Which names there are, the catalogue says."""

    default_error_messages = {"FIELD_INVALID": "Parameters are an object of at most 16 strings."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict) or len(data) > 16:
            self.fail("FIELD_INVALID")
        return data

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return value


@extend_schema_field({"type": "array", "items": {"type": "object"}})
class ObjectsField(serializers.Field[Any, Any, Any, Any]):
    """A list of small objects that already is JSON; only in answers."""

    def to_representation(self, value: Any) -> Any:
        return value


class ReportRunIn(ShapeIn):
    report = TextField(most=28)
    parameters = ParametersField()
    as_of = InstantField(required=False)
    known_at = SequenceField(required=False)
    reason = TextField(most=200, required=False)


class ReportFileOut(ShapeOut):
    name = serializers.CharField()
    format = serializers.CharField()
    part = serializers.IntegerField()
    byte_size = serializers.IntegerField()
    row_count = serializers.IntegerField()
    sha256 = serializers.CharField()
    retained_until = DayField()


class ReportRunOut(ShapeOut):
    id = IdField()
    report = serializers.CharField(source="code")
    report_version = serializers.IntegerField()
    definition_sha256 = serializers.CharField()
    entity_id = IdField()
    parameters = ParametersField()
    business_date = DayField()
    as_of = InstantField()
    known_at = SequenceField()
    market_sequences = ParametersField()
    status = serializers.ChoiceField(source="state", choices=ReportRun.State.choices)
    reason = serializers.CharField(source="request_reason")
    rows_expected = SequenceField()
    rows_done = SequenceField()
    row_count = SequenceField()
    control_totals = ObjectsField()
    logical_sha256 = serializers.CharField()
    series = serializers.CharField()
    series_number = SequenceField()
    previous_manifest_sha256 = serializers.CharField()
    manifest_sha256 = serializers.CharField()
    left_out = ObjectsField()
    failure_code = serializers.CharField()
    failure_detail = serializers.CharField()
    files = ReportFileOut(many=True)
    created_at = InstantField()
    started_at = InstantField()
    finished_at = InstantField()


RUN_IN = ReportRunIn()
RUN_OUT = ReportRunOut()
