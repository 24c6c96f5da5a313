"""POST and GET /v1/credentials, GET, PATCH and DELETE /v1/credentials/{id}, POST /v1/credentials/{id}/secrets"""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from accounts.api.approvals import ApprovalOut, approval_value, pending_answer
from accounts.api.authentication import actor_of_principal, principal_of
from accounts.api.credential_shapes import (
    CREDENTIAL_CHANGE_IN,
    CREDENTIAL_IN,
    CREDENTIAL_OUT,
    SECRET_IN,
    SECRET_OUT,
    CredentialChangeIn,
    CredentialIn,
    CredentialOut,
    SecretIn,
    SecretOut,
)
from accounts.domain.credential_terms import CredentialTerms
from accounts.models import ApiCredential
from accounts.operations.carry_out import Outcome
from accounts.operations.change_credential import change_credential
from accounts.operations.create_credential import CREDENTIAL, create_credential
from accounts.operations.issue_secret import issue_secret
from accounts.operations.revoke_credential import revoke_credential
from accounts.queries.credentials import access_credential, list_entity_credentials
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

FILTERS = {
    "id": id_filter("id"),
    "client_id": ref_filter("client_id"),
    "status": word_filter("status", ApiCredential.Status.values),
    **instant_filters("created_at", "created_at"),
    **instant_filters("updated_at", "updated_at"),
}
_KEY_HEADER = OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, required=True)
_IF_MATCH = OpenApiParameter(IF_MATCH, str, OpenApiParameter.HEADER, required=True)


class CredentialsView(ApiView):
    scopes = {"GET": "credentials:read", "POST": "credentials:write"}

    @extend_schema(
        operation_id="list_credentials",
        tags=["Credentials"],
        summary="The entity's credentials",
        parameters=list_parameters(FILTERS),
        responses=page_shape(CredentialOut),
    )
    def get(self, request: Request) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        query = read_list_query(request, FILTERS, asker=str(entity_id))
        rows = keyset_page(query, list_entity_credentials(entity_id=entity_id), at=clock.now())
        return page_answer(query, rows, CREDENTIAL_OUT)

    @extend_schema(
        operation_id="create_credential",
        tags=["Credentials"],
        summary="Ask for a credential",
        description="It exists once people of the house have approved it, and is shown its first secret then.",
        parameters=[_KEY_HEADER],
        request=CredentialIn,
        responses={202: ApprovalOut, 201: CredentialOut},
    )
    def post(self, request: Request) -> HttpResponse:
        at, body, principal = clock.now(), read_json(request), principal_of(request)
        terms = CredentialTerms(**CREDENTIAL_IN.parse(body))

        def work() -> Done:
            outcome = create_credential(
                entity_id=principal.entity_id, terms=terms, actor=actor_of_principal(request), at=at
            )
            return _done(outcome, 201)

        return _once(request, "/v1/credentials", body, work)


class CredentialView(ApiView):
    scopes = {"GET": "credentials:read", "PATCH": "credentials:write", "DELETE": "credentials:write"}

    @extend_schema(
        operation_id="get_credential", tags=["Credentials"], summary="One credential", responses=CredentialOut
    )
    def get(self, request: Request, credential_id: UUID) -> HttpResponse:
        return _answer(access_credential(credential_id=credential_id, entity_id=principal_of(request).entity_id))

    @extend_schema(
        operation_id="change_credential",
        tags=["Credentials"],
        summary="Change what a credential may do",
        description=(
            "What narrows it holds at once; what widens it (a scope, a network, a later end, another signing key or none)"
            " waits for approval, with all that was sent beside it. A first signing key holds at once where the credential"
            " sets its own."
        ),
        parameters=[_IF_MATCH],
        request=CredentialChangeIn,
        responses={200: CredentialOut, 202: ApprovalOut},
    )
    def patch(self, request: Request, credential_id: UUID) -> HttpResponse:
        entity_id = principal_of(request).entity_id
        access_credential(credential_id=credential_id, entity_id=entity_id)
        with transaction.atomic(durable=True):
            outcome = change_credential(
                credential_id=credential_id,
                version=required_version(request),
                changes=CREDENTIAL_CHANGE_IN.parse(read_json(request)),
                actor=actor_of_principal(request),
                at=clock.now(),
            )
        if outcome.is_pending:
            return pending_answer(outcome)
        return _answer(access_credential(credential_id=credential_id, entity_id=entity_id))

    @extend_schema(
        operation_id="revoke_credential",
        tags=["Credentials"],
        summary="Revoke a credential for ever",
        description="Its secrets and tokens open nothing after 5 seconds. Revoking again is the same.",
        responses={204: None},
    )
    def delete(self, request: Request, credential_id: UUID) -> HttpResponse:
        access_credential(credential_id=credential_id, entity_id=principal_of(request).entity_id)
        revoke_credential(credential_id=credential_id, actor=actor_of_principal(request), at=clock.now())
        return HttpResponse(status=204, headers={"Cache-Control": "no-store"})


class CredentialSecretsView(ApiView):
    """The one place where a client is shown a secret, and only in the first answer to its key."""

    scopes = {"POST": "credentials:write"}

    @extend_schema(
        operation_id="issue_secret",
        tags=["Credentials"],
        summary="Be shown a new secret, once",
        description=(
            "The first secret, or a further one while the one in use stays alive for `overlap_seconds` (86,400 unless less is"
            " asked for). While two are alive a third is refused, unless it `replaces_oldest`. The secret is not stored: the"
            " same request again answers `client_secret` null. Of another credential than the asking one, only where the"
            " token has all of its scopes."
        ),
        parameters=[_KEY_HEADER],
        request=SecretIn,
        responses={201: SecretOut},
    )
    def post(self, request: Request, credential_id: UUID) -> HttpResponse:
        at, body = clock.now(), read_json(request)
        wish = SECRET_IN.parse(body)
        access_credential(credential_id=credential_id, entity_id=principal_of(request).entity_id)

        def work() -> Done:
            secret = issue_secret(
                credential_id=credential_id,
                asker_scopes=principal_of(request).scopes,
                actor=actor_of_principal(request),
                at=at,
                **wish,
            )
            shown = SECRET_OUT.to_representation(secret)
            return Done(201, shown | {"client_secret": None}, CREDENTIAL, credential_id, shown=shown)

        return _once(request, f"/v1/credentials/{credential_id}/secrets", body, work)


def _once(request: Request, route: str, body: Any, work: Callable[[], Done]) -> HttpResponse:
    answer = answer_once(request, principal_id=principal_of(request).credential_id, route=route, body=body, work=work)
    if answer.status_code == 202:
        answer["Location"] = f"/v1/approvals/{json.loads(answer.content)['id']}"
    return answer


def _done(outcome: Outcome, status: int) -> Done:
    if outcome.approval_id is not None:
        return Done(202, approval_value(outcome.approval_id), "accounts.approval", outcome.approval_id)
    assert outcome.result is not None
    credential_id = UUID(outcome.result["credential_id"])
    return Done(status, _shape(ApiCredential.objects.get(pk=credential_id)), CREDENTIAL, credential_id)


def _answer(credential: ApiCredential) -> HttpResponse:
    return json_answer(_shape(credential), version=credential.version)


def _shape(credential: ApiCredential) -> dict[str, Any]:
    return CREDENTIAL_OUT.to_representation(credential)
