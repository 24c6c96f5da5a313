"""Give an entity's program a key of its own."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.contracts import IssuedCredential
from accounts.domain.scopes import unknown_scopes
from accounts.domain.secrets import secret_sha256
from accounts.models import ApiCredential, Entity
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import SYSTEM, Actor, record_audit

SECRET_BYTES = 32


def create_credential(
    *,
    entity_id: UUID,
    label: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
    at: datetime,
    actor: Actor = SYSTEM,
) -> IssuedCredential:
    """Create an ACTIVE credential and return it with its secret: this is the only time that the secret can be
    read.

    Refuses an entity that is not there or is closed, no scopes or unknown ones (SCOPE_UNKNOWN), and an end
    that has passed (EXPIRY_TOO_SOON).
    """
    unknown = unknown_scopes(scopes)
    if unknown or not scopes:
        raise Refusal("SCOPE_UNKNOWN", "A credential has scopes that exist.", meta={"scopes": unknown})
    if expires_at is not None and expires_at <= at:
        raise Refusal("EXPIRY_TOO_SOON", "A credential ends in the future.")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    with transaction.atomic(durable=True):
        entity = Entity.objects.select_for_update(no_key=True).filter(id=entity_id).first()
        if entity is None:
            raise NotFound("entity")
        if entity.status != Entity.Status.ACTIVE:
            raise Refusal("ENTITY_CLOSED", "The entity is closed.")
        credential = ApiCredential.objects.create(
            entity=entity,
            label=label,
            client_id=f"cth-{secrets.token_hex(12)}",
            secret_hash=secret_sha256(secret),
            scopes=sorted(set(scopes)),
            expires_at=expires_at,
            updated_at=at,
        )
        record_audit(
            actor=actor,
            action="accounts.credential.create",
            object_type="ApiCredential",
            object_id=credential.id,
            at=at,
            changes=[
                {"field": "entity_id", "before": None, "after": str(entity.id)},
                {"field": "client_id", "before": None, "after": credential.client_id},
                {"field": "scopes", "before": None, "after": credential.scopes},
            ],
        )
    return IssuedCredential(credential.id, credential.client_id, secret, tuple(credential.scopes))
