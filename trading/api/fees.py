"""GET /v1/fees: what trading costs a profile."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.serializers import ValidationError

from accounts.api.authentication import principal_of
from accounts.queries.profiles import access_profile
from core.api.fields import AmountField, IdField, InstantField, RefField, SignedAmountField, TextField
from core.api.shapes import ShapeOut, page_shape
from core.api.strict_json import request_invalid
from core.api.view import ApiView, json_answer
from core.domain.decimals import at_scale
from core.domain.refusals import FieldError, NotFound
from trading.queries.fees import FeeTerms, list_fee_terms

RATE_SCALE, VOLUME_SCALE = 6, 2


class FeeOut(ShapeOut):
    """What the profile pays in a market. Rates are fractions (0.002 is 0.2 %); a negative maker rate is a rebate. The volume is
    that of the whole entity, of the last 30 business days, in the reporting asset.
    """

    market = RefField()
    schedule = TextField(most=64)
    schedule_version = serializers.IntegerField()
    from_volume = AmountField()
    maker_rate = SignedAmountField()
    taker_rate = SignedAmountField()
    volume_30d = AmountField()
    measured_at = InstantField(allow_null=True)
    next_volume = AmountField(allow_null=True)
    next_maker_rate = SignedAmountField(allow_null=True)
    next_taker_rate = SignedAmountField(allow_null=True)


FEE_OUT = FeeOut()
_VOLUMES = ("from_volume", "volume_30d", "next_volume")
_RATES = ("maker_rate", "taker_rate", "next_maker_rate", "next_taker_rate")


class FeesView(ApiView):
    scopes = {"GET": "orders:read"}

    @extend_schema(
        operation_id="list_fees",
        tags=["Orders"],
        summary="What trading costs a profile, market by market, and from which volume it would cost less",
        parameters=[OpenApiParameter("profile_id", str, required=True), OpenApiParameter("market", str)],
        responses=page_shape(FeeOut),
    )
    def get(self, request: Request) -> HttpResponse:
        asked = request.query_params
        if set(asked) - {"market"} != {"profile_id"}:
            raise request_invalid(FieldError("/profile_id", "FIELD_MISSING", "Say profile_id, and perhaps market."))
        try:
            profile_id = IdField().to_internal_value(asked["profile_id"])
            market = RefField().to_internal_value(asked["market"]) if "market" in asked else None
        except ValidationError:
            raise request_invalid(FieldError("/profile_id", "FIELD_INVALID", "This is no id, or no market.")) from None
        access_profile(profile_id=profile_id, entity_id=principal_of(request).entity_id)
        found = list_fee_terms(profile_id=profile_id, market=market)
        if market is not None and not found:
            raise NotFound("market")
        return json_answer({"items": [FEE_OUT.to_representation(_shown(each)) for each in found], "next_cursor": None})


def _shown(terms: FeeTerms) -> FeeTerms:
    scaled: dict[str, Any] = {}
    for names, scale in ((_VOLUMES, VOLUME_SCALE), (_RATES, RATE_SCALE)):
        for name in names:
            value: Decimal | None = getattr(terms, name)
            scaled[name] = None if value is None else at_scale(value, scale)
    return replace(terms, **scaled)
