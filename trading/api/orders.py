"""POST and GET /v1/orders"""

from typing import Any

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
from trading.api.shapes import ORDER_IN, ORDER_OUT, OrderIn, OrderOut
from trading.contracts import OrderTerms
from trading.domain.terms_hash import terms_sha256
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
# What a type takes when nothing is said.
TIME_IN_FORCE_DEFAULTS = {kind: "IOC" if kind == "MARKET" else "GTC" for kind in Order.Type.values}


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
        terms = _terms(ORDER_IN.parse(read_json(request)))
        placed = place_order(
            terms=terms,
            credential_id=principal.credential_id,
            entity_id=principal.entity_id,
            request_sha256=terms_sha256(terms),
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


def _terms(values: dict[str, Any]) -> OrderTerms:
    kind = values["type"]
    return OrderTerms(
        profile_id=values["profile_id"],
        market=values["market"],
        client_order_id=values["client_order_id"],
        side=values["side"],
        type=kind,
        time_in_force=values.get("time_in_force") or TIME_IN_FORCE_DEFAULTS[kind],
        base_amount=values.get("base_amount"),
        quote_amount=values.get("quote_amount"),
        limit_price=values.get("limit_price"),
        self_trade_prevention=values.get("self_trade_prevention") or "CANCEL_NEWEST",
        metadata=values.get("metadata") or {},
        display_amount=values.get("display_amount"),
        expires_at=values.get("expires_at"),
        stop_price=values.get("stop_price"),
    )
