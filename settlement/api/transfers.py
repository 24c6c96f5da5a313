"""POST and GET /v1/internal-transfers, GET /v1/internal-transfers/{id}, POST /v1/internal-transfers/batch"""

import json
from collections.abc import Callable, Sequence
from copy import copy
from typing import Any, cast
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.approvals import ApprovalOut, approval_value
from accounts.api.authentication import actor_of_principal, principal_of
from accounts.queries.profiles import access_profile
from core import clock
from core.api.fields import AmountField, IdField, InstantField, RefField, WordField
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
from core.api.view import ApiView, json_answer, read_json
from core.domain.decimals import at_scale
from core.domain.refusals import Refusal
from settlement.domain.transferring import MOST_TRANSFERS
from settlement.models import InternalTransfer
from settlement.operations.note_transfer import OBJECT_TYPE
from settlement.operations.start_transfers import Started, TransferWish, start_transfers
from settlement.queries.transfers import access_transfer, list_client_transfers

KEY_PARAMETER = OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, required=True)
FILTERS = {
    "id": id_filter("id"),
    "from_profile_id": id_filter("from_profile_id"),
    "to_profile_id": id_filter("to_profile_id"),
    "asset": ref_filter("asset__code"),
    "client_reference": ref_filter("client_reference"),
    "status": word_filter("status", InternalTransfer.Status.values),
    **instant_filters("created_at", "created_at"),
    **instant_filters("updated_at", "updated_at"),
}


class TransferIn(ShapeIn):
    from_profile_id = IdField()
    to_profile_id = IdField()
    asset = RefField()
    amount = AmountField()
    client_reference = RefField()


TRANSFER_IN = TransferIn()


@extend_schema_field(
    {
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_TRANSFERS,
        "items": {
            "type": "object",
            "required": ["from_profile_id", "to_profile_id", "asset", "amount", "client_reference"],
            "additionalProperties": False,
            "properties": {
                "from_profile_id": {"type": "string", "format": "uuid"},
                "to_profile_id": {"type": "string", "format": "uuid"},
                "asset": {"type": "string"},
                "amount": {"type": "string"},
                "client_reference": {"type": "string"},
            },
        },
    }
)
class TransfersField(serializers.Field[list[dict[str, Any]], Any, Any, Any]):
    """The transfers of a batch."""

    default_error_messages = {
        "FIELD_INVALID": f"A batch is 1 to {MOST_TRANSFERS} objects, each as of one internal transfer."
    }

    def to_internal_value(self, data: Any) -> list[dict[str, Any]]:
        if not isinstance(data, list) or not 1 <= len(data) <= MOST_TRANSFERS:
            self.fail("FIELD_INVALID")
        try:
            return [TRANSFER_IN.parse(item) for item in data]
        except Refusal:
            self.fail("FIELD_INVALID")


class TransferBatchIn(ShapeIn):
    items = TransfersField()


class TransferOut(ShapeOut):
    """A transfer; ``client_reference``, ``value`` and ``approval_id`` are null for who receives it."""

    id = IdField()
    batch_id = IdField()
    from_profile_id = IdField()
    to_profile_id = IdField()
    asset = RefField(source="asset.code")
    amount = AmountField()
    client_reference = RefField(allow_null=True)
    status = WordField(InternalTransfer.Status.values)
    reason_code = RefField(allow_null=True)
    reverses_id = IdField(allow_null=True)
    value = AmountField(allow_null=True)
    approval_id = IdField(allow_null=True)
    executed_at = InstantField(allow_null=True)
    version = serializers.IntegerField()
    created_at = InstantField()
    updated_at = InstantField()

    def to_representation(self, instance: InternalTransfer) -> dict[str, Any]:
        """The amount at its asset's scale, the value in cents."""
        shown = super().to_representation(instance)
        value = None if instance.value is None else format(at_scale(instance.value, 2), "f")
        amount = format(at_scale(instance.amount, instance.asset.scale), "f")
        return shown | {"amount": amount, "value": value, "reason_code": instance.reason_code or None}


class TransferBatchOut(ShapeOut):
    items = serializers.ListField(child=TransferOut())


TRANSFER_BATCH_IN, TRANSFER_OUT = TransferBatchIn(), TransferOut()


