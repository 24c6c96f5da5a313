"""POST /v1/oauth/revoke: a client gives a token back (RFC 7009)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema, inline_serializer
from oauthlib.common import Request as OAuthRequest
from oauthlib.oauth2 import RevocationEndpoint
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.authentication import forget_token
from accounts.api.oauth import TOKEN_ERROR, CredentialValidator, FormParser, oauth_answer
from accounts.domain.secrets import secret_sha256
from accounts.operations.revoke_token import revoke_token
from core.api.view import ApiView


class _Revoker(CredentialValidator):
    """Knows the client as for tokens, and takes back what is its own."""

    def revoke_token(self, token: str, token_type_hint: str, request: OAuthRequest, *args: Any, **kwargs: Any) -> None:
        sha256 = secret_sha256(token)
        revoke_token(token_sha256=sha256, credential_id=request.client.id)
        forget_token(sha256)


_REVOKE_IN = inline_serializer(
    "TokenRevocationIn",
    {
        "token": serializers.CharField(),
        "token_type_hint": serializers.CharField(required=False),
        "client_id": serializers.CharField(required=False),
        "client_secret": serializers.CharField(required=False),
    },
)


class TokenRevocationView(ApiView):
    """The answer is the same for a token that is unknown, of somebody else, or gone already."""

    scopes = {"POST": None}
    authentication_classes = []
    # Counted as tokens are: by the client once it is known.
    throttle_classes = []
    parser_classes = [FormParser]

    @extend_schema(
        operation_id="revoke_token",
        tags=["Tokens"],
        summary="Give a token back before its end",
        request=_REVOKE_IN,
        responses={
            200: OpenApiResponse(description="The token opens nothing any more"),
            400: OpenApiResponse(TOKEN_ERROR, "invalid_request or unsupported_token_type"),
            401: OpenApiResponse(TOKEN_ERROR, "invalid_client"),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        return oauth_answer(request, _endpoint(request._request).create_revocation_response)


def _endpoint(http: HttpRequest) -> RevocationEndpoint:
    return RevocationEndpoint(_Revoker(http), supported_token_types=["access_token"])
