"""Who asks, as the record names them."""

from rest_framework.request import Request

from accounts.api.authentication import principal_of
from core.api.request_id import request_id_of
from core.operations.record_audit import Actor


def actor_of(request: Request) -> Actor:
    """The credential, with the id of its request and the address it came from."""
    return Actor(
        kind="CREDENTIAL",
        id=principal_of(request).credential_id,
        request_id=request_id_of(request._request),
        source_ip=request.META.get("REMOTE_ADDR") or None,
    )