def told_to(transfer: InternalTransfer, entity_id: UUID) -> InternalTransfer:
    """The transfer as the entity may know it: what its sender keeps for itself is left out for who receives."""
    if transfer.from_profile.entity_id == entity_id:
        return transfer
    told: Any = copy(transfer)
    told.client_reference = told.value = told.approval_id = None
    return cast("InternalTransfer", told)


def shape_transfer(transfer: InternalTransfer, *, entity_id: UUID) -> dict[str, Any]:
    """The transfer as the entity may know it."""
    return TRANSFER_OUT.to_representation(told_to(transfer, entity_id))


class InternalTransfersView(ApiView):
    scopes = {"POST": "funding:write", "GET": "funding:read"}

    @extend_schema(
        operation_id="create_internal_transfer",
        tags=["Funding"],
        summary="Move value to another profile",
        description=(
            "Within the entity it goes at once; to another entity it may wait for the approval of the house (202). It takes no"
            " hold while it waits. `client_reference` is unique for the profile for ever: sent again with the same terms, the"
            " stored transfer is answered (200)."
        ),
        parameters=[KEY_PARAMETER],
        request=TransferIn,
        responses={201: TransferOut, 202: ApprovalOut, 200: TransferOut},
    )
    def post(self, request: Request) -> HttpResponse:
        body = read_json(request)
        values = TRANSFER_IN.parse(body)
        return _start(request, body, [values], _one)

    @extend_schema(
        operation_id="list_internal_transfers",
        tags=["Funding"],
        summary="What went from the entity's profiles, and what came to them",
        parameters=list_parameters(FILTERS),
        responses=page_shape(TransferOut),
    )
    def get(self, request: Request) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        query = read_list_query(request, FILTERS, asker=str(entity_id))
        rows = keyset_page(query, list_client_transfers(entity_id=entity_id), at=clock.now())
        return page_answer(query, [told_to(row, entity_id) for row in rows], TRANSFER_OUT)


class InternalTransferView(ApiView):
    scopes = {"GET": "funding:read"}

    @extend_schema(
        operation_id="get_internal_transfer",
        tags=["Funding"],
        summary="One transfer, and where it stands",
        responses=TransferOut,
    )
    def get(self, request: Request, transfer_id: UUID) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        transfer = access_transfer(transfer_id=transfer_id, entity_id=entity_id)
        return json_answer(shape_transfer(transfer, entity_id=entity_id), version=transfer.version)


class InternalTransferBatchView(ApiView):
    scopes = {"POST": "funding:write"}

    @extend_schema(
        operation_id="create_internal_transfer_batch",
        tags=["Funding"],
        summary="Move value in up to a hundred transfers, all of them or none",
        description="Where one of them needs approval, the batch waits for one approval as a whole (202).",
        parameters=[KEY_PARAMETER],
        request=TransferBatchIn,
        responses={201: TransferBatchOut, 202: ApprovalOut, 200: TransferBatchOut},
    )
    def post(self, request: Request) -> HttpResponse:
        body = read_json(request)
        values = TRANSFER_BATCH_IN.parse(body)
        return _start(request, body, values["items"], _many)


def _one(started: Started, entity_id: UUID) -> Any:
    return shape_transfer(started.transfers[0], entity_id=entity_id)


def _many(started: Started, entity_id: UUID) -> Any:
    return {"items": [shape_transfer(each, entity_id=entity_id) for each in started.transfers]}


def _start(
    request: Request, body: Any, items: Sequence[dict[str, Any]], shape: Callable[[Started, UUID], Any]
) -> HttpResponse:
    principal = principal_of(request)
    for profile_id in dict.fromkeys(item["from_profile_id"] for item in items):
        access_profile(profile_id=profile_id, entity_id=principal.entity_id)
    wishes = [TransferWish(**item) for item in items]

    def work() -> Done:
        started = start_transfers(wishes=wishes, actor=actor_of_principal(request), at=clock.now())
        if started.approval_id is not None:
            return Done(202, approval_value(started.approval_id), "accounts.approval", started.approval_id)
        status = 200 if started.is_replay else 201
        return Done(status, shape(started, principal.entity_id), OBJECT_TYPE, started.transfers[0].pk)

    answer = answer_once(
        request, principal_id=principal.credential_id, route=f"POST {request.path}", body=body, work=work
    )
    if answer.status_code == 202:
        answer["Location"] = f"/v1/approvals/{json.loads(answer.content)['id']}"
    return answer
