"""POST and GET /v1/identities/{id}/verifications and /v1/identities/{id}/documents"""

import hashlib
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.authentication import actor_of_principal, principal_of
from accounts.api.identities import KEY_PARAMETER
from accounts.api.identity_shapes import (
    CHECKS,
    DOCUMENT_IN,
    DOCUMENT_OUT,
    VERDICTS,
    VERIFICATION_IN,
    VERIFICATION_OUT,
    DocumentOut,
    VerificationIn,
    VerificationOut,
)
from accounts.contracts import CheckResult
from accounts.models import Identity, IdentityDocument, IdentityVerification
from accounts.models.identity_document import MOST_BYTES
from accounts.operations.record_verification import record_verification
from accounts.operations.store_document import ShownDocument, store_document
from accounts.queries.identities import access_identity, list_documents, list_verifications
from core import clock
from core.api.idempotency import Done, answer_once
from core.api.multipart import FRAME_BYTES, FormParser, read_form
from core.api.pagination import (
    id_filter,
    instant_filters,
    keyset_page,
    list_parameters,
    page_answer,
    read_list_query,
    word_filter,
)
from core.api.shapes import page_shape
from core.api.view import ApiView, read_json

VERIFICATION_FILTERS = {
    "id": id_filter("id"),
    "check": word_filter("check_kind", CHECKS),
    "verdict": word_filter("verdict", VERDICTS),
    **instant_filters("created_at", "created_at"),
}
DOCUMENT_FILTERS = {
    "id": id_filter("id"),
    "kind": word_filter("kind", IdentityDocument.Kind.values),
    "verdict": word_filter("verdict", IdentityDocument.Verdict.values),
    **instant_filters("created_at", "created_at"),
}
FORM = {
    "multipart/form-data": {
        "type": "object",
        "required": ["file", "kind"],
        "properties": {
            "file": {"type": "string", "format": "binary", "description": "PDF, JPEG or PNG of at most 10 MiB"},
            "kind": {"type": "string", "enum": IdentityDocument.Kind.values},
            "expires_date": {"type": "string", "format": "date"},
        },
    }
}


class IdentityVerificationsView(ApiView):
    """What checks came to. What a client's program tells is passed through: a person of the house relies on it or not."""

    scopes = {"POST": "identities:write", "GET": "identities:read"}

    @extend_schema(
        operation_id="record_verification",
        tags=["Identities"],
        summary="Tell what a check came to; the newest of each check counts",
        parameters=[KEY_PARAMETER],
        request=VerificationIn,
        responses={201: VerificationOut},
    )
    def post(self, request: Request, identity_id: UUID) -> HttpResponse:
        values = {"method": IdentityVerification.Method.PASSTHROUGH}
        identity = _own(request, identity_id)
        body = read_json(request)
        return answer_verification(request, identity, body, values | VERIFICATION_IN.parse(body))

    @extend_schema(
        operation_id="list_verifications",
        tags=["Identities"],
        summary="Everything that checks of an identity have come to",
        parameters=list_parameters(VERIFICATION_FILTERS),
        responses=page_shape(VerificationOut),
    )
    def get(self, request: Request, identity_id: UUID) -> HttpResponse:
        identity = _own(request, identity_id)
        query = read_list_query(request, VERIFICATION_FILTERS, asker=str(identity.id))
        rows = keyset_page(query, list_verifications(identity), at=clock.now())
        return page_answer(query, rows, VERIFICATION_OUT)


class IdentityDocumentsView(ApiView):
    """Documents of an identity. They are kept encrypted and are not given out again here."""

    scopes = {"POST": "identities:write", "GET": "identities:read"}
    parser_classes = [FormParser]
    max_body_bytes = MOST_BYTES + FRAME_BYTES

    @extend_schema(
        operation_id="store_document",
        tags=["Identities"],
        summary="Show a document; compliance decides",
        parameters=[KEY_PARAMETER],
        request=FORM,
        responses={201: DocumentOut},
    )
    def post(self, request: Request, identity_id: UUID) -> HttpResponse:
        at = clock.now()
        identity = _own(request, identity_id)
        fields, content = read_form(request, file_field="file", most_bytes=MOST_BYTES)
        values = DOCUMENT_IN.parse(fields)
        shown = ShownDocument(values["kind"], content, values.get("expires_date"))

        def work() -> Done:
            document_id = store_document(
                identity_id=identity.id, document=shown, actor=actor_of_principal(request), at=at
            )
            row = list_documents(identity).get(id=document_id)
            return Done(201, DOCUMENT_OUT.to_representation(row), "accounts.identity_document", document_id)

        return answer_once(
            request,
            principal_id=principal_of(request).credential_id,
            route=f"POST /v1/identities/{identity.id}/documents",
            body=fields | {"file": hashlib.sha256(content).hexdigest()},
            work=work,
        )

    @extend_schema(
        operation_id="list_documents",
        tags=["Identities"],
        summary="The documents that an identity has shown",
        parameters=list_parameters(DOCUMENT_FILTERS),
        responses=page_shape(DocumentOut),
    )
    def get(self, request: Request, identity_id: UUID) -> HttpResponse:
        identity = _own(request, identity_id)
        query = read_list_query(request, DOCUMENT_FILTERS, asker=str(identity.id))
        rows = keyset_page(query, list_documents(identity), at=clock.now())
        return page_answer(query, rows, DOCUMENT_OUT)


def _own(request: Request, identity_id: UUID) -> Identity:
    return access_identity(identity_id=identity_id, entity_id=principal_of(request).entity_id)


def answer_verification(request: Request, identity: Identity, body: Any, values: dict[str, Any]) -> HttpResponse:
    """Record a result once and answer with it."""
    at = clock.now()
    result = CheckResult(**values)

    def work() -> Done:
        verification_id = record_verification(
            identity_id=identity.id, result=result, actor=actor_of_principal(request), at=at
        )
        row = list_verifications(identity).get(id=verification_id)
        return Done(201, VERIFICATION_OUT.to_representation(row), "accounts.identity_verification", verification_id)

    return answer_once(
        request,
        principal_id=principal_of(request).credential_id,
        route=f"POST {request.path}",
        body=body,
        work=work,
    )
