"""POST /v1/orders/batch"""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.authentication import principal_of
from accounts.api.limiting import admit_items
from core import clock
from core.api.problem import problem_value
from core.api.request_id import request_id_of
from core.api.shapes import ShapeIn, ShapeOut
from core.api.view import ApiView, json_answer, read_json
from core.domain.refusals import Refusal
from trading.api.order_wish import read_wish
from trading.api.shapes import ORDER_OUT, OrderIn, OrderOut
from trading.contracts import OrderWish, PlacedOrder
from trading.operations.place_orders import place_orders

MOST_ORDERS = 100


@extend_schema_field(
    {
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_ORDERS,
        "items": {"$ref": f"#/components/schemas/{OrderIn.__name__}"},
    }
)
class OrderItemsField(serializers.Field[list[Any], Any, Any, Any]):
    """The orders of a batch, not read yet: each that cannot be is refused for itself."""

    default_error_messages = {"FIELD_INVALID": f"A batch is 1 to {MOST_ORDERS} orders."}

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list) or not 1 <= len(data) <= MOST_ORDERS:
            self.fail("FIELD_INVALID")
        return data


@extend_schema_field({"$ref": "#/components/schemas/Problem"})
class ProblemField(serializers.JSONField):
    """Why an item was refused."""


class OrderBatchIn(ShapeIn):
    items = OrderItemsField()


class OrderBatchItemOut(ShapeOut):
    """``order`` or ``problem``."""

    status = serializers.IntegerField()
    order = OrderOut(required=False)
    problem = ProblemField(required=False)


class OrderBatchOut(ShapeOut):
    items = serializers.ListField(child=OrderBatchItemOut())


ORDER_BATCH_IN = OrderBatchIn()


class OrderBatchView(ApiView):
    """Orders by the hundred. Each item has the status and the answer that it would have had alone, after those before it."""

    scopes = {"POST": "orders:write"}
    buckets = {"POST": "orders"}

    @extend_schema(
        operation_id="place_orders",
        tags=["Orders"],
        summary="Place up to 100 orders at once",
        description=(
            "Stored in one transaction, answered in the order of the items, each for itself: `order` with 201, or 200 where"
            " its `client_order_id` named it before; else `problem`. What is available goes to whoever comes first and fits."
            " Each item takes a token of the bucket `orders`; where so many are not left, the whole is refused."
        ),
        request=OrderBatchIn,
        responses={200: OrderBatchOut},
    )
    def post(self, request: Request) -> HttpResponse:
        at = clock.now()
        principal = principal_of(request)
        items = ORDER_BATCH_IN.parse(read_json(request))["items"]
        admit_items(request, self, len(items))
        read = [_read(item) for item in items]
        placed = iter(
            place_orders(
                wishes=[each for each in read if isinstance(each, OrderWish)],
                credential_id=principal.credential_id,
                entity_id=principal.entity_id,
                at=at,
            )
        )
        request_id = request_id_of(request._request)
        answers = [each if isinstance(each, Refusal) else next(placed) for each in read]
        return json_answer({"items": [_shape(each, request_id) for each in answers]})


def _read(item: Any) -> OrderWish | Refusal:
    try:
        return read_wish(item)
    except Refusal as refusal:
        return refusal


def _shape(answer: PlacedOrder | Refusal, request_id: str) -> dict[str, Any]:
    if isinstance(answer, Refusal):
        return {"status": answer.status, "problem": problem_value(answer, request_id=request_id)}
    return {"status": 200 if answer.is_replay else 201, "order": ORDER_OUT.to_representation(answer.order)}
