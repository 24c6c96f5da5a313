"""GET /v1/executions and /v1/executions/{trade_id}:{side}"""

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.authentication import principal_of
from core import clock
from core.api.pagination import (
    LAG_SECONDS,
    id_filter,
    list_parameters,
    page_answer,
    read_list_query,
    ref_filter,
    word_filter,
)
from core.api.shapes import page_shape
from core.api.view import ApiView, json_answer
from trading.api.shapes import EXECUTION_OUT, TRADE_STATUSES, ExecutionOut
from trading.queries.executions import ExecutionsWish, access_execution, list_client_executions

FILTERS = {
    "profile_id": id_filter("profile_id"),
    "order_id": id_filter("order_id"),
    "market": ref_filter("market"),
    "status": word_filter("status", TRADE_STATUSES),
}


class ExecutionsView(ApiView):
    scopes = {"GET": "orders:read"}

    @extend_schema(
        operation_id="list_executions",
        tags=["Executions"],
        summary="The fills of the entity's orders",
        parameters=list_parameters(FILTERS),
        responses=page_shape(ExecutionOut),
    )
    def get(self, request: Request) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        query = read_list_query(request, FILTERS, asker=str(entity_id))
        wish = ExecutionsWish(
            limit=query.limit + 1,
            is_ascending=query.is_ascending,
            after=_key(query.after),
            values=query.values,
            settled_at=clock.now() - timedelta(seconds=LAG_SECONDS),
        )
        return page_answer(query, list_client_executions(entity_id=entity_id, wish=wish), EXECUTION_OUT)


class ExecutionView(ApiView):
    scopes = {"GET": "orders:read"}

    @extend_schema(
        operation_id="get_execution", tags=["Executions"], summary="One side of a trade", responses=ExecutionOut
    )
    def get(self, request: Request, trade_id: UUID, side: str) -> HttpResponse:
        execution = access_execution(trade_id=trade_id, side=side, entity_id=principal_of(request).entity_id)
        return json_answer(EXECUTION_OUT.to_representation(execution))


def _key(after: str | None) -> tuple[UUID, str] | None:
    if after is None:
        return None
    trade_id, _, side = after.partition(":")
    return UUID(trade_id), side
