"""POST and GET /v1/identities, GET and PATCH /v1/identities/{id}"""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from accounts.api.authentication import actor_of_principal, principal_of
from accounts.api.identity_fields import sound_details
from accounts.api.identity_shapes import (
    IDENTITY_DETAIL_OUT,
    IDENTITY_IN,
    IDENTITY_OUT,
    IDENTITY_PATCH_IN,
    IdentityDetailOut,
    IdentityIn,
    IdentityOut,
    IdentityPatchIn,
)
from accounts.api.personal import PERSONAL_DETAILS
from accounts.contracts import IdentityTerms
from accounts.models import Identity
from accounts.operations.amend_identity import amend_identity
from accounts.operations.create_identity import create_identity
from accounts.queries.details import mask_details
from accounts.queries.identities import access_identity, list_checks, list_identities
from core import clock
from core.api.conditional import HEADER as IF_MATCH
from core.api.conditional import required_version
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
from core.api.shapes import page_shape
from core.api.view import ApiView, json_answer, read_json

ROUTE = "POST /v1/identities"
KEY_PARAMETER = OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, required=True)
VERSION_PARAMETER = OpenApiParameter(IF_MATCH, str, OpenApiParameter.HEADER, required=True)
FILTERS = {
    "id": id_filter("id"),
    "reference": ref_filter("reference"),
    "kind": word_filter("kind", Identity.Kind.values),
    "status": word_filter("status", Identity.Status.values),
    "risk_rating": word_filter("risk_rating", Identity.RiskRating.values),
    "refresh_status": word_filter("refresh_status", Identity.RefreshStatus.values),
    **instant_filters("created_at", "created_at"),
    **instant_filters("updated_at", "updated_at"),
}


class IdentitiesView(ApiView):
    """The people and institutions behind the entity's profiles."""

    scopes = {"POST": "identities:write", "GET": "identities:read"}

    @extend_schema(
        operation_id="create_identity",
        tags=["Identities"],
        summary="Name somebody behind the entity's profiles; compliance decides",
        description="Details go to the vault and are never shown again but masked.",
        parameters=[KEY_PARAMETER],
        request=IdentityIn,
        responses={201: IdentityOut},
    )
    def post(self, request: Request) -> HttpResponse:
        at, principal = clock.now(), principal_of(request)
        body = read_json(request)
        values = IDENTITY_IN.parse(body)
        terms = IdentityTerms(**(values | {"details": sound_details(values["details"])}))

        def work() -> Done:
            identity_id = create_identity(
                entity_id=principal.entity_id, terms=terms, actor=actor_of_principal(request), at=at
            )
            identity = access_identity(identity_id=identity_id, entity_id=principal.entity_id)
            return Done(201, IDENTITY_OUT.to_representation(identity), "accounts.identity", identity_id)

        return answer_once(
            request,
            principal_id=principal.credential_id,
            route=ROUTE,
            body=body,
            work=work,
            personal=PERSONAL_DETAILS,
        )

    @extend_schema(
        operation_id="list_identities",
        tags=["Identities"],
        summary="The entity's identities",
        parameters=list_parameters(FILTERS),
        responses=page_shape(IdentityOut),
    )
    def get(self, request: Request) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        query = read_list_query(request, FILTERS, asker=str(entity_id))
        rows = keyset_page(query, list_identities(entity_id=entity_id), at=clock.now())
        return page_answer(query, rows, IDENTITY_OUT)


class IdentityView(ApiView):
    scopes = {"GET": "identities:read", "PATCH": "identities:write"}

    @extend_schema(
        operation_id="get_identity",
        tags=["Identities"],
        summary="One of the entity's identities, with its checks and its details masked",
        responses=IdentityDetailOut,
    )
    def get(self, request: Request, identity_id: UUID) -> HttpResponse:
        return whole_answer(access_identity(identity_id=identity_id, entity_id=principal_of(request).entity_id))

    @extend_schema(
        operation_id="amend_identity",
        tags=["Identities"],
        summary="Correct details; the checks that looked at them begin again",
        description="An empty text takes a detail away.",
        parameters=[VERSION_PARAMETER],
        request=IdentityPatchIn,
        responses=IdentityDetailOut,
    )
    def patch(self, request: Request, identity_id: UUID) -> HttpResponse:
        version = required_version(request)
        details = sound_details(IDENTITY_PATCH_IN.parse(read_json(request))["details"])
        access_identity(identity_id=identity_id, entity_id=principal_of(request).entity_id)
        identity = amend_identity(
            identity_id=identity_id,
            details=details,
            actor=actor_of_principal(request),
            at=clock.now(),
            version=version,
        )
        return whole_answer(identity)


def whole_answer(identity: Identity) -> HttpResponse:
    """One identity whole: itself, its checks, its details masked."""
    return json_answer(IDENTITY_DETAIL_OUT.to_representation(_whole(identity)), version=identity.version)


def _whole(identity: Identity) -> Any:
    own: dict[str, Any] = {str(name): getattr(identity, str(name)) for name in IDENTITY_OUT.fields}
    details = mask_details([identity.subject_id])[identity.subject_id]
    return SimpleNamespace(**own, details=details, checks=list_checks(identity))
