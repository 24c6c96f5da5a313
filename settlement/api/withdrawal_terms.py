"""POST /v1/withdrawals/preview and GET /v1/withdrawal-limits"""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.serializers import ValidationError

from accounts.api.authentication import principal_of
from accounts.queries.profiles import access_profile
from core import clock
from core.api.fields import IdField
from core.api.shapes import page_shape
from core.api.strict_json import request_invalid
from core.api.view import ApiView, json_answer, read_json
from core.domain.decimals import format_scaled
from core.domain.refusals import FieldError
from settlement.api.withdrawal_shapes import (
    LIMIT_OUT,
    WITHDRAWAL_IN,
    LimitOut,
    PreviewOut,
    WithdrawalIn,
    read_wish,
)
from settlement.operations.preview_withdrawal import Preview, preview_withdrawal
from settlement.queries.withdrawal_limits import list_utilisation


class WithdrawalPreviewView(ApiView):
    scopes = {"POST": "funding:read"}

    @extend_schema(
        operation_id="preview_withdrawal",
        tags=["Funding"],
        summary="What a withdrawal would cost, who would have to approve it, and what it would be refused for; writes nothing",
        request=WithdrawalIn,
        responses=PreviewOut,
    )
    def post(self, request: Request) -> HttpResponse:
        at, principal = clock.now(), principal_of(request)
        wish = read_wish(WITHDRAWAL_IN.parse(read_json(request)))
        profile = access_profile(profile_id=wish.profile_id, entity_id=principal.entity_id)
        return json_answer(_shape(preview_withdrawal(wish=wish, profile=profile, at=at)))


class WithdrawalLimitsView(ApiView):
    scopes = {"GET": "funding:read"}

    @extend_schema(
        operation_id="list_withdrawal_limits",
        tags=["Funding"],
        summary="How much may leave, and how much of it is used",
        parameters=[OpenApiParameter("profile_id", str, required=True)],
        responses=page_shape(LimitOut),
    )
    def get(self, request: Request) -> HttpResponse:
        asked = request.query_params
        if set(asked) != {"profile_id"}:
            raise request_invalid(FieldError("/profile_id", "FIELD_MISSING", "Say profile_id, and nothing else."))
        try:
            profile_id = IdField().to_internal_value(asked["profile_id"])
        except ValidationError:
            raise request_invalid(FieldError("/profile_id", "FIELD_INVALID", "This is no id.")) from None
        profile = access_profile(profile_id=profile_id, entity_id=principal_of(request).entity_id)
        limits = list_utilisation(profile=profile, at=clock.now())
        return json_answer({"items": [LIMIT_OUT.to_representation(each) for each in limits], "next_cursor": None})


def _shape(preview: Preview) -> dict[str, Any]:
    quote = preview.quote
    shown: dict[str, Any] = {
        "would_be_accepted": preview.would_be_accepted,
        "refusals": [{"code": each.code, "detail": each.detail, "meta": each.meta} for each in preview.refusals],
        **dict.fromkeys(("asset", "net_amount", "fee_amount", "gross_amount", "value", "approvals_required")),
        "needs_review": None,
        "expected_date": preview.expected_date and preview.expected_date.isoformat(),
        "limits_after": [LIMIT_OUT.to_representation(each) for each in preview.limits_after],
    }
    if quote is None:
        return shown
    asset = quote.destination.rail.asset
    return shown | {
        "asset": asset.code,
        "net_amount": format_scaled(quote.amounts.net, asset.scale),
        "fee_amount": format_scaled(quote.amounts.fee, asset.scale),
        "gross_amount": format_scaled(quote.amounts.gross, asset.scale),
        "value": format_scaled(quote.valued.value, 2),
        "approvals_required": preview.approvals_required,
        "needs_review": quote.needs_review,
    }
