"""GET /v1/report-runs/{id}"""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.authentication import principal_of
from compliance.api.shapes import RUN_OUT, ReportRunOut
from compliance.queries.report_runs import access_report_run
from core.api.view import ApiView, json_answer


class ReportRunView(ApiView):
    """One run of the entity, with its files once it is READY."""

    scopes = {"GET": "reports:read"}

    @extend_schema(
        operation_id="get_report_run",
        tags=["Reports"],
        summary="One of the entity's report runs",
        responses=ReportRunOut,
    )
    def get(self, request: Request, run_id: UUID) -> HttpResponse:
        run = access_report_run(run_id=run_id, entity_id=principal_of(request).entity_id)
        return json_answer(RUN_OUT.to_representation(run))
