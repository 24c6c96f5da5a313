"""GET /v1/profiles/{id}/balances"""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.authentication import principal_of
from accounts.queries.profiles import access_profile
from core import clock
from core.api.fields import AmountField, RefField
from core.api.pagination import keyset_page, list_parameters, page_answer, read_list_query, ref_filter
from core.api.shapes import ShapeOut, page_shape
from core.api.view import ApiView
from settlement.queries.balances import balance_views, list_client_accounts

FILTERS = {"asset": ref_filter("asset__code")}


class HeldByOut(ShapeOut):
    orders = AmountField()
    withdrawals = AmountField()
    obligations = AmountField()


class BalanceOut(ShapeOut):
    asset = RefField()
    balance = AmountField()
    held = AmountField()
    available = AmountField()
    held_by = HeldByOut()
    under_review = AmountField()
    to_receive = AmountField()
    to_deliver = AmountField()


BALANCE_OUT = BalanceOut()


class BalancesView(ApiView):
    scopes = {"GET": "profiles:read"}

    @extend_schema(
        operation_id="list_balances",
        tags=["Profiles"],
        summary="What a profile has, asset by asset",
        parameters=list_parameters(FILTERS),
        responses=page_shape(BalanceOut),
    )
    def get(self, request: Request, profile_id: UUID) -> HttpResponse:
        principal = principal_of(request)
        access_profile(profile_id=profile_id, entity_id=principal.entity_id)
        query = read_list_query(request, FILTERS, asker=str(principal.entity_id))
        accounts = keyset_page(query, list_client_accounts(profile_id=profile_id), at=clock.now())
        return page_answer(query, balance_views(accounts), BALANCE_OUT)
