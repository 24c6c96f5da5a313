"""POST and GET /v1/destinations, DELETE /v1/destinations/{id}"""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.authentication import actor_of_principal, principal_of
from accounts.api.identity_fields import CountryField, sound_details
from accounts.gateways.detail_seal import personal_hash
from core import clock
from core.api.fields import IdField, InstantField, RefField, TextField, WordField, is_plain_text
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
from core.api.personal_body import Personal
from core.api.shapes import ShapeIn, ShapeOut, page_shape
from core.api.strict_json import pointer_to, request_invalid
from core.api.view import ApiView, read_json
from core.domain.refusals import FieldError
from settlement.models import Destination
from settlement.operations.add_destination import OBJECT_TYPE, DestinationTerms, add_destination
from settlement.operations.remove_destination import remove_destination
from settlement.queries.destinations import access_destination, list_destinations

ROUTE = "POST /v1/destinations"
KEY_PARAMETER = OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, required=True)
# Who a natural person is goes to the vault; of it the stored request keeps keyed hashes.
PERSONAL = Personal(("/beneficiary/details/*",), personal_hash)
KINDS = Destination.BeneficiaryKind.values
BENEFICIARY_FIELDS = ("kind", "country", "name", "details")
FILTERS = {
    "id": id_filter("id"),
    "asset": ref_filter("rail__asset__code"),
    "network": ref_filter("rail__network"),
    "status": word_filter("status", Destination.Status.values),
    **instant_filters("created_at", "created_at"),
    **instant_filters("updated_at", "updated_at"),
}


@extend_schema_field(
    {
        "type": "object",
        "required": ["kind", "country"],
        "additionalProperties": False,
        "properties": {
            "kind": {"type": "string", "enum": KINDS},
            "country": {"type": "string", "pattern": "^[A-Z]{2}$"},
            "name": {"type": "string", "maxLength": 200},
            "details": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "full_name": {"type": "string"},
                    "address": {"type": "string"},
                    "national_id": {"type": "string"},
                },
            },
        },
    }
)
class BeneficiaryField(serializers.Field[dict[str, Any], Any, dict[str, Any], Any]):
    """Whom it is for: an INSTITUTION by ``name``, a PERSON by ``details`` with full_name; the country is where they live."""

    default_error_messages = {"FIELD_INVALID": "A beneficiary is a kind, a country, and a name or a person's details."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("FIELD_INVALID")
        strangers = [key for key in data if key not in BENEFICIARY_FIELDS]
        if strangers:
            raise request_invalid(
                *(
                    FieldError(pointer_to("/beneficiary", key), "UNKNOWN_FIELD", "There is no such field.")
                    for key in strangers[:100]
                )
            )
        if not {"kind", "country"} <= set(data):
            self.fail("FIELD_INVALID")
        country, kind = CountryField().to_internal_value(data["country"]), data["kind"]
        name, details = data.get("name", ""), data.get("details", {})
        is_person = kind == Destination.BeneficiaryKind.PERSON
        is_text = isinstance(name, str) and len(name) <= 200 and is_plain_text(name)
        is_object = isinstance(details, dict) and all(isinstance(text, str) for text in details.values())
        if kind not in KINDS or not is_text or not is_object or bool(name) == is_person or bool(details) != is_person:
            self.fail("FIELD_INVALID")
        return {"kind": kind, "country": country, "name": name, "details": details}

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return value


class DestinationIn(ShapeIn):
    label = TextField(most=100)  # type: ignore[assignment]
    asset = RefField()
    network = RefField()
    address = TextField(most=128)
    memo = TextField(most=64, required=False)
    beneficiary = BeneficiaryField()
    wallet = WordField(Destination.Wallet.values, required=False)
    vasp_name = TextField(most=200, required=False)
    vasp_lei = TextField(most=20, required=False)


class DestinationOut(ShapeOut):
    """Where value may go. Of a person who is the beneficiary nothing is shown but the country."""

    id = IdField()
    label = TextField()  # type: ignore[assignment]
    asset = RefField(source="rail.asset.code")
    network = RefField(source="rail.network")
    address = TextField()
    memo = TextField()
    beneficiary_kind = WordField(KINDS)
    beneficiary_name = TextField()
    beneficiary_country = TextField()
    wallet = TextField()
    vasp_name = TextField()
    vasp_lei = TextField()
    status = WordField(Destination.Status.values)
    usable_from = InstantField()
    removed_at = InstantField(allow_null=True)
    version = serializers.IntegerField()
    created_at = InstantField()
    updated_at = InstantField()


DESTINATION_IN, DESTINATION_OUT = DestinationIn(), DestinationOut()


class DestinationsView(ApiView):
    scopes = {"POST": "funding:write", "GET": "funding:read"}

    @extend_schema(
        operation_id="add_destination",
        tags=["Funding"],
        summary="Keep an address or a bank account in the book",
        description="It may be used once its cooling-off is over. Its terms never change: remove it and add another.",
        parameters=[KEY_PARAMETER],
        request=DestinationIn,
        responses={201: DestinationOut},
    )
    def post(self, request: Request) -> HttpResponse:
        at, principal, body = clock.now(), principal_of(request), read_json(request)
        terms = _terms(DESTINATION_IN.parse(body))

        def work() -> Done:
            destination_id = add_destination(
                entity_id=principal.entity_id, terms=terms, actor=actor_of_principal(request), at=at
            )
            destination = access_destination(destination_id=destination_id, entity_id=principal.entity_id)
            return Done(201, DESTINATION_OUT.to_representation(destination), OBJECT_TYPE, destination_id)

        return answer_once(
            request, principal_id=principal.credential_id, route=ROUTE, body=body, work=work, personal=PERSONAL
        )

    @extend_schema(
        operation_id="list_destinations",
        tags=["Funding"],
        summary="The entity's book of addresses and bank accounts",
        parameters=list_parameters(FILTERS),
        responses=page_shape(DestinationOut),
    )
    def get(self, request: Request) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        query = read_list_query(request, FILTERS, asker=str(entity_id))
        rows = keyset_page(query, list_destinations(entity_id=entity_id), at=clock.now())
        return page_answer(query, rows, DESTINATION_OUT)


class DestinationView(ApiView):
    scopes = {"DELETE": "funding:write"}

    @extend_schema(
        operation_id="remove_destination",
        tags=["Funding"],
        summary="Take it out of the book: nothing new goes there",
        responses={204: None},
    )
    def delete(self, request: Request, destination_id: UUID) -> HttpResponse:
        remove_destination(
            destination_id=destination_id,
            entity_id=principal_of(request).entity_id,
            actor=actor_of_principal(request),
            at=clock.now(),
        )
        return HttpResponse(status=204, headers={"Cache-Control": "no-store"})


def _terms(values: dict[str, Any]) -> DestinationTerms:
    beneficiary = values["beneficiary"]
    return DestinationTerms(
        asset=values["asset"],
        network=values["network"],
        label=values["label"],
        address=values["address"],
        memo=values.get("memo", ""),
        beneficiary_kind=beneficiary["kind"],
        beneficiary_country=beneficiary["country"],
        beneficiary_name=beneficiary["name"],
        wallet=values.get("wallet", ""),
        vasp_name=values.get("vasp_name", ""),
        vasp_lei=values.get("vasp_lei", ""),
        details=sound_details(beneficiary["details"], pointer="/beneficiary/details"),
    )
