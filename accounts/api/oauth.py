"""Tokens for programs: the OAuth2 client credentials grant (RFC 6749, section 4.4) and no other."""

import binascii
import re
from base64 import b64decode
from collections.abc import Callable
from ipaddress import ip_network
from secrets import token_urlsafe
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
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

from accounts.api.authentication import refuse_other_addresses
from accounts.api.limiting import admit, admit_address
from accounts.domain.rate_limits import own_limits
from accounts.domain.secrets import is_secret_of, secret_sha256
from accounts.models import ApiCredential
from accounts.operations.issue_token import TOKEN_LIFETIME_SECONDS, issue_token
from accounts.queries.principals import find_credential
from core import clock
from core.api.client_address import client_address
from core.api.strict_json import MAX_BODY_BYTES, body_too_large
from core.api.view import ApiView
from core.domain.refusals import Refusal

# Compared with where there is no secret, so that an unknown client takes as long as a wrong secret. Nobody knows its secret.
_NOBODYS_HASH = secret_sha256(token_urlsafe(32))
_CLIENT_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}\Z", re.ASCII)


class CredentialValidator(RequestValidator):
    """What the endpoints of one request ask of our storage."""

    def __init__(self, http: HttpRequest) -> None:
        super().__init__()
        self.http = http

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
        if credential is None or not _opens(credential, secret):
            # By address, so that nobody can use up the tokens of a client whose id he knows.
            admit_address(self.http, bucket="tokens")
            return False
        limits = own_limits(credential.rate_limits, settings.RATE_LIMITS)
        admit(self.http, bucket="tokens", owner=str(credential.id), pace=limits["tokens"])
        refuse_other_addresses(list(map(ip_network, credential.allowed_cidrs)), client_address(self.http))
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


def _opens(credential: ApiCredential, secret: str) -> bool:
    """Whether ``secret`` is one of the credential's live ones and the credential may be used."""
    at = clock.now()
    # Both are compared, whatever the first comes to.
    is_present = is_secret_of(secret, credential.secret_hash or _NOBODYS_HASH) and credential.secret_hash is not None
    is_previous = is_secret_of(secret, credential.previous_secret_hash or _NOBODYS_HASH) and (
        credential.has_previous_secret(at=at)
    )
    return (is_present or is_previous) and credential.is_usable(at=at)


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


def _token_endpoint(http: HttpRequest) -> TokenEndpoint:
    validator = CredentialValidator(http)
    return TokenEndpoint(
        default_grant_type="client_credentials",
        grant_types={"client_credentials": ClientCredentialsGrant(validator, pre_token=[_refuse_doubled])},
        default_token_type=BearerToken(validator, token_generator=_issue, expires_in=TOKEN_LIFETIME_SECONDS),
    )


class FormParser(BaseParser):
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
TOKEN_ERROR = inline_serializer(
    "TokenError",
    {"error": serializers.CharField(), "error_description": serializers.CharField(required=False)},
)


class TokenView(ApiView):
    """POST /v1/oauth/token. Errors have the form of RFC 6749, section 5.2, which client libraries expect."""

    scopes = {"POST": None}
    authentication_classes = []
    # Its bucket is the client's, who is known once the secret has been looked at.
    throttle_classes = []
    parser_classes = [FormParser]

    @extend_schema(
        operation_id="create_token",
        tags=["Tokens"],
        summary="Get a bearer token for 3,600 seconds",
        request=_TOKEN_IN,
        responses={
            200: _TOKEN_OUT,
            400: OpenApiResponse(TOKEN_ERROR, "invalid_request, unsupported_grant_type or invalid_scope"),
            401: OpenApiResponse(TOKEN_ERROR, "invalid_client"),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        return oauth_answer(request, _token_endpoint(request._request).create_token_response)


def oauth_answer(request: Request, respond: Callable[..., Any]) -> HttpResponse:
    """What an endpoint of oauthlib answers to the form of ``request``, with the headers that RFC 6749 asks for."""
    body, status = _oauth_answer(request, respond)
    answer = HttpResponse(body, status=status, content_type="application/json")
    answer["Cache-Control"] = "no-store"
    answer["Pragma"] = "no-cache"
    if status == 401:
        answer["WWW-Authenticate"] = 'Basic realm="countinghouse"'
    return answer


def _oauth_answer(request: Request, respond: Callable[..., Any]) -> tuple[str, int]:
    try:
        if request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != FormParser.media_type:
            raise InvalidRequestError(description="Send application/x-www-form-urlencoded.")
        body = request._request.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise body_too_large()
        headers = {"Authorization": request.META.get("HTTP_AUTHORIZATION", "")}
        _, text, status = respond(request.build_absolute_uri(), "POST", body.decode("ascii"), headers)
        return str(text), int(status)
    except UnicodeDecodeError:
        return _error_answer(InvalidRequestError(description="A form is percent-encoded."))
    except OAuth2Error as error:
        return _error_answer(error)


def _error_answer(error: OAuth2Error) -> tuple[str, int]:
    return str(error.json), int(error.status_code)
