"""Take a bearer token back."""

from uuid import UUID

from django.db import transaction

from accounts.models import AccessToken


def revoke_token(*, token_sha256: str, credential_id: UUID) -> bool:
    """End a token of this credential; whether there was one. Every process forgets it within seconds."""
    with transaction.atomic(durable=True):
        gone, _ = AccessToken.objects.filter(token_sha256=token_sha256, credential_id=credential_id).delete()
    return gone > 0
