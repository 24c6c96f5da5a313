"""Who asks: bearer tokens (RFC 6750), looked up once in a short while."""

import time
from typing import Any, cast

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.contracts import Principal
from accounts.domain.scopes import SCOPES
from accounts.domain.secrets import secret_sha256
from accounts.queries import get_principal
from core import clock
from core.domain.refusals import Refusal

# A revoked credential is refused everywhere within 5 s; this is our part of it.
CACHE_SECONDS = 2.0
CACHE_MOST = 10_000
TOKEN_MOST_CHARACTERS = 512

_cache: dict[str, tuple[float, Principal]] = {}


def forget_tokens() -> None:
    """Look every token up again."""
    _cache.clear()


def authenticate_token(token: str) -> Principal:
    """Whose ``token`` this is. Refuses what is no living token (401 TOKEN_INVALID, TOKEN_EXPIRED)."""
    if not token or len(token) > TOKEN_MOST_CHARACTERS or not token.isascii():
        raise _invalid()
    key = secret_sha256(token)
    moment = time.monotonic()
    known = _cache.get(key)
    if known is not None and moment - known[0] < CACHE_SECONDS:
        principal = known[1]
    else:
        found = get_principal(token_sha256=key)
        if found is None:
            _cache.pop(key, None)
            raise _invalid()
        principal = found
        if len(_cache) >= CACHE_MOST:
            _cache.clear()
        _cache[key] = (moment, principal)
    if principal.expires_at <= clock.now():
        raise Refusal("TOKEN_EXPIRED", "The token has expired.", status=401)
    return principal


def principal_of(request: Request) -> Principal:
    """Who asks; only of a view that takes a scope, which has made sure of it."""
    return cast("Principal", request.user)


def _invalid() -> Refusal:
    return Refusal("TOKEN_INVALID", "The token is not valid.", status=401)


class BearerAuthentication(BaseAuthentication):
    """``Authorization: Bearer …``, and nowhere else: not in the query, not in the body."""

    def authenticate(self, request: Request) -> tuple[Principal, None]:
        """The principal. Refuses a request without a token (401 TOKEN_MISSING) and one with a bad token."""
        kind, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if kind.lower() != "bearer":
            raise Refusal("TOKEN_MISSING", "A bearer token is needed.", status=401)
        return authenticate_token(token.strip()), None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="countinghouse"'


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes it: OAuth2 client credentials, with the scope each operation takes."""

    target_class = "accounts.api.authentication.BearerAuthentication"
    name = "oauth2"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": "/v1/oauth/token", "scopes": dict(SCOPES)}},
        }

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        scope = auto_schema.view.scopes.get(auto_schema.method)
        return {self.name: [scope] if scope else []}
