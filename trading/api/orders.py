"""POST and GET /v1/orders"""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.authentication import principal_of
from core import clock
from core.api.pagination import (
    id_filter,
    instant_filters,
    keyset_page,
    list_parameters,
    page_answer,
    read_list_query,
    ref_filter,
    word_filter,
)
from core.api.shapes import page_shape
from core.api.view import ApiView, json_answer, read_json
from trading.api.order_wish import read_wish
from trading.api.shapes import ORDER_OUT, OrderIn, OrderOut
from trading.models import Order
from trading.operations.place_order import place_order
from trading.queries.client_orders import list_client_orders
from trading.queries.orders import order_views

FILTERS = {
    "id": id_filter("id"),
    "profile_id": id_filter("profile_id"),
    "client_order_id": ref_filter("client_order_id"),
    "market": ref_filter("market__symbol"),
    "side": word_filter("side", Order.Side.values),
    "type": word_filter("type", Order.Type.values),
    "status": word_filter("status", Order.Status.values),
    **instant_filters("created_at", "created_at"),
    **instant_filters("updated_at", "updated_at"),
}


class OrdersView(ApiView):
    """Orders of the entity's profiles. The client's own id makes a repetition harmless, for ever."""

    scopes = {"POST": "orders:write", "GET": "orders:read"}
    buckets = {"POST": "orders"}

    @extend_schema(
        operation_id="place_order",
        tags=["Orders"],
        summary="Place an order",
        request=OrderIn,
        responses={201: OrderOut, 200: OrderOut},
    )
    def post(self, request: Request) -> HttpResponse:
        at = clock.now()
        principal = principal_of(request)
        wish = read_wish(read_json(request))
        placed = place_order(
            terms=wish.terms,
            credential_id=principal.credential_id,
            entity_id=principal.entity_id,
            request_sha256=wish.request_sha256,
            at=at,
        )
        order = placed.order
        headers = {"Location": f"/v1/orders/{order.id}"}
        if placed.is_replay:
            headers["Idempotent-Replayed"] = "true"
        return json_answer(
            ORDER_OUT.to_representation(order),
            200 if placed.is_replay else 201,
            headers=headers,
            version=order.version,
        )

    @extend_schema(
        operation_id="list_orders",
        tags=["Orders"],
        summary="The entity's orders",
        parameters=list_parameters(FILTERS),
        responses=page_shape(OrderOut),
    )
    def get(self, request: Request) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        query = read_list_query(request, FILTERS, asker=str(entity_id))
        rows = keyset_page(query, list_client_orders(entity_id=entity_id), at=clock.now())
        return page_answer(query, order_views(rows), ORDER_OUT)
