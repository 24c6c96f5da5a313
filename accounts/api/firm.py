"""The doors of the firm's own programs."""

from rest_framework.request import Request

from accounts.api.authentication import principal_of
from accounts.contracts import Principal
from accounts.models import Organisation
from core.domain.refusals import Refusal


def firm_principal(request: Request) -> Principal:
    """Who asks, if it is a credential of the firm. A client's one does not open these doors whatever its scopes say (403
    SCOPE_MISSING).
    """
    principal = principal_of(request)
    if principal.organisation_kind != Organisation.Kind.FIRM:
        scope = next((scope for scope in sorted(principal.scopes) if scope.startswith("firm:")), "")
        raise Refusal("SCOPE_MISSING", "This is for the firm's own programs.", meta={"scope": scope}, status=403)
    return principal
