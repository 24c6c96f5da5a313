"""Give a credential a bearer token."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.contracts import IssuedToken
from accounts.domain.secrets import secret_sha256
from accounts.models import AccessToken, ApiCredential
from core.domain.refusals import NotFound, Refusal

TOKEN_LIFETIME_SECONDS = 3_600
TOKEN_BYTES = 32


def issue_token(*, credential_id: UUID, scopes: Sequence[str], at: datetime) -> IssuedToken:
    """Issue a token for 3,600 s with ``scopes`` and return it: this is the only time that it can be read.

    Refuses a credential that is not there, one that may not be used at ``at`` (CREDENTIAL_NOT_ACTIVE), and
    scopes that it does not have (SCOPE_MISSING).
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic(durable=True):
        credential = ApiCredential.objects.select_for_update(no_key=True).filter(id=credential_id).first()
        if credential is None:
            raise NotFound("credential")
        if not credential.is_usable(at=at):
            raise Refusal("CREDENTIAL_NOT_ACTIVE", "The credential is revoked or has ended.")
        missing = sorted(set(scopes) - set(credential.scopes))
        if missing or not scopes:
            raise Refusal(
                "SCOPE_MISSING",
                "The credential lacks a scope.",
                meta={"scope": " ".join(missing)},
                status=403,
            )
        AccessToken.objects.create(
            credential=credential,
            token_sha256=secret_sha256(token),
            scopes=sorted(set(scopes)),
            expires_at=at + timedelta(seconds=TOKEN_LIFETIME_SECONDS),
        )
    return IssuedToken(token, TOKEN_LIFETIME_SECONDS, tuple(sorted(set(scopes))))
