"""Credentials as clients and administrators see them; nobody sees a secret."""

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import ApiCredential
from core.domain.refusals import NotFound


def list_entity_credentials(*, entity_id: UUID) -> QuerySet[ApiCredential]:
    """The credentials of an entity, the revoked ones too."""
    return ApiCredential.objects.filter(entity_id=entity_id)


def access_credential(*, credential_id: UUID, entity_id: UUID) -> ApiCredential:
    """The credential, if it is the entity's; otherwise there is no such credential."""
    credential = ApiCredential.objects.filter(id=credential_id, entity_id=entity_id).first()
    if credential is None:
        raise NotFound("credential")
    return credential


def list_credentials(*, text: str = "", status: str = "") -> QuerySet[ApiCredential]:
    """Everybody's credentials with their entities, for the house: by label, client id or entity, and by status."""
    rows = ApiCredential.objects.select_related("entity__organisation")
    if text:
        rows = rows.filter(
            Q(label__icontains=text)
            | Q(client_id__icontains=text)
            | Q(entity__reference__icontains=text)
            | Q(entity__legal_name__icontains=text)
        )
    return rows.filter(status=status) if status else rows


def get_credential(*, credential_id: UUID) -> ApiCredential:
    """One credential with its entity, for the house. Refuses an unknown one with ``NotFound``."""
    credential = ApiCredential.objects.select_related("entity__organisation").filter(id=credential_id).first()
    if credential is None:
        raise NotFound("credential")
    return credential
