"""Change what a credential may do: at once where that is less, by approval where it is more."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.approvable import Description, Execution, Payload
from accounts.domain.credential_terms import CredentialTerms, terms_of_payload, widened_fields
from accounts.models import ApiCredential
from accounts.operations.carry_out import Outcome, Wish, carry_out
from accounts.operations.create_credential import (
    CREDENTIAL,
    CREDENTIAL_CREATE,
    describe_creation,
    execute_creation,
    refuse_firm_scopes,
    said,
)
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor, record_audit


def change_credential(
    *, credential_id: UUID, changes: Mapping[str, Any], version: int | None = None, actor: Actor, at: datetime
) -> Outcome:
    """Change the named terms of a credential; joins the caller's transaction.

    A new label, fewer scopes, narrower networks, an earlier end and a first signing key of its own hold at once. With anything
    wider (a scope, a network, a later end, another signing key or none, other paces), or a first key that somebody else sets,
    who would lock its programs out by it, the whole change waits for approval. Refuses a
    credential that is not there or is revoked (CREDENTIAL_NOT_ACTIVE), one of another version than ``version``
    (412 PRECONDITION_FAILED), and unsound terms.
    """
    with transaction.atomic():
        credential = _lock(credential_id)
        if version is not None and credential.version != version:
            raise Refusal(
                "PRECONDITION_FAILED", "It has changed since.", meta={"version": str(credential.version)}, status=412
            )
        before = terms_of(credential)
        after = replace(before, **changes)
        after.refuse_unsound(at=at)
        refuse_firm_scopes(credential.entity, after)
        is_own = actor.kind == "CREDENTIAL" and actor.id == credential_id
        sets_first_key = before.signing_public_key is None and after.signing_public_key is not None
        if not widened_fields(before, after) and (is_own or not sets_first_key):
            _change(credential, before, after, actor=actor, at=at)
            return Outcome(None, {"credential_id": str(credential_id)})
        wish = Wish(
            action=CREDENTIAL_CREATE,
            subject_type=CREDENTIAL,
            subject_id=credential_id,
            payload={
                "kind": "CHANGE",
                "credential_id": str(credential_id),
                "entity_id": str(credential.entity_id),
                "before": before.as_payload(),
                **after.as_payload(),
            },
            entity_id=credential.entity_id,
        )
        return carry_out(wish=wish, actor=actor, at=at)


def execute_credential(execution: Execution) -> dict[str, str]:
    """What CREDENTIAL_CREATE does once it is approved: a new credential, or wider terms of one that is there.

    Refuses a credential that was revoked or whose terms were changed meanwhile (409 STATE_CHANGED).
    """
    payload = execution.payload
    if payload["kind"] == "CREATE":
        return execute_creation(execution)
    credential = _lock(UUID(payload["credential_id"]))
    if terms_of(credential).as_payload() != payload["before"]:
        raise Refusal("STATE_CHANGED", "The credential's terms have changed since this was asked for.", status=409)
    after = terms_of_payload(payload)
    after.refuse_unsound(at=execution.at)
    _change(
        credential,
        terms_of(credential),
        after,
        actor=execution.requester,
        at=execution.at,
        approval_id=execution.approval_id,
    )
    return {"credential_id": str(credential.id)}


def describe_credential(payload: Payload) -> Description:
    """The wish for a credential, or for wider terms of one, in words."""
    if payload["kind"] == "CREATE":
        return describe_creation(payload)
    credential = ApiCredential.objects.filter(pk=UUID(payload["credential_id"])).first()
    if credential is None:
        raise NotFound("credential")
    before = payload["before"]
    return Description(
        title=f"Widen the credential {credential.label}",
        changes=[(name, said(before[name]), said(payload[name])) for name in before if before[name] != payload[name]],
        effect="Programs that have its secret may do more than now.",
    )


def terms_of(credential: ApiCredential) -> CredentialTerms:
    """The credential's present terms."""
    return CredentialTerms(
        label=credential.label,
        scopes=tuple(credential.scopes),
        allowed_cidrs=tuple(credential.allowed_cidrs),
        signing_public_key=credential.signing_public_key,
        expires_at=credential.expires_at,
        rate_limits=credential.rate_limits,
    )


def _lock(credential_id: UUID) -> ApiCredential:
    credential = (
        ApiCredential.objects.select_related("entity__organisation")
        .select_for_update(no_key=True, of=("self",))
        .filter(id=credential_id)
        .first()
    )
    if credential is None:
        raise NotFound("credential")
    if credential.status != ApiCredential.Status.ACTIVE:
        raise Refusal("CREDENTIAL_NOT_ACTIVE", "The credential is revoked.")
    return credential


def _change(
    credential: ApiCredential,
    before: CredentialTerms,
    after: CredentialTerms,
    *,
    actor: Actor,
    at: datetime,
    approval_id: UUID | None = None,
) -> None:
    old, new = before.as_payload(), after.as_payload()
    changed = [name for name in new if old[name] != new[name]]
    if not changed:
        return
    stored = new | {"expires_at": after.expires_at}
    credential.mark_terms(at=at, **{name: stored[name] for name in changed})
    record_audit(
        actor=actor,
        action="accounts.credential.change",
        object_type=CREDENTIAL,
        object_id=credential.id,
        at=at,
        changes=[{"field": name, "before": old[name], "after": new[name]} for name in changed],
        object_version=credential.version,
        approval_id=approval_id,
    )
