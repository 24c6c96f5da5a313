"""POST and GET /v1/report-runs"""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from accounts.api.authentication import actor_of_principal, principal_of
from compliance.api.shapes import RUN_IN, RUN_OUT, ReportRunIn, ReportRunOut
from compliance.contracts import ReportRequest
from compliance.models import ReportRun
from compliance.operations.request_report import request_report
from compliance.queries.catalogue import catalogue
from compliance.queries.report_runs import access_report_run, list_report_runs
from core import clock
from core.api.idempotency import HEADER, Done, answer_once
from core.api.pagination import (
    id_filter,
    instant_filters,
    keyset_page,
    list_parameters,
    page_answer,
    read_list_query,
    word_filter,
)
from core.api.shapes import page_shape
from core.api.view import ApiView, read_json

ROUTE = "POST /v1/report-runs"
FILTERS = {
    "id": id_filter("id"),
    "report": word_filter("code", catalogue()),
    "status": word_filter("state", ReportRun.State.values),
    **instant_filters("created_at", "created_at"),
}


class ReportRunsView(ApiView):
    """Reports of the entity: it asks, the house writes, the files are fetched from the run."""

    scopes = {"POST": "reports:write", "GET": "reports:read"}

    @extend_schema(
        operation_id="request_report",
        tags=["Reports"],
        summary="Ask for a report; the same choice answers with the same run",
        parameters=[OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, required=True)],
        request=ReportRunIn,
        responses={202: ReportRunOut},
    )
    def post(self, request: Request) -> HttpResponse:
        at = clock.now()
        principal = principal_of(request)
        body = read_json(request)
        asked = _asked(RUN_IN.parse(body), request)

        def work() -> Done:
            requested = request_report(asked=asked, actor=actor_of_principal(request), at=at)
            run = access_report_run(run_id=requested.run_id, entity_id=principal.entity_id)
            return Done(202, RUN_OUT.to_representation(run), "compliance.report_run", requested.run_id)

        return answer_once(request, principal_id=principal.credential_id, route=ROUTE, body=body, work=work)

    @extend_schema(
        operation_id="list_report_runs",
        tags=["Reports"],
        summary="The entity's report runs",
        parameters=list_parameters(FILTERS),
        responses=page_shape(ReportRunOut),
    )
    def get(self, request: Request) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        query = read_list_query(request, FILTERS, asker=str(entity_id))
        rows = keyset_page(query, list_report_runs(entity_id=entity_id), at=clock.now())
        return page_answer(query, rows, RUN_OUT)


def _asked(values: dict[str, Any], request: Request) -> ReportRequest:
    return ReportRequest(
        code=values["report"],
        parameters=values["parameters"],
        entity_id=principal_of(request).entity_id,
        as_of=values.get("as_of"),
        known_at=values.get("known_at"),
        reason=values.get("reason", ""),
    )
