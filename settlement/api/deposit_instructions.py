"""POST and GET /v1/deposit-instructions"""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.authentication import actor_of_principal, principal_of
from accounts.queries.profiles import access_profile
from core import clock
from core.api.fields import AmountField, IdField, InstantField, RefField, TextField, WordField
from core.api.idempotency import HEADER, Done, answer_once
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
from core.api.shapes import ShapeIn, ShapeOut, page_shape
from core.api.view import ApiView, read_json
from core.domain.decimals import format_scaled
from core.domain.refusals import Refusal
from settlement.models import DepositInstruction
from settlement.operations.open_deposit_instruction import (
    NOTHING,
    OBJECT_TYPE,
    Issued,
    ask_for_place,
    open_deposit_instruction,
)
from settlement.queries.deposit_instructions import access_deposit_instruction, list_deposit_instructions
from settlement.queries.rails import find_rail

ROUTE = "POST /v1/deposit-instructions"
KEY_PARAMETER = OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, required=True)
FILTERS = {
    "id": id_filter("id"),
    "profile_id": id_filter("profile_id"),
    "asset": ref_filter("rail__asset__code"),
    "network": ref_filter("rail__network"),
    "status": word_filter("status", DepositInstruction.Status.values),
    **instant_filters("created_at", "created_at"),
    **instant_filters("updated_at", "updated_at"),
}


class DepositInstructionIn(ShapeIn):
    profile_id = IdField()
    asset = RefField()
    network = RefField()


class DepositInstructionOut(ShapeOut):
    """What a payer is told: an address (with a memo where the chain wants one), or the reference to quote at the bank.

    It is the profile's for ever: what arrives at a RETIRED one is still credited. Below ``min_deposit`` the firm looks first; on
    a chain a deposit is final after so many ``confirmations``.
    """

    id = IdField()
    profile_id = IdField()
    asset = RefField(source="rail.asset.code")
    network = RefField(source="rail.network")
    address = TextField()
    memo = TextField(allow_null=True)
    confirmations = serializers.IntegerField(source="rail.confirmations")
    min_deposit = AmountField(source="rail.min_deposit")
    status = WordField(DepositInstruction.Status.values)
    retired_at = InstantField(allow_null=True)
    version = serializers.IntegerField()
    created_at = InstantField()
    updated_at = InstantField()

    def to_representation(self, instance: DepositInstruction) -> dict[str, Any]:
        """The minimum at its asset's scale; no memo where none is wanted."""
        least = format_scaled(instance.rail.min_deposit, instance.rail.asset.scale)
        return super().to_representation(instance) | {"min_deposit": least, "memo": instance.memo or None}


INSTRUCTION_IN, INSTRUCTION_OUT = DepositInstructionIn(), DepositInstructionOut()


class DepositInstructionsView(ApiView):
    scopes = {"POST": "funding:write", "GET": "funding:read"}

    @extend_schema(
        operation_id="open_deposit_instruction",
        tags=["Funding"],
        summary="Get an address or a bank reference to pay in by",
        description="A profile has one ACTIVE a rail: asked for again, it is the same.",
        parameters=[KEY_PARAMETER],
        request=DepositInstructionIn,
        responses={201: DepositInstructionOut},
    )
    def post(self, request: Request) -> HttpResponse:
        at, principal, body = clock.now(), principal_of(request), read_json(request)
        values = INSTRUCTION_IN.parse(body)
        # Nobody waits for a bank with a transaction open.
        issued = self._ask(values, principal.entity_id)

        def work() -> Done:
            profile = access_profile(profile_id=values["profile_id"], entity_id=principal.entity_id)
            rail = find_rail(asset=values["asset"], network=values["network"])
            instruction_id = open_deposit_instruction(
                profile_id=profile.pk, rail_id=rail.pk, actor=actor_of_principal(request), at=at, issued=issued
            )
            return Done(201, _shape(instruction_id, principal.entity_id), OBJECT_TYPE, instruction_id)

        return answer_once(request, principal_id=principal.credential_id, route=ROUTE, body=body, work=work)

    @staticmethod
    def _ask(values: dict[str, Any], entity_id: UUID) -> Issued:
        """What is refused, the work refuses: a key that was used is answered as it was."""
        try:
            profile = access_profile(profile_id=values["profile_id"], entity_id=entity_id)
            rail = find_rail(asset=values["asset"], network=values["network"])
        except Refusal:
            return NOTHING
        return ask_for_place(profile_id=profile.pk, rail_id=rail.pk)

    @extend_schema(
        operation_id="list_deposit_instructions",
        tags=["Funding"],
        summary="Where the entity's profiles are paid in",
        parameters=list_parameters(FILTERS),
        responses=page_shape(DepositInstructionOut),
    )
    def get(self, request: Request) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        query = read_list_query(request, FILTERS, asker=str(entity_id))
        rows = keyset_page(query, list_deposit_instructions(entity_id=entity_id), at=clock.now())
        return page_answer(query, rows, INSTRUCTION_OUT)


def _shape(instruction_id: UUID, entity_id: UUID) -> dict[str, Any]:
    instruction = access_deposit_instruction(instruction_id=instruction_id, entity_id=entity_id)
    return INSTRUCTION_OUT.to_representation(instruction)
