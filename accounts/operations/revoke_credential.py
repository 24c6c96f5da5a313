"""Take a key back."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import ApiCredential
from accounts.operations.create_credential import CREDENTIAL
from core.domain.refusals import NotFound
from core.operations.record_audit import SYSTEM, Actor, record_audit


def revoke_credential(*, credential_id: UUID, reason: str = "", at: datetime, actor: Actor = SYSTEM) -> None:
    """Revoke a credential for ever; its secrets and tokens end within seconds in every process. A revoked one stays as it is.

    Refuses a credential that is not there.
    """
    with transaction.atomic(durable=True):
        credential = ApiCredential.objects.select_for_update(no_key=True).filter(id=credential_id).first()
        if credential is None:
            raise NotFound("credential")
        if credential.status == ApiCredential.Status.ACTIVE:
            credential.mark_revoked(at=at)
            record_audit(
                actor=actor,
                action="accounts.credential.revoke",
                object_type=CREDENTIAL,
                object_id=credential.id,
                at=at,
                changes=[{"field": "status", "before": "ACTIVE", "after": "REVOKED"}],
                reason=reason,
                object_version=credential.version,
            )
