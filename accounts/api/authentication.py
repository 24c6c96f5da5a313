"""Who asks: bearer tokens (RFC 6750), looked up once in a short while; from where, and with which signature."""

import time
from collections.abc import Sequence
from typing import Any, cast

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.api.signatures import require_signature
from accounts.contracts import Principal
from accounts.domain.scopes import SCOPES
from accounts.domain.secrets import secret_sha256
from accounts.operations.note_use import is_due, note_use
from accounts.queries.principals import get_principal
from core import clock
from core.api.client_address import Address, Network, client_address, is_within
from core.api.request_id import request_id_of
from core.api.strict_json import MAX_BODY_BYTES
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor

# A revoked credential is refused everywhere within 5 s; this is our part of it.
CACHE_SECONDS = 2.0
CACHE_MOST = 10_000
TOKEN_MOST_CHARACTERS = 512

_cache: dict[str, tuple[float, Principal]] = {}


def forget_tokens() -> None:
    """Look every token up again."""
    _cache.clear()


def forget_token(token_sha256: str) -> None:
    """Look this token up again."""
    _cache.pop(token_sha256, None)


def authenticate_token(token: str, *, address: Address | None = None) -> Principal:
    """Whose ``token`` this is, used from ``address``; a use is noted once a minute.

    Refuses what is no living token (401 TOKEN_INVALID, TOKEN_EXPIRED) and an address outside the credential's networks (403
    ADDRESS_NOT_ALLOWED).
    """
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
        at = clock.now()
        if is_due(principal.last_used_at, at=at) and may_come_from(principal.allowed_networks, address):
            note_use(credential_id=principal.credential_id, address=str(address) if address else None, at=at)
    if principal.expires_at <= clock.now():
        raise Refusal("TOKEN_EXPIRED", "The token has expired.", status=401)
    refuse_other_addresses(principal.allowed_networks, address)
    return principal


def may_come_from(networks: Sequence[Network], address: Address | None) -> bool:
    """Whether a credential of these networks (none: everywhere) may be used from ``address``."""
    return not networks or is_within(address, networks)


def refuse_other_addresses(networks: Sequence[Network], address: Address | None) -> None:
    """Refuse an address outside ``networks`` with ADDRESS_NOT_ALLOWED (403)."""
    if not may_come_from(networks, address):
        raise Refusal("ADDRESS_NOT_ALLOWED", "This credential is not used from this address.", status=403)


def actor_of_principal(request: Request) -> Actor:
    """The credential as the record names it: who, from where, by which request."""
    plain = request._request
    address = client_address(plain)
    return Actor(
        "CREDENTIAL",
        principal_of(request).credential_id,
        request_id=request_id_of(plain),
        source_ip=str(address) if address else None,
    )


def principal_of(request: Request) -> Principal:
    """Who asks; only of a view that takes a scope, which has made sure of it."""
    return cast("Principal", request.user)


def _invalid() -> Refusal:
    return Refusal("TOKEN_INVALID", "The token is not valid.", status=401)


class BearerAuthentication(BaseAuthentication):
    """``Authorization: Bearer …``, and nowhere else: not in the query, not in the body."""

    def authenticate(self, request: Request) -> tuple[Principal, None]:
        """The principal. Refuses a request without a token (401 TOKEN_MISSING), with a bad one, from an address that is not
        allowed, and without the signature that the credential demands.
        """
        kind, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if kind.lower() != "bearer":
            raise Refusal("TOKEN_MISSING", "A bearer token is needed.", status=401)
        principal = authenticate_token(token.strip(), address=client_address(request._request))
        view = request.parser_context.get("view") if request.parser_context else None
        require_signature(request._request, principal, max_body_bytes=getattr(view, "max_body_bytes", MAX_BODY_BYTES))
        return principal, None

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
