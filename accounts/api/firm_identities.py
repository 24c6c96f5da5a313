"""POST /v1/firm/identities/{id}/decision, /risk-rating and /verifications: for the firm's own programs"""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from accounts.api.authentication import actor_of_principal
from accounts.api.firm import firm_principal
from accounts.api.identities import KEY_PARAMETER
from accounts.api.identity_papers import answer_verification
from accounts.api.identity_shapes import (
    DECISION_IN,
    FIRM_VERIFICATION_IN,
    IDENTITY_OUT,
    RISK_RATING_IN,
    DecisionIn,
    FirmVerificationIn,
    IdentityOut,
    RiskRatingIn,
    VerificationOut,
)
from accounts.operations.decide_identity import Decision
from accounts.operations.rate_identity_risk import rate_identity_risk
from accounts.operations.start_decision import start_decision
from accounts.queries.identities import get_identity
from core import clock
from core.api.conditional import HEADER as IF_MATCH
from core.api.conditional import optional_version
from core.api.view import ApiView, json_answer, read_json

OPTIONAL_VERSION = OpenApiParameter(IF_MATCH, str, OpenApiParameter.HEADER)


class FirmDecisionView(ApiView):
    scopes = {"POST": "firm:identities"}

    @extend_schema(
        operation_id="decide_identity",
        tags=["Firm"],
        summary="Have the rule looked at that approves low risk with every check clear",
        description=(
            "A program starts a decision and makes none: APPROVED for CHECKS_CLEAR at LOW risk is what the house decides"
            " by its rule. Everything else is for a person in the back office, and refused with PERSON_NEEDED."
        ),
        parameters=[OPTIONAL_VERSION],
        request=DecisionIn,
        responses=IdentityOut,
    )
    def post(self, request: Request, identity_id: UUID) -> HttpResponse:
        firm_principal(request)
        values = DECISION_IN.parse(read_json(request))
        identity = start_decision(
            identity_id=identity_id,
            decision=Decision(values["status"], values["reason"], values.get("note", "")),
            actor=actor_of_principal(request),
            at=clock.now(),
            version=optional_version(request),
        )
        return json_answer(IDENTITY_OUT.to_representation(identity), version=identity.version)


class FirmRiskRatingView(ApiView):
    scopes = {"POST": "firm:identities"}

    @extend_schema(
        operation_id="rate_identity_risk",
        tags=["Firm"],
        summary="Raise an identity's risk rating",
        description="A lower rating is a person's judgement, and refused with PERSON_NEEDED.",
        parameters=[OPTIONAL_VERSION],
        request=RiskRatingIn,
        responses=IdentityOut,
    )
    def post(self, request: Request, identity_id: UUID) -> HttpResponse:
        firm_principal(request)
        values = RISK_RATING_IN.parse(read_json(request))
        identity = rate_identity_risk(
            identity_id=identity_id,
            rating=values["rating"],
            reason=values["reason"],
            actor=actor_of_principal(request),
            at=clock.now(),
            version=optional_version(request),
        )
        return json_answer(IDENTITY_OUT.to_representation(identity), version=identity.version)


class FirmVerificationsView(ApiView):
    scopes = {"POST": "firm:identities"}

    @extend_schema(
        operation_id="record_firm_verification",
        tags=["Firm"],
        summary="Tell what a check of the house or of its vendor came to",
        description="The last CLEAR that an identity of LOW risk waited for approves it.",
        parameters=[KEY_PARAMETER],
        request=FirmVerificationIn,
        responses={201: VerificationOut},
    )
    def post(self, request: Request, identity_id: UUID) -> HttpResponse:
        firm_principal(request)
        body = read_json(request)
        values = FIRM_VERIFICATION_IN.parse(body)
        return answer_verification(request, get_identity(identity_id=identity_id), body, values)
