"""POST /v1/firm/deposits/{id}/attribute, /release, /return and /reverse: for the firm's own programs."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.approvals import ApprovalOut, pending_answer
from accounts.api.authentication import actor_of_principal
from accounts.api.firm import firm_principal
from accounts.operations.carry_out import Outcome
from core import clock
from core.api.fields import IdField, InstantField, TextField, WordField
from core.api.shapes import ShapeIn
from core.api.view import ApiView, json_answer, read_json
from settlement.api.deposits import DepositOut
from settlement.models import Deposit
from settlement.operations.ask_deposit_release import ask_deposit_release
from settlement.operations.attribute_deposit import attribute_deposit
from settlement.operations.return_deposit import return_deposit
from settlement.operations.reverse_deposit import reverse_deposit
from settlement.queries.deposits import get_deposit

SCOPE = "firm:funding"


class ReasonIn(ShapeIn):
    reason = TextField(most=500)


class AttributionIn(ShapeIn):
    profile_id = IdField()
    reason = TextField(most=500)


class FirmDepositOut(DepositOut):
    """A deposit as the firm knows it: beside what its client sees, why it is looked at."""

    profile_id = IdField(allow_null=True)
    version = serializers.IntegerField()
    updated_at = InstantField()
    review_reason = WordField(Deposit.ReviewReason.values, allow_null=True)

    def to_representation(self, instance: Deposit) -> dict[str, Any]:
        """No reason where nobody looked."""
        return super().to_representation(instance) | {"review_reason": instance.review_reason or None}


REASON_IN, ATTRIBUTION_IN, FIRM_DEPOSIT_OUT = ReasonIn(), AttributionIn(), FirmDepositOut()


def _deposit_answer(deposit_id: UUID) -> HttpResponse:
    deposit = get_deposit(deposit_id=deposit_id)
    return json_answer(FIRM_DEPOSIT_OUT.to_representation(deposit), version=deposit.version)


def _ask(ask: Callable[..., Outcome], request: Request, deposit_id: UUID) -> HttpResponse:
    """Ask for what takes a person; done at once, where the policy asks nobody, the deposit is the answer."""
    firm_principal(request)
    reason = REASON_IN.parse(read_json(request))["reason"]
    with transaction.atomic(durable=True):
        outcome = ask(deposit_id=deposit_id, reason=reason, actor=actor_of_principal(request), at=clock.now())
    return pending_answer(outcome) if outcome.is_pending else _deposit_answer(deposit_id)


class FirmAttributionView(ApiView):
    """Asked again, it is theirs already: the deposit is the answer."""

    scopes = {"POST": SCOPE}

    @extend_schema(
        operation_id="attribute_deposit",
        tags=["Firm"],
        summary="Ask that a deposit that nobody claims be a client's",
        description="People decide. The next reason to look is then looked for; without one it is credited.",
        request=AttributionIn,
        responses={202: ApprovalOut, 200: FirmDepositOut},
    )
    def post(self, request: Request, deposit_id: UUID) -> HttpResponse:
        firm_principal(request)
        said = ATTRIBUTION_IN.parse(read_json(request))
        with transaction.atomic(durable=True):
            outcome = attribute_deposit(
                deposit_id=deposit_id, actor=actor_of_principal(request), at=clock.now(), **said
            )
        return pending_answer(outcome) if outcome.is_pending else _deposit_answer(deposit_id)


class FirmReturnView(ApiView):
    scopes = {"POST": SCOPE}

    @extend_schema(
        operation_id="return_deposit",
        tags=["Firm"],
        summary="Send a deposit back that is under review",
        request=ReasonIn,
        responses=FirmDepositOut,
    )
    def post(self, request: Request, deposit_id: UUID) -> HttpResponse:
        firm_principal(request)
        reason = REASON_IN.parse(read_json(request))["reason"]
        return_deposit(deposit_id=deposit_id, reason=reason, actor=actor_of_principal(request), at=clock.now())
        return _deposit_answer(deposit_id)


class FirmReleaseView(ApiView):
    """Programs start and people decide: a person of compliance approves."""

    scopes = {"POST": SCOPE}

    @extend_schema(
        operation_id="release_deposit",
        tags=["Firm"],
        summary="Ask that a deposit under review be released",
        request=ReasonIn,
        responses={202: ApprovalOut, 200: FirmDepositOut},
    )
    def post(self, request: Request, deposit_id: UUID) -> HttpResponse:
        return _ask(ask_deposit_release, request, deposit_id)


class FirmReversalView(ApiView):
    scopes = {"POST": SCOPE}

    @extend_schema(
        operation_id="reverse_deposit",
        tags=["Firm"],
        summary="Ask to take a credited deposit back that its sender's bank recalls",
        request=ReasonIn,
        responses={202: ApprovalOut, 200: FirmDepositOut},
    )
    def post(self, request: Request, deposit_id: UUID) -> HttpResponse:
        return _ask(reverse_deposit, request, deposit_id)
