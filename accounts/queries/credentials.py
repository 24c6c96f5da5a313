"""Credentials as clients and administrators see them; nobody sees a secret."""

from contextlib import suppress
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import ApiCredential, ApprovalRequest, Entity
from accounts.operations.create_credential import CREDENTIAL
from core.domain.refusals import NotFound
from core.models import AuditEntry


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


def list_pending_changes(credential_id: UUID) -> list[ApprovalRequest]:
    """What is asked for the credential and waits for a decision."""
    found = ApprovalRequest.objects.filter(
        subject_type=CREDENTIAL, subject_id=str(credential_id), status=ApprovalRequest.Status.PENDING
    )
    return list(found.order_by("-id")[:10])


def list_credential_audit(credential_id: UUID) -> list[AuditEntry]:
    """What was done with the credential, the latest first."""
    found = AuditEntry.objects.filter(object_type=CREDENTIAL, object_id=str(credential_id))
    return list(found.order_by("-id")[:30])


def find_open_entities(text: str) -> list[Entity]:
    """The open entities that ``text`` names by id or reference; two at most."""
    named = Q(reference=text)
    with suppress(ValueError):
        named |= Q(pk=UUID(text))
    return list(Entity.objects.filter(named, status=Entity.Status.ACTIVE)[:2])


def list_entity_choices() -> list[tuple[str, str]]:
    """References of open entities with what they are called, for a field's suggestions; five hundred at most."""
    found = Entity.objects.filter(status=Entity.Status.ACTIVE).order_by("reference")[:500]
    return [(entity.reference, entity.shown_name) for entity in found]
