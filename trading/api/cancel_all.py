"""POST /v1/orders/cancel-all and PUT /v1/orders/cancel-all-after"""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.authentication import actor_of_principal, principal_of
from accounts.queries.profiles import access_profile
from core import clock
from core.api.fields import CountField, IdField, InstantField, RefField, WordField
from core.api.shapes import ShapeIn, ShapeOut
from core.api.view import ApiView, json_answer, read_json
from core.domain.chain import instant_text
from trading.models import Order
from trading.operations.cancel_orders import OrderFilter, cancel_orders
from trading.operations.set_dead_mans_switch import MOST_SECONDS, set_dead_mans_switch
from trading.queries.markets import get_market_row


class CancelAllIn(ShapeIn):
    profile_id = IdField()
    market = RefField(required=False)
    side = WordField(Order.Side.values, required=False)


class CancelAllOut(ShapeOut):
    instruction_ids = serializers.ListField(child=serializers.IntegerField())


class CancelAllAfterIn(ShapeIn):
    profile_id = IdField()
    timeout_seconds = CountField(least=0, most=MOST_SECONDS)


class CancelAllAfterOut(ShapeOut):
    due_at = InstantField(allow_null=True)


CANCEL_ALL_IN, CANCEL_ALL_AFTER_IN = CancelAllIn(), CancelAllAfterIn()


class CancelAllView(ApiView):
    scopes = {"POST": "orders:write"}
    buckets = {"POST": "cancels"}

    @extend_schema(
        operation_id="cancel_all_orders",
        tags=["Orders"],
        summary="Ask for all orders of a profile to be cancelled",
        description="One instruction in each market where an order of the profile is live; none where nothing is. May be"
        " repeated.",
        request=CancelAllIn,
        responses={202: CancelAllOut},
    )
    def post(self, request: Request) -> HttpResponse:
        said = CANCEL_ALL_IN.parse(read_json(request))
        profile = access_profile(profile_id=said["profile_id"], entity_id=principal_of(request).entity_id)
        symbol = said.get("market")
        market_id = get_market_row(symbol=symbol).pk if symbol else None
        ids = cancel_orders(
            wanted=OrderFilter(profile_id=profile.pk, market_id=market_id, side=said.get("side")),
            reason="MASS_CANCEL",
            actor=actor_of_principal(request),
            at=clock.now(),
        )
        return json_answer({"instruction_ids": ids}, 202)


class CancelAllAfterView(ApiView):
    scopes = {"PUT": "orders:write"}
    buckets = {"PUT": "cancels"}

    @extend_schema(
        operation_id="cancel_all_orders_after",
        tags=["Orders"],
        summary="Have the credential's orders of a profile cancelled unless this is said again in time",
        description="5 to 3,600 seconds from now; 0 disarms. Within a second of due_at the orders that this credential has"
        " placed for the profile are cancelled (DEAD_MANS_SWITCH).",
        request=CancelAllAfterIn,
        responses=CancelAllAfterOut,
    )
    def put(self, request: Request) -> HttpResponse:
        said = CANCEL_ALL_AFTER_IN.parse(read_json(request))
        principal = principal_of(request)
        profile = access_profile(profile_id=said["profile_id"], entity_id=principal.entity_id)
        due_at = set_dead_mans_switch(
            profile_id=profile.pk,
            credential_id=principal.credential_id,
            timeout_seconds=said["timeout_seconds"],
            at=clock.now(),
        )
        return json_answer({"due_at": None if due_at is None else instant_text(due_at)})
