"""GET /v1/approvals, GET and DELETE /v1/approvals/{id}; and how an operation answers that others have to approve first.

Programs ask and take back; none decides: there is no such operation.
"""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.authentication import actor_of_principal, principal_of
from accounts.contracts import Principal
from accounts.models import ApprovalRequest
from accounts.operations.cancel_approval import cancel_approval
from accounts.operations.carry_out import Outcome
from accounts.queries.approvals import access_approval, get_approval, list_entity_approvals
from core import clock
from core.api.fields import IdField, InstantField, TextField, WordField
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

FILTERS = {
    "id": id_filter("id"),
    "action": ref_filter("action"),
    "subject_id": ref_filter("subject_id"),
    "status": word_filter("status", ApprovalRequest.Status.values),
    **instant_filters("created_at", "created_at"),
    **instant_filters("updated_at", "updated_at"),
}


@extend_schema_field(
    {
        "type": "object",
        "required": ["given", "required"],
        "properties": {"given": {"type": "integer"}, "required": {"type": "integer"}},
    }
)
class ApprovalsField(serializers.Field[Any, Any, Any, Any]):
    """How many have approved, and how many must."""

    def to_representation(self, value: ApprovalRequest) -> dict[str, int]:
        # Counted by the query.
        return {"given": vars(value)["given"], "required": value.approvals_required}


class ApprovalOut(ShapeOut):
    id = IdField()
    action = TextField()
    subject_type = TextField()
    subject_id = TextField()
    payload = serializers.JSONField()
    payload_sha256 = TextField()
    title = TextField()
    effect = TextField()
    reason = TextField()
    status = WordField(ApprovalRequest.Status.values)
    approvals = ApprovalsField(source="itself")
    outcome_code = TextField()
    result = serializers.JSONField()
    expires_at = InstantField()
    ended_at = InstantField()
    executed_at = InstantField()
    version = serializers.IntegerField()
    created_at = InstantField()
    updated_at = InstantField()


APPROVAL_OUT = ApprovalOut()


def pending_answer(outcome: Outcome) -> HttpResponse:
    """202 with the approval that an operation waits for, and where to follow it."""
    assert outcome.approval_id is not None
    return _answer(get_approval(approval_id=outcome.approval_id), 202)


def approval_value(approval_id: UUID) -> dict[str, object]:
    """The approval as the API says it, for answers that are stored under an idempotency key."""
    return _shape(get_approval(approval_id=approval_id))


class ApprovalsView(ApiView):
    scopes = {"GET": "approvals:read"}

    @extend_schema(
        operation_id="list_approvals",
        tags=["Approvals"],
        summary="What the entity's programs asked for and others approve",
        parameters=list_parameters(FILTERS),
        responses=page_shape(ApprovalOut),
    )
    def get(self, request: Request) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        query = read_list_query(request, FILTERS, asker=str(entity_id))
        rows = keyset_page(query, list_entity_approvals(entity_id=entity_id), at=clock.now())
        return page_answer(query, rows, APPROVAL_OUT)


class ApprovalView(ApiView):
    scopes = {"GET": "approvals:read", "DELETE": "approvals:write"}

    @extend_schema(
        operation_id="get_approval", tags=["Approvals"], summary="One request for approval", responses=ApprovalOut
    )
    def get(self, request: Request, approval_id: UUID) -> HttpResponse:
        return _answer(access_approval(approval_id=approval_id, entity_id=principal_of(request).entity_id), 200)

    @extend_schema(
        operation_id="cancel_approval",
        tags=["Approvals"],
        summary="Take back what was asked for",
        responses=ApprovalOut,
    )
    def delete(self, request: Request, approval_id: UUID) -> HttpResponse:
        principal: Principal = principal_of(request)
        access_approval(approval_id=approval_id, entity_id=principal.entity_id)
        cancel_approval(approval_id=approval_id, actor=actor_of_principal(request), at=clock.now())
        return _answer(get_approval(approval_id=approval_id), 200)


def _answer(approval: ApprovalRequest, status: int) -> HttpResponse:
    headers = {"Location": f"/v1/approvals/{approval.pk}"} if status == 202 else {}
    return json_answer(_shape(approval), status, headers=headers, version=approval.version)


def _shape(approval: ApprovalRequest) -> dict[str, object]:
    return APPROVAL_OUT.to_representation(approval)
