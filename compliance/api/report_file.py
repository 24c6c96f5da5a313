"""GET /v1/report-runs/{id}/files/{name}"""

from base64 import b64encode
from collections.abc import Iterator
from uuid import UUID

from django.http import HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.authentication import actor_of_principal, principal_of
from compliance.domain.formats import FORMATS
from compliance.gateways.installed import installed_store
from compliance.models import ReportFile
from compliance.operations.take_file import take_file
from compliance.queries.report_runs import access_report_run, get_report_file
from core import clock
from core.api.view import ApiView
from core.contracts import Format

MANIFEST_MEDIA_TYPE = "application/json"


def file_answer(file: ReportFile, stream: Iterator[bytes]) -> StreamingHttpResponse:
    """A file to be saved, never shown: with its length and SHA-256, in hex and as a digest field (RFC
    9530).
    """
    media_type = (
        MANIFEST_MEDIA_TYPE if file.format == ReportFile.Format.MANIFEST else FORMATS[Format(file.format)].media_type
    )
    answer = StreamingHttpResponse(stream, content_type=media_type)
    answer["Content-Length"] = str(file.byte_size)
    answer["Content-Disposition"] = f'attachment; filename="{file.name}"'
    answer["Content-Digest"] = f"sha-256=:{b64encode(bytes.fromhex(file.sha256)).decode()}:"
    answer["X-Content-SHA256"] = file.sha256
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store"
    return answer


class ReportFileView(ApiView):
    """The bytes of one file of a run of the entity; whoever takes them is on the record before the first
    one.
    """

    scopes = {"GET": "reports:read"}

    @extend_schema(
        operation_id="get_report_file",
        tags=["Reports"],
        summary="A file of a report run",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, run_id: UUID, name: str) -> HttpResponseBase:
        run = access_report_run(run_id=run_id, entity_id=principal_of(request).entity_id)
        file = get_report_file(run=run, name=name)
        if request.method == "HEAD":
            return file_answer(file, iter(()))
        stream = take_file(file=file, actor=actor_of_principal(request), store=installed_store(), clock=clock.now)
        return file_answer(file, stream)
