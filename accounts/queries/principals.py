"""Who asks through the API: tokens and credentials, as the doors need them."""

from collections.abc import Sequence
from ipaddress import ip_network

from django.conf import settings

from accounts.contracts import Principal
from accounts.domain.rate_limits import own_limits
from accounts.models import AccessToken, ApiCredential


def get_principal(*, token_sha256: str) -> Principal | None:
    """Whose token this is; ``None`` if there is no such token, or its credential, entity or organisation ended.

    An expired token is still somebody's: the asker compares ``expires_at``, which is the earlier of the token's and the
    credential's end.
    """
    return get_principals([token_sha256]).get(token_sha256)


def get_principals(token_hashes: Sequence[str]) -> dict[str, Principal]:
    """Whose tokens these are, by their hashes; those of ``get_principal``'s None are left out. One statement."""
    tokens = AccessToken.objects.select_related("credential__entity__organisation").filter(
        token_sha256__in=token_hashes,
        credential__status=ApiCredential.Status.ACTIVE,
        credential__entity__status="ACTIVE",
        credential__entity__organisation__status="ACTIVE",
    )
    return {token.token_sha256: _principal(token) for token in tokens}


def _principal(token: AccessToken) -> Principal:
    credential = token.credential
    return Principal(
        credential_id=credential.id,
        entity_id=credential.entity_id,
        organisation_id=credential.entity.organisation_id,
        organisation_kind=credential.entity.organisation.kind,
        # A scope taken from the credential is gone from its tokens too.
        scopes=frozenset(token.scopes) & frozenset(credential.scopes),
        expires_at=min(token.expires_at, credential.expires_at or token.expires_at),
        client_id=credential.client_id,
        allowed_networks=tuple(map(ip_network, credential.allowed_cidrs)),
        signing_public_key=credential.signing_public_key,
        limits=own_limits(credential.rate_limits, settings.RATE_LIMITS),
        last_used_at=credential.last_used_at,
    )


def find_credential(*, client_id: str) -> ApiCredential | None:
    """The credential with this client id, whatever its state."""
    return ApiCredential.objects.filter(client_id=client_id).first()
