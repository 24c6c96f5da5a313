"""/v1/firm/fee-schedules and /v1/firm/fee-assignments, for the firm's own programs. They ask; people approve."""

import json
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.approvals import ApprovalOut, approval_value
from accounts.api.authentication import actor_of_principal
from accounts.api.firm import firm_principal
from accounts.operations.carry_out import Outcome
from core import clock
from core.api.fields import AmountField, CountField, IdField, InstantField, SignedAmountField, TextField
from core.api.idempotency import Done, answer_once
from core.api.pagination import id_filter, instant_filters, keyset_page, list_parameters, page_answer, read_list_query
from core.api.shapes import ShapeIn, ShapeOut, page_shape
from core.api.view import ApiView, read_json
from core.domain.decimals import format_scaled
from core.domain.refusals import Refusal
from settlement.api.transfers import KEY_PARAMETER
from trading.domain.fee_terms import MOST_TIERS, TierTerms
from trading.models import FeeAssignment, FeeSchedule, FeeTier
from trading.operations import assign_fees as assigning
from trading.operations import change_fee_schedule as scheduling
from trading.operations.change_fee_schedule import MOST_FEE_SCALE
from trading.queries.fees import list_assignments, list_schedules

SCOPE = "firm:reference"
RATE_SCALE, VOLUME_SCALE = 6, 2
SCHEDULE_FILTERS = {"id": id_filter("id"), **instant_filters("in_force_from", "in_force_from")}
ASSIGNMENT_FILTERS = {
    "id": id_filter("id"),
    "entity_id": id_filter("entity_id"),
    "profile_id": id_filter("profile_id"),
    **instant_filters("in_force_from", "in_force_from"),
}


class TierIn(ShapeIn):
    from_volume = AmountField()
    maker_rate = SignedAmountField()
    taker_rate = AmountField()


TIER_IN = TierIn()


@extend_schema_field(
    {
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_TIERS,
        "items": {
            "type": "object",
            "required": ["from_volume", "maker_rate", "taker_rate"],
            "additionalProperties": False,
            "properties": {name: {"type": "string"} for name in ("from_volume", "maker_rate", "taker_rate")},
        },
    }
)
class TiersField(serializers.Field[list[TierTerms], Any, Any, Any]):
    """From which volume on which rates."""

    default_error_messages = {
        "FIELD_INVALID": f"Tiers are 1 to {MOST_TIERS} objects of a from_volume, a maker_rate and a taker_rate."
    }

    def to_internal_value(self, data: Any) -> list[TierTerms]:
        if not isinstance(data, list) or not 1 <= len(data) <= MOST_TIERS:
            self.fail("FIELD_INVALID")
        try:
            return [TierTerms(**TIER_IN.parse(item)) for item in data]
        except Refusal:
            self.fail("FIELD_INVALID")


class FeeScheduleIn(ShapeIn):
    """``replaces`` is the newest version that these terms were drawn up from, 0 for a new name."""

    name = TextField(most=64)
    fee_scale = CountField(least=0, most=MOST_FEE_SCALE)
    tiers = TiersField()
    replaces = CountField(least=0, most=1_000_000)
    in_force_from = InstantField(required=False)
    reason = TextField(most=200)


class TierOut(ShapeOut):
    from_volume = AmountField()
    maker_rate = SignedAmountField()
    taker_rate = SignedAmountField()

    def to_representation(self, instance: FeeTier) -> dict[str, Any]:
        """Volumes at two digits, rates at six."""
        rates = {name: format_scaled(getattr(instance, name), RATE_SCALE) for name in ("maker_rate", "taker_rate")}
        return {"from_volume": format_scaled(instance.from_volume, VOLUME_SCALE)} | rates


TIER_OUT = TierOut()


class FeeScheduleOut(ShapeOut):
    """One version of a schedule, from ``in_force_from`` until the next of its name."""

    id = IdField()
    name = TextField(most=64)
    schedule_version = serializers.IntegerField()
    fee_scale = serializers.IntegerField()
    tiers = TierOut(many=True)
    in_force_from = InstantField()
    approval_id = IdField(allow_null=True)
    created_at = InstantField()

    def to_representation(self, instance: FeeSchedule) -> dict[str, Any]:
        """With its tiers, from the first upwards."""
        rows = sorted(instance.tiers.all(), key=lambda tier: tier.from_volume)
        names = ("name", "schedule_version", "fee_scale")
        return {
            "id": str(instance.pk),
            **{name: getattr(instance, name) for name in names},
            "tiers": [TIER_OUT.to_representation(row) for row in rows],
            "in_force_from": InstantField().to_representation(instance.in_force_from),
            "approval_id": str(instance.approval_id) if instance.approval_id else None,
            "created_at": InstantField().to_representation(instance.created_at),
        }


class FeeAssignmentIn(ShapeIn):
    """An empty ``schedule`` takes back what was before; without ``market_id`` it is for all markets."""

    entity_id = IdField(required=False)
    profile_id = IdField(required=False)
    market_id = IdField(required=False)
    schedule = TextField(most=64, required=False)
    in_force_from = InstantField(required=False)
    reason = TextField(most=200)


