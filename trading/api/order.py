"""GET, PATCH and DELETE /v1/orders/{id}, GET by the client's own id, and GET /v1/orders/{id}/events"""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from accounts.api.authentication import actor_of_principal, principal_of
from core import clock
from core.api.conditional import HEADER as IF_MATCH
from core.api.conditional import optional_version
from core.api.pagination import keyset_page, list_parameters, page_answer, read_list_query, word_filter
from core.api.shapes import page_shape
from core.api.view import ApiView, json_answer, read_json
from trading.api.shapes import (
    ORDER_CHANGE_IN,
    ORDER_EVENT_OUT,
    ORDER_OUT,
    InstructedOut,
    OrderChangeIn,
    OrderEventOut,
    OrderOut,
)
from trading.contracts import OrderChange
from trading.contracts import OrderView as OrderContract
from trading.models import OrderEvent
from trading.operations.amend_order import amend_order
from trading.operations.cancel_order import cancel_order
from trading.queries.client_orders import (
    access_order,
    access_order_by_client_id,
    list_order_events,
    order_event_views,
)
from trading.queries.orders import get_order_view, order_view

OPTIONAL_VERSION = OpenApiParameter(IF_MATCH, str, OpenApiParameter.HEADER)
EVENT_FILTERS = {"kind": word_filter("kind", OrderEvent.Kind.values)}


class OrderView(ApiView):
    scopes = {"GET": "orders:read", "PATCH": "orders:write", "DELETE": "orders:write"}
    buckets = {"PATCH": "orders", "DELETE": "cancels"}

    @extend_schema(operation_id="get_order", tags=["Orders"], summary="One order", responses=OrderOut)
    def get(self, request: Request, order_id: UUID) -> HttpResponse:
        return _answer(order_view(access_order(order_id=order_id, entity_id=principal_of(request).entity_id)))

    @extend_schema(
        operation_id="amend_order",
        tags=["Orders"],
        summary="Ask for an order's terms to be changed",
        description=(
            "`base_amount` is the new total. What the new terms need beyond what the order holds is held at once; the engine"
            " decides, and only one amend of an order waits at a time. Less amount, less display or another expiry keeps the"
            " order's place; another price, more amount or more display costs it."
        ),
        parameters=[OPTIONAL_VERSION],
        request=OrderChangeIn,
        responses={202: InstructedOut},
    )
    def patch(self, request: Request, order_id: UUID) -> HttpResponse:
        principal = principal_of(request)
        access_order(order_id=order_id, entity_id=principal.entity_id)
        instruction_id = amend_order(
            order_id=order_id,
            change=OrderChange(**ORDER_CHANGE_IN.parse(read_json(request))),
            credential_id=principal.credential_id,
            version=optional_version(request),
            at=clock.now(),
        )
        return _instructed(order_id, instruction_id)

    @extend_schema(
        operation_id="cancel_order",
        tags=["Orders"],
        summary="Ask for an order to be cancelled",
        description="The wish is written down and answered; the engine decides. Asking again while it waits is the same wish.",
        responses={202: InstructedOut},
    )
    def delete(self, request: Request, order_id: UUID) -> HttpResponse:
        principal = principal_of(request)
        access_order(order_id=order_id, entity_id=principal.entity_id)
        instruction_id = cancel_order(order_id=order_id, actor=actor_of_principal(request), at=clock.now())
        return _instructed(order_id, instruction_id)


class OrderByClientIdView(ApiView):
    scopes = {"GET": "orders:read"}

    @extend_schema(
        operation_id="get_order_by_client_id",
        tags=["Orders"],
        summary="One order, by the id its client chose",
        responses=OrderOut,
    )
    def get(self, request: Request, profile_id: UUID, client_order_id: str) -> HttpResponse:
        order = access_order_by_client_id(
            profile_id=profile_id,
            client_order_id=client_order_id,
            entity_id=principal_of(request).entity_id,
        )
        return _answer(order_view(order))


class OrderEventsView(ApiView):
    scopes = {"GET": "orders:read"}

    @extend_schema(
        operation_id="list_order_events",
        tags=["Orders"],
        summary="What happened to an order, in order",
        parameters=list_parameters(EVENT_FILTERS, order="ASC"),
        responses=page_shape(OrderEventOut),
    )
    def get(self, request: Request, order_id: UUID) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        order = access_order(order_id=order_id, entity_id=entity_id)
        query = read_list_query(request, EVENT_FILTERS, asker=str(entity_id), order="ASC")
        rows = keyset_page(query, list_order_events(order), at=clock.now(), key="sequence")
        return page_answer(
            query, order_event_views(rows, order), ORDER_EVENT_OUT, key_of=lambda event: str(event.sequence)
        )


def _instructed(order_id: UUID, instruction_id: int) -> HttpResponse:
    order = get_order_view(order_id=order_id)
    return json_answer(
        {"order": ORDER_OUT.to_representation(order), "instruction_id": instruction_id}, 202, version=order.version
    )


def _answer(order: OrderContract) -> HttpResponse:
    return json_answer(ORDER_OUT.to_representation(order), version=order.version)
