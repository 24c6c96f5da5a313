"""POST and GET /v1/withdrawals, GET and DELETE /v1/withdrawals/{id}"""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.authentication import actor_of_principal, principal_of
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
from settlement.api.withdrawal_shapes import WITHDRAWAL_IN, WITHDRAWAL_OUT, WithdrawalIn, WithdrawalOut, read_wish
from settlement.models import Withdrawal
from settlement.operations.end_withdrawal import cancel_withdrawal
from settlement.operations.request_withdrawal import request_withdrawal
from settlement.queries.withdrawals import access_withdrawal, list_client_withdrawals

FILTERS = {
    "id": id_filter("id"),
    "profile_id": id_filter("profile_id"),
    "destination_id": id_filter("destination_id"),
    "client_reference": ref_filter("client_reference"),
    "asset": ref_filter("rail__asset__code"),
    "status": word_filter("status", Withdrawal.Status.values),
    **instant_filters("created_at", "created_at"),
    **instant_filters("updated_at", "updated_at"),
}


class WithdrawalsView(ApiView):
    """Withdrawals of the entity's profiles. The client's own reference makes a repetition harmless, for ever."""

    scopes = {"POST": "funding:write", "GET": "funding:read"}

    @extend_schema(
        operation_id="request_withdrawal",
        tags=["Funding"],
        summary="Ask for a withdrawal: what it costs is held at once",
        request=WithdrawalIn,
        responses={201: WithdrawalOut, 200: WithdrawalOut},
    )
    def post(self, request: Request) -> HttpResponse:
        at, principal = clock.now(), principal_of(request)
        wish = read_wish(WITHDRAWAL_IN.parse(read_json(request)))
        asked = request_withdrawal(wish=wish, entity_id=principal.entity_id, actor=actor_of_principal(request), at=at)
        withdrawal = access_withdrawal(withdrawal_id=asked.withdrawal_id, entity_id=principal.entity_id)
        headers = {"Location": f"/v1/withdrawals/{withdrawal.pk}"}
        if asked.is_replay:
            headers["Idempotent-Replayed"] = "true"
        return json_answer(
            WITHDRAWAL_OUT.to_representation(withdrawal),
            200 if asked.is_replay else 201,
            headers=headers,
            version=withdrawal.version,
        )

    @extend_schema(
        operation_id="list_withdrawals",
        tags=["Funding"],
        summary="What the entity asked to withdraw",
        parameters=list_parameters(FILTERS),
        responses=page_shape(WithdrawalOut),
    )
    def get(self, request: Request) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        query = read_list_query(request, FILTERS, asker=str(entity_id))
        rows = keyset_page(query, list_client_withdrawals(entity_id=entity_id), at=clock.now())
        return page_answer(query, rows, WITHDRAWAL_OUT)


class WithdrawalView(ApiView):
    scopes = {"GET": "funding:read", "DELETE": "funding:write"}

    @extend_schema(
        operation_id="get_withdrawal",
        tags=["Funding"],
        summary="One withdrawal, and where it stands",
        responses=WithdrawalOut,
    )
    def get(self, request: Request, withdrawal_id: UUID) -> HttpResponse:
        withdrawal = access_withdrawal(withdrawal_id=withdrawal_id, entity_id=principal_of(request).entity_id)
        return json_answer(WITHDRAWAL_OUT.to_representation(withdrawal), version=withdrawal.version)

    @extend_schema(
        operation_id="cancel_withdrawal",
        tags=["Funding"],
        summary="Take a withdrawal back that was not sent yet",
        responses={202: WithdrawalOut},
    )
    def delete(self, request: Request, withdrawal_id: UUID) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        cancel_withdrawal(
            withdrawal_id=withdrawal_id, entity_id=entity_id, actor=actor_of_principal(request), at=clock.now()
        )
        withdrawal = access_withdrawal(withdrawal_id=withdrawal_id, entity_id=entity_id)
        return json_answer(WITHDRAWAL_OUT.to_representation(withdrawal), 202, version=withdrawal.version)