class FeeAssignmentOut(ShapeOut):
    """Who trades under which schedule, from ``in_force_from`` until the next of the same client and market."""

    id = IdField()
    entity_id = IdField(allow_null=True)
    profile_id = IdField(allow_null=True)
    market_id = IdField(allow_null=True)
    schedule_name = TextField(most=64)
    in_force_from = InstantField()
    approval_id = IdField(allow_null=True)
    created_at = InstantField()


SCHEDULE_IN, SCHEDULE_OUT = FeeScheduleIn(), FeeScheduleOut()
ASSIGNMENT_IN, ASSIGNMENT_OUT = FeeAssignmentIn(), FeeAssignmentOut()


def _ask(
    request: Request, *, body: Any, route: str, wish: Callable[[], Outcome], show: Callable[[Outcome], Done]
) -> HttpResponse:
    """Ask once for what ``wish`` asks; 202 with the request where people have to approve."""

    def work() -> Done:
        with transaction.atomic():
            outcome = wish()
        if outcome.approval_id is not None:
            return Done(202, approval_value(outcome.approval_id), "accounts.approval", outcome.approval_id)
        return show(outcome)

    principal = firm_principal(request)
    answer = answer_once(request, principal_id=principal.credential_id, route=route, body=body, work=work)
    if answer.status_code == 202:
        answer["Location"] = f"/v1/approvals/{json.loads(answer.content)['id']}"
    return answer


class FeeSchedulesView(ApiView):
    scopes = {"POST": SCOPE, "GET": SCOPE}

    @extend_schema(
        operation_id="change_fee_schedule",
        tags=["Firm"],
        summary="Ask for a version of a fee schedule; it holds from a moment on once people have approved it",
        parameters=[KEY_PARAMETER],
        request=FeeScheduleIn,
        responses={201: FeeScheduleOut, 202: ApprovalOut},
    )
    def post(self, request: Request) -> HttpResponse:
        at, body = clock.now(), read_json(request)
        firm_principal(request)
        values = SCHEDULE_IN.parse(body)
        reason = values.pop("reason")
        terms = scheduling.ScheduleTerms(**values)

        def show(outcome: Outcome) -> Done:
            assert outcome.result is not None
            schedule = list_schedules().get(pk=outcome.result["schedule_id"])
            return Done(201, SCHEDULE_OUT.to_representation(schedule), scheduling.OBJECT_TYPE, schedule.pk)

        actor = actor_of_principal(request)
        return _ask(
            request,
            body=body,
            route="POST /v1/firm/fee-schedules",
            wish=lambda: scheduling.change_fee_schedule(terms=terms, reason=reason, actor=actor, at=at),
            show=show,
        )

    @extend_schema(
        operation_id="list_fee_schedules",
        tags=["Firm"],
        summary="Every version of every fee schedule",
        parameters=list_parameters(SCHEDULE_FILTERS),
        responses=page_shape(FeeScheduleOut),
    )
    def get(self, request: Request) -> HttpResponse:
        principal = firm_principal(request)
        query = read_list_query(request, SCHEDULE_FILTERS, asker=str(principal.entity_id))
        return page_answer(query, keyset_page(query, list_schedules(), at=clock.now()), SCHEDULE_OUT)


class FeeAssignmentsView(ApiView):
    scopes = {"POST": SCOPE, "GET": SCOPE}

    @extend_schema(
        operation_id="assign_fees",
        tags=["Firm"],
        summary="Ask that a client trade under another schedule; it does from a moment on once people have approved it",
        parameters=[KEY_PARAMETER],
        request=FeeAssignmentIn,
        responses={201: FeeAssignmentOut, 202: ApprovalOut},
    )
    def post(self, request: Request) -> HttpResponse:
        at, body = clock.now(), read_json(request)
        firm_principal(request)
        values = ASSIGNMENT_IN.parse(body)
        terms = assigning.AssignmentTerms(
            entity_id=values.get("entity_id"),
            profile_id=values.get("profile_id"),
            market_id=values.get("market_id"),
            schedule_name=values.get("schedule") or "",
            in_force_from=values.get("in_force_from"),
        )

        def show(outcome: Outcome) -> Done:
            assert outcome.result is not None
            assignment = FeeAssignment.objects.get(pk=outcome.result["assignment_id"])
            return Done(201, ASSIGNMENT_OUT.to_representation(assignment), assigning.OBJECT_TYPE, assignment.pk)

        actor = actor_of_principal(request)
        return _ask(
            request,
            body=body,
            route="POST /v1/firm/fee-assignments",
            wish=lambda: assigning.assign_fees(terms=terms, reason=values["reason"], actor=actor, at=at),
            show=show,
        )

    @extend_schema(
        operation_id="list_fee_assignments",
        tags=["Firm"],
        summary="Who trades under which schedule: every assignment there was, is, and is to come",
        parameters=list_parameters(ASSIGNMENT_FILTERS),
        responses=page_shape(FeeAssignmentOut),
    )
    def get(self, request: Request) -> HttpResponse:
        principal = firm_principal(request)
        query = read_list_query(request, ASSIGNMENT_FILTERS, asker=str(principal.entity_id))
        return page_answer(query, keyset_page(query, list_assignments(), at=clock.now()), ASSIGNMENT_OUT)
