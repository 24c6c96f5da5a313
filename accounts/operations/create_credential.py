"""Ask for a key of its own for an entity's program; it exists once others have approved."""

import secrets
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.approvable import Description, Execution, Payload
from accounts.domain.credential_terms import CredentialTerms, terms_of_payload
from accounts.domain.scopes import firm_scopes
from accounts.models import ApiCredential, Entity, Organisation
from accounts.operations.carry_out import Outcome, Wish, carry_out
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.operations.record_audit import Actor, record_audit

CREDENTIAL_CREATE = "CREDENTIAL_CREATE"
CREDENTIAL = "accounts.credential"


def create_credential(
    *, entity_id: UUID, terms: CredentialTerms, reason: str = "", actor: Actor, at: datetime
) -> Outcome:
    """Ask for a credential of the entity; joins the caller's transaction. The result names it: ``{"credential_id"}``.

    It is made without a secret: ``issue_secret`` shows the first one, once. Refuses an entity that is not there or is closed
    (ENTITY_CLOSED), unsound terms, and for a client the firm's own scopes (SCOPE_OF_THE_FIRM).
    """
    terms.refuse_unsound(at=at)
    with transaction.atomic():
        refuse_firm_scopes(_open_entity(entity_id), terms)
        credential_id = new_id()
        wish = Wish(
            action=CREDENTIAL_CREATE,
            subject_type=CREDENTIAL,
            subject_id=credential_id,
            payload={
                "kind": "CREATE",
                "credential_id": str(credential_id),
                "entity_id": str(entity_id),
                **terms.as_payload(),
            },
            reason=reason,
            entity_id=entity_id,
        )
        return carry_out(wish=wish, actor=actor, at=at)


def execute_creation(execution: Execution) -> dict[str, str]:
    """Make the credential that was approved. Refuses what has become unsound meanwhile, as an entity that was closed."""
    said = execution.payload
    terms = terms_of_payload(said)
    terms.refuse_unsound(at=execution.at)
    entity = _open_entity(UUID(said["entity_id"]))
    refuse_firm_scopes(entity, terms)
    credential = ApiCredential.objects.create(
        id=UUID(said["credential_id"]),
        entity=entity,
        label=terms.label,
        client_id=f"cth-{secrets.token_hex(12)}",
        scopes=list(terms.scopes),
        allowed_cidrs=list(terms.allowed_cidrs),
        signing_public_key=terms.signing_public_key,
        rate_limits=terms.rate_limits,
        expires_at=terms.expires_at,
        updated_at=execution.at,
    )
    facts = {"entity_id": said["entity_id"], "client_id": credential.client_id, **terms.as_payload()}
    record_audit(
        actor=execution.requester,
        action="accounts.credential.create",
        object_type=CREDENTIAL,
        object_id=credential.id,
        at=execution.at,
        changes=[{"field": name, "before": None, "after": value} for name, value in facts.items() if value],
        object_version=credential.version,
        approval_id=execution.approval_id,
    )
    return {"credential_id": str(credential.id)}


def describe_creation(payload: Payload) -> Description:
    """The wish for a credential, in words."""
    entity = Entity.objects.filter(pk=UUID(payload["entity_id"])).first()
    if entity is None:
        raise NotFound("entity")
    return Description(
        title=f"Create the credential {payload['label']} for {entity}",
        changes=[(name, None, said(payload[name])) for name in TOLD if payload[name]],
        effect="A program with its secret may do for this entity what the scopes say. Nobody has the secret yet.",
    )


TOLD = ("scopes", "allowed_cidrs", "signing_public_key", "expires_at", "rate_limits")


def said(value: object) -> str:
    """One of a credential's terms as a reader sees it."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "everywhere"
    if isinstance(value, dict):
        return ", ".join(f"{name} {pace}" for name, pace in value.items())
    return "none" if value is None else str(value)


def refuse_firm_scopes(entity: Entity, terms: CredentialTerms) -> None:
    """Refuse for a client what only the firm's own programs may (SCOPE_OF_THE_FIRM)."""
    foreign = firm_scopes(terms.scopes)
    if foreign and entity.organisation.kind != Organisation.Kind.FIRM:
        raise Refusal("SCOPE_OF_THE_FIRM", "This scope is for the firm's own programs.", meta={"scopes": foreign})


def _open_entity(entity_id: UUID) -> Entity:
    entity = Entity.objects.select_for_update(no_key=True).filter(id=entity_id).first()
    if entity is None:
        raise NotFound("entity")
    if entity.status != Entity.Status.ACTIVE:
        raise Refusal("ENTITY_CLOSED", "The entity is closed.")
    return entity
