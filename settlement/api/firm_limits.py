"""POST and GET /v1/firm/limits: how much may leave, for the firm's own programs. They ask; people approve."""

import json
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework.request import Request

from accounts.api.approvals import ApprovalOut, approval_value
from accounts.api.authentication import actor_of_principal
from accounts.api.firm import firm_principal
from core import clock
from core.api.fields import AmountField, IdField, InstantField, TextField, WordField
from core.api.idempotency import Done, answer_once
from core.api.pagination import (
    id_filter,
    instant_filters,
    keyset_page,
    list_parameters,
    page_answer,
    read_list_query,
    word_filter,
)
from core.api.shapes import ShapeIn, ShapeOut, page_shape
from core.api.view import ApiView, read_json
from core.domain.decimals import format_scaled
from settlement.api.transfers import KEY_PARAMETER
from settlement.models import WithdrawalLimit
from settlement.operations.change_limit import OBJECT_TYPE, LimitTerms, change_limit
from settlement.queries.terms_in_line import FALLS_AWAY, STAYS
from settlement.queries.withdrawal_limits import list_limits

SCOPE = "firm:reference"
NO_LIMIT = "NONE"
SCOPES, WINDOWS = WithdrawalLimit.Scope.values, WithdrawalLimit.Window.values
FILTERS = {
    "id": id_filter("id"),
    "scope": word_filter("scope", SCOPES),
    "scope_id": id_filter("scope_id"),
    "window": word_filter("window", WINDOWS),
    **instant_filters("in_force_from", "in_force_from"),
    **instant_filters("created_at", "created_at"),
}


@extend_schema_field({"type": "string", "description": "An amount, or NONE"})
class LimitValueField(AmountField):
    """An amount in the reporting asset, or the word NONE, which lifts the limit: leaving something out lifts nothing."""

    def to_internal_value(self, data: Any) -> Any:
        """The amount; none for NONE."""
        return None if data == NO_LIMIT else super().to_internal_value(data)


class LimitIn(ShapeIn):
    """``value`` NONE lifts the limit. Without ``in_force_from`` it holds once it is approved.

    ``what_follows`` says whether limits that are in line after it stay there or fall away; ``made_from`` is the newest in line
    that was seen, and refused when there is a newer one.
    """

    scope = WordField(SCOPES)
    scope_id = IdField(required=False)
    window = WordField(WINDOWS)
    value = LimitValueField()
    in_force_from = InstantField(required=False)
    what_follows = WordField([STAYS, FALLS_AWAY], required=False)
    made_from = IdField(required=False)
    reason = TextField(most=200)


class FirmLimitOut(ShapeOut):
    """One limit from ``in_force_from`` until the next of its scope and window; without a value it lifts the one before."""

    id = IdField()
    scope = WordField(SCOPES)
    scope_id = IdField(allow_null=True)
    window = WordField(WINDOWS)
    value = AmountField(allow_null=True)
    in_force_from = InstantField()
    approval_id = IdField(allow_null=True)
    created_at = InstantField()
    superseded_at = InstantField(allow_null=True)

    def to_representation(self, instance: WithdrawalLimit) -> dict[str, Any]:
        """The value at two digits, and when it fell away before its moment came."""
        value = None if instance.value is None else format_scaled(instance.value, 2)
        return super().to_representation(instance) | {"value": value}


LIMIT_IN, FIRM_LIMIT_OUT = LimitIn(), FirmLimitOut()


class FirmLimitsView(ApiView):
    scopes = {"POST": SCOPE, "GET": SCOPE}

    @extend_schema(
        operation_id="change_limit",
        tags=["Firm"],
        summary="Ask for a withdrawal limit; it holds from a moment on once people have approved it",
        parameters=[KEY_PARAMETER],
        request=LimitIn,
        responses={201: FirmLimitOut, 202: ApprovalOut},
    )
    def post(self, request: Request) -> HttpResponse:
        at, principal, body = clock.now(), firm_principal(request), read_json(request)
        values = LIMIT_IN.parse(body)
        reason = values.pop("reason")
        terms = LimitTerms(**{"scope_id": None} | values)

        def work() -> Done:
            with transaction.atomic():
                outcome = change_limit(terms=terms, reason=reason, actor=actor_of_principal(request), at=at)
            if outcome.approval_id is not None:
                return Done(202, approval_value(outcome.approval_id), "accounts.approval", outcome.approval_id)
            assert outcome.result is not None
            limit = WithdrawalLimit.objects.get(pk=outcome.result["limit_id"])
            return Done(201, FIRM_LIMIT_OUT.to_representation(limit), OBJECT_TYPE, limit.pk)

        answer = answer_once(
            request, principal_id=principal.credential_id, route="POST /v1/firm/limits", body=body, work=work
        )
        if answer.status_code == 202:
            answer["Location"] = f"/v1/approvals/{json.loads(answer.content)['id']}"
        return answer

    @extend_schema(
        operation_id="list_limits",
        tags=["Firm"],
        summary="Every withdrawal limit there was, is, and is to come",
        parameters=list_parameters(FILTERS),
        responses=page_shape(FirmLimitOut),
    )
    def get(self, request: Request) -> HttpResponse:
        principal = firm_principal(request)
        query = read_list_query(request, FILTERS, asker=str(principal.entity_id))
        return page_answer(query, keyset_page(query, list_limits(), at=clock.now()), FIRM_LIMIT_OUT)
