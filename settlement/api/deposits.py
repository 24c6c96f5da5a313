"""GET /v1/deposits and /v1/deposits/{id}"""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.authentication import principal_of
from core import clock
from core.api.fields import AmountField, DayField, IdField, InstantField, RefField, WordField
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
from core.api.shapes import ShapeOut, page_shape
from core.api.view import ApiView, json_answer
from core.domain.decimals import at_scale
from settlement.models import Deposit
from settlement.queries.deposits import access_deposit, list_client_deposits

FILTERS = {
    "id": id_filter("id"),
    "profile_id": id_filter("profile_id"),
    "asset": ref_filter("omnibus__asset__code"),
    "status": word_filter("status", Deposit.Status.values),
    "outside_reference": ref_filter("outside_reference"),
    **instant_filters("created_at", "created_at"),
    **instant_filters("updated_at", "updated_at"),
}


class DepositOut(ShapeOut):
    """A deposit: CREDITED, or UNDER_REVIEW until the firm releases it or sends it back (RETURNING, RETURNED)."""

    id = IdField()
    profile_id = IdField()
    asset = RefField(source="omnibus.asset.code")
    amount = AmountField()
    outside_reference = RefField()
    status = WordField(Deposit.Status.values)
    value_date = DayField()
    received_at = InstantField()
    credited_at = InstantField(allow_null=True)
    return_reference = RefField(allow_null=True)
    returned_at = InstantField(allow_null=True)
    version = serializers.IntegerField()
    created_at = InstantField()
    updated_at = InstantField()

    def to_representation(self, instance: Deposit) -> dict[str, Any]:
        """The amount at its asset's scale; no reference where nothing went back."""
        shown = super().to_representation(instance)
        scaled = at_scale(instance.amount, instance.omnibus.asset.scale)
        return shown | {"amount": format(scaled, "f"), "return_reference": instance.return_reference or None}


DEPOSIT_OUT = DepositOut()


class DepositsView(ApiView):
    scopes = {"GET": "funding:read"}

    @extend_schema(
        operation_id="list_deposits",
        tags=["Funding"],
        summary="What came in for the entity's profiles",
        parameters=list_parameters(FILTERS),
        responses=page_shape(DepositOut),
    )
    def get(self, request: Request) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        query = read_list_query(request, FILTERS, asker=str(entity_id))
        rows = keyset_page(query, list_client_deposits(entity_id=entity_id), at=clock.now())
        return page_answer(query, rows, DEPOSIT_OUT)


class DepositView(ApiView):
    scopes = {"GET": "funding:read"}

    @extend_schema(
        operation_id="get_deposit", tags=["Funding"], summary="One deposit, and where it stands", responses=DepositOut
    )
    def get(self, request: Request, deposit_id: UUID) -> HttpResponse:
        deposit = access_deposit(deposit_id=deposit_id, entity_id=principal_of(request).entity_id)
        return json_answer(DEPOSIT_OUT.to_representation(deposit), version=deposit.version)
