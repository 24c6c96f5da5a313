"""Tokens for programs: the OAuth2 client credentials grant (RFC 6749, section 4.4) and no other."""

import binascii
import re
from base64 import b64decode
from typing import Any
from urllib.parse import unquote_plus

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema, inline_serializer
from oauthlib.common import Request as OAuthRequest
from oauthlib.oauth2 import (
    ClientCredentialsGrant,
    InvalidClientError,
    InvalidRequestError,
    OAuth2Error,
    RequestValidator,
    TokenEndpoint,
)
from oauthlib.oauth2.rfc6749.tokens import BearerToken
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from accounts.domain.secrets import is_secret_of, secret_sha256
from accounts.models import ApiCredential
from accounts.operations.issue_token import TOKEN_LIFETIME_SECONDS, issue_token
from accounts.queries import find_credential
from core import clock
from core.api.strict_json import MAX_BODY_BYTES, body_too_large
from core.api.view import ApiView
from core.domain.refusals import Refusal

# Compared with when there is no such client, so that an unknown client takes as long as a wrong secret.
_NOBODYS_HASH = secret_sha256("nobody")
_CLIENT_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}\Z", re.ASCII)


class CredentialValidator(RequestValidator):
    """What the grant asks of our storage."""

    def authenticate_client(self, request: OAuthRequest, *args: Any, **kwargs: Any) -> bool:
        """Whether the request shows a usable credential, in the header or in the form, but not in both."""
        shown = _basic_credentials(request.headers.get("Authorization", ""))
        in_form = request.client_id is not None or request.client_secret is not None
        if shown is None:
            shown = (request.client_id or "", request.client_secret or "")
        elif in_form and (request.client_secret is not None or request.client_id != shown[0]):
            return False
        client_id, secret = shown
        credential = find_credential(client_id=client_id) if _CLIENT_ID.match(client_id) else None
        is_right = is_secret_of(secret, credential.secret_hash if credential else _NOBODYS_HASH)
        if credential is None or not is_right or not credential.is_usable(at=clock.now()):
            return False
        request.client = credential
        request.client_id = credential.client_id
        return True

    def client_authentication_required(self, request: OAuthRequest, *args: Any, **kwargs: Any) -> bool:
        return True

    def validate_grant_type(
        self,
        client_id: str,
        grant_type: str,
        client: ApiCredential,
        request: OAuthRequest,
        *args: Any,
        **kw: Any,
    ) -> bool:
        return grant_type == "client_credentials"

    def get_default_scopes(self, client_id: str, request: OAuthRequest, *args: Any, **kwargs: Any) -> list[str]:
        """Who names no scope is given all that the credential has."""
        return list(request.client.scopes)

    def validate_scopes(
        self,
        client_id: str,
        scopes: list[str],
        client: ApiCredential,
        request: OAuthRequest,
        *args: Any,
        **kw: Any,
    ) -> bool:
        return set(scopes) <= set(client.scopes)

    def save_bearer_token(self, token: dict[str, Any], request: OAuthRequest, *args: Any, **kwargs: Any) -> None:
        """Nothing is left to do: the token was stored where it was made."""


def _issue(request: OAuthRequest) -> str:
    try:
        issued = issue_token(credential_id=request.client.id, scopes=list(request.scopes), at=clock.now())
    except Refusal:
        # It was revoked between the look and the deed.
        raise InvalidClientError(request=request) from None
    return issued.access_token


def _refuse_doubled(request: OAuthRequest) -> None:
    if request.duplicate_params:
        raise InvalidRequestError(description="A parameter stands twice.", request=request)


def _basic_credentials(header: str) -> tuple[str, str] | None:
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        client_id, _, secret = b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(client_id), unquote_plus(secret)


_VALIDATOR = CredentialValidator()
_GRANT = ClientCredentialsGrant(_VALIDATOR, pre_token=[_refuse_doubled])
_ENDPOINT = TokenEndpoint(
    default_grant_type="client_credentials",
    grant_types={"client_credentials": _GRANT},
    default_token_type=BearerToken(_VALIDATOR, token_generator=_issue, expires_in=TOKEN_LIFETIME_SECONDS),
)


class _FormParser(BaseParser):
    """Only for the schema: oauthlib reads the form itself."""

    media_type = "application/x-www-form-urlencoded"


_TOKEN_IN = inline_serializer(
    "TokenIn",
    {
        "grant_type": serializers.ChoiceField(choices=["client_credentials"]),
        "client_id": serializers.CharField(required=False),
        "client_secret": serializers.CharField(required=False),
        "scope": serializers.CharField(required=False),
    },
)
_TOKEN_OUT = inline_serializer(
    "TokenOut",
    {
        "access_token": serializers.CharField(),
        "token_type": serializers.CharField(),
        "expires_in": serializers.IntegerField(),
        "scope": serializers.CharField(),
    },
)
_TOKEN_ERROR = inline_serializer(
    "TokenError",
    {"error": serializers.CharField(), "error_description": serializers.CharField(required=False)},
)


class TokenView(ApiView):
    """POST /v1/oauth/token. Errors have the form of RFC 6749, section 5.2, which client libraries expect."""

    scopes = {"POST": None}
    authentication_classes = []
    parser_classes = [_FormParser]

    @extend_schema(
        operation_id="create_token",
        tags=["Tokens"],
        summary="Get a bearer token for 3,600 seconds",
        request=_TOKEN_IN,
        responses={
            200: _TOKEN_OUT,
            400: OpenApiResponse(_TOKEN_ERROR, "invalid_request, unsupported_grant_type or invalid_scope"),
            401: OpenApiResponse(_TOKEN_ERROR, "invalid_client"),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        body, status = _token_answer(request)
        answer = HttpResponse(body, status=status, content_type="application/json")
        answer["Cache-Control"] = "no-store"
        answer["Pragma"] = "no-cache"
        if status == 401:
            answer["WWW-Authenticate"] = 'Basic realm="countinghouse"'
        return answer


def _token_answer(request: Request) -> tuple[str, int]:
    try:
        if request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != _FormParser.media_type:
            raise InvalidRequestError(description="Send application/x-www-form-urlencoded.")
        body = request._request.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise body_too_large()
        headers = {"Authorization": request.META.get("HTTP_AUTHORIZATION", "")}
        uri = request.build_absolute_uri()
        _, text, status = _ENDPOINT.create_token_response(uri, "POST", body.decode("ascii"), headers)
        return str(text), int(status)
    except UnicodeDecodeError:
        return _error_answer(InvalidRequestError(description="A form is percent-encoded."))
    except OAuth2Error as error:
        return _error_answer(error)


def _error_answer(error: OAuth2Error) -> tuple[str, int]:
    return str(error.json), int(error.status_code)
