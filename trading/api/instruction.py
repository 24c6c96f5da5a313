"""GET /v1/instructions/{id}"""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.authentication import principal_of
from core.api.fields import IdField, InstantField, RefField, WordField
from core.api.shapes import ShapeOut
from core.api.view import ApiView, json_answer
from trading.models import Instruction
from trading.queries.instructions import access_instruction


class InstructionOut(ShapeOut):
    id = serializers.IntegerField()
    market = RefField()
    kind = WordField(Instruction.Kind.values)
    order_id = IdField(allow_null=True)
    status = WordField(Instruction.Status.values)
    refusal = RefField(allow_null=True)
    position = serializers.IntegerField(allow_null=True)
    instructed_at = InstantField()
    applied_at = InstantField(allow_null=True)


INSTRUCTION_OUT = InstructionOut()


class InstructionView(ApiView):
    scopes = {"GET": "orders:read"}

    @extend_schema(
        operation_id="get_instruction",
        tags=["Orders"],
        summary="What became of a wish",
        description="An order's placing, amend or cancel, or another wish that a credential of the entity put to a market.",
        responses=InstructionOut,
    )
    def get(self, request: Request, instruction_id: int) -> HttpResponse:
        instruction = access_instruction(instruction_id=instruction_id, entity_id=principal_of(request).entity_id)
        return json_answer(INSTRUCTION_OUT.to_representation(instruction))
