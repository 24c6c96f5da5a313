"""GET /v1/entities/own and POST /v1/firm/entities"""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.authentication import actor_of_principal, principal_of
from accounts.api.firm import firm_principal
from accounts.api.identities import KEY_PARAMETER
from accounts.api.identity_fields import CountryField, DetailsField, sound_details
from accounts.api.personal import PERSONAL_DETAILS
from accounts.contracts import EntityTerms, IdentityTerms
from accounts.models import Entity, Identity
from accounts.operations.open_client import OpenedClient, Opening, open_client
from accounts.queries.profiles import get_own_entity
from core import clock
from core.api.fields import IdField, InstantField, RefField, TextField, WordField
from core.api.idempotency import Done, answer_once
from core.api.shapes import ShapeIn, ShapeOut
from core.api.strict_json import request_invalid
from core.api.view import ApiView, json_answer, read_json
from core.domain.refusals import FieldError

OPEN_ROUTE = "POST /v1/firm/entities"
# A low risk is a person's judgement.
PROGRAM_RATINGS = [Identity.RiskRating.MEDIUM, Identity.RiskRating.HIGH]


class EntityOut(ShapeOut):
    id = IdField()
    organisation_id = IdField()
    kind = WordField(Entity.Kind.values)
    reference = RefField()
    # An institution's name; a person's stands in the vault.
    legal_name = TextField()
    country = CountryField()
    lei = TextField()
    own_identity_id = IdField()
    status = WordField(Entity.Status.values)
    version = serializers.IntegerField()
    created_at = InstantField()
    updated_at = InstantField()


@extend_schema_field({"type": "string", "pattern": "^[A-Z0-9]{18}[0-9]{2}$"})
class LeiField(TextField):
    """A legal entity identifier: 20 characters with the check digits of ISO 17442."""

    default_error_messages = {"FIELD_INVALID": "A legal entity identifier has 20 characters and right check digits."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or len(data) != 20 or not data.isascii() or not data.isalnum() or data.islower():
            self.fail("FIELD_INVALID")
        # ISO 7064, MOD 97-10: letters count from 10 to 35.
        if data != data.upper() or int("".join(str(int(sign, 36)) for sign in data)) % 97 != 1:
            self.fail("FIELD_INVALID")
        return data


class OpeningIn(ShapeIn):
    organisation_id = IdField(required=False)
    organisation_name = TextField(most=200, required=False)
    reference = RefField()
    kind = WordField(Entity.Kind.values)
    country = CountryField()
    legal_name = TextField(most=200, required=False)
    lei = LeiField(required=False)
    details = DetailsField()
    risk_rating = WordField(PROGRAM_RATINGS, required=False)
    profile_name = TextField(most=100, required=False)
    profile_reference = RefField(required=False)


class OpenedOut(ShapeOut):
    organisation_id = IdField()
    entity_id = IdField()
    profile_id = IdField()
    identity_id = IdField()


ENTITY_OUT = EntityOut()
OPENING_IN = OpeningIn()
OPENED_OUT = OpenedOut()


class OwnEntityView(ApiView):
    scopes = {"GET": "identities:read"}

    @extend_schema(
        operation_id="get_own_entity", tags=["Entities"], summary="The entity that asks", responses=EntityOut
    )
    def get(self, request: Request) -> HttpResponse:
        entity = get_own_entity(entity_id=principal_of(request).entity_id)
        return json_answer(ENTITY_OUT.to_representation(entity), version=entity.version)


class FirmEntitiesView(ApiView):
    """Accounts are opened by the firm's own program; who they are for is decided by compliance."""

    scopes = {"POST": "firm:identities"}

    @extend_schema(
        operation_id="open_client",
        tags=["Firm"],
        summary="Open an account: entity, first profile and PENDING identity at once",
        description=(
            "Either `organisation_id` or `organisation_name` says to whom the entity belongs. An institution has a"
            " `legal_name`; a person's name is a detail."
        ),
        parameters=[KEY_PARAMETER],
        request=OpeningIn,
        responses={201: OpenedOut},
    )
    def post(self, request: Request) -> HttpResponse:
        at, principal = clock.now(), firm_principal(request)
        body = read_json(request)
        opening = _opening(OPENING_IN.parse(body))

        def work() -> Done:
            opened: OpenedClient = open_client(opening=opening, actor=actor_of_principal(request), at=at)
            return Done(201, OPENED_OUT.to_representation(opened), "accounts.entity", opened.entity_id)

        return answer_once(
            request,
            principal_id=principal.credential_id,
            route=OPEN_ROUTE,
            body=body,
            work=work,
            personal=PERSONAL_DETAILS,
        )


def _opening(values: dict[str, Any]) -> Opening:
    if ("organisation_id" in values) == ("organisation_name" in values):
        raise request_invalid(
            FieldError("/organisation_id", "FIELD_INVALID", "Name an organisation, or one to take on: one of the two.")
        )
    terms = IdentityTerms(
        reference=values["reference"],
        kind=values["kind"],
        country=values["country"],
        details=sound_details(values["details"]),
        risk_rating=values.get("risk_rating", Identity.RiskRating.MEDIUM),
    )
    entity = EntityTerms(
        legal_name=values.get("legal_name", ""),
        kind=values["kind"],
        reference=values["reference"],
        country=values["country"],
        lei=values.get("lei"),
    )
    return Opening(
        organisation_id=values.get("organisation_id"),
        organisation_name=values.get("organisation_name", ""),
        entity=entity,
        identity=terms,
        profile_name=values.get("profile_name", "Main"),
        profile_reference=values.get("profile_reference", "main"),
    )
