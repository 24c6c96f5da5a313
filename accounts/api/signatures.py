"""The signature of a request, as it came over the wire."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest

from accounts.contracts import Principal
from accounts.domain.signing import SignatureInvalid, SignatureStale, SignedRequest, verify_signature
from core import clock
from core.api.strict_json import MAX_BODY_BYTES, body_too_large
from core.domain.refusals import Refusal

# What a signature may cover beside method and target, and the signature itself.
_HEADERS = {
    "signature": "HTTP_SIGNATURE",
    "signature-input": "HTTP_SIGNATURE_INPUT",
    "content-digest": "HTTP_CONTENT_DIGEST",
    "idempotency-key": "HTTP_IDEMPOTENCY_KEY",
}
# As RFC 3986 lets them stand in a path without being encoded.
_PATH_SAFE = "/:@!$&'()*+,;=~"


def require_signature(request: HttpRequest, principal: Principal, *, max_body_bytes: int = MAX_BODY_BYTES) -> None:
    """Return when the request is signed as its credential demands, or the credential demands nothing.

    Refuses with SIGNATURE_MISSING, SIGNATURE_STALE or SIGNATURE_INVALID (401).
    """
    if principal.signing_public_key is None:
        return
    headers = {name: request.META[key] for name, key in _HEADERS.items() if key in request.META}
    if "signature" not in headers or "signature-input" not in headers:
        raise Refusal("SIGNATURE_MISSING", "This credential signs its requests (RFC 9421).", status=401)
    _verify(
        SignedRequest(request.method or "", target_uri(request), headers, _body(request, max_body_bytes)), principal
    )


def require_handshake_signature(scope: Mapping[str, Any], principal: Principal) -> None:
    """The same of a socket: its opening request is signed, as ``GET`` of ``wss://…`` as the client spelled it."""
    if principal.signing_public_key is None:
        return
    sent = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope.get("headers", ())}
    headers = {name: sent[name] for name in ("signature", "signature-input") if name in sent}
    if len(headers) < 2:
        raise Refusal("SIGNATURE_MISSING", "This credential signs the opening of its sockets (RFC 9421).", status=401)
    query = scope.get("query_string", b"").decode("latin-1")
    path = quote(scope["path"], safe=_PATH_SAFE)
    target = f"{scope.get('scheme', 'ws')}://{sent.get('host', '')}{path}{'?' if query else ''}{query}"
    _verify(SignedRequest("GET", target, headers, b""), principal)


def _verify(signed: SignedRequest, principal: Principal) -> None:
    if principal.signing_public_key is None:
        return
    try:
        verify_signature(signed, key_id=principal.client_id, public_key=principal.signing_public_key, at=clock.now())
    except SignatureStale as stale:
        raise Refusal("SIGNATURE_STALE", str(stale), status=401) from stale
    except SignatureInvalid as invalid:
        raise Refusal("SIGNATURE_INVALID", str(invalid), status=401) from invalid


def target_uri(request: HttpRequest) -> str:
    """The target as the client named it: scheme and host as our proxy passes them on, the query byte for byte.

    A server unpacks the path before we see it; it is packed again in the one normal way, encoding nothing that need not be.
    """
    query = request.META.get("QUERY_STRING", "")
    path = quote(request.path, safe=_PATH_SAFE)
    return f"{request.scheme}://{request.get_host()}{path}{'?' if query else ''}{query}"


def _body(request: HttpRequest, most: int) -> bytes:
    """The raw body, left there for whoever reads it next."""
    body = request.read(most + 1)
    if len(body) > most:
        raise body_too_large()
    request._body = body
    request._stream = BytesIO(body)
    request._read_started = False  # type: ignore[attr-defined]
    return body
