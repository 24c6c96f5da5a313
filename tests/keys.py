"""Credentials for tests, asked for and approved as the product demands it, with their first secret."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.domain.credential_terms import CredentialTerms
from accounts.models import ApiCredential
from accounts.operations.create_credential import create_credential
from accounts.operations.issue_secret import issue_secret
from accounts.operations.issue_token import issue_token
from core import clock
from core.operations.record_audit import SYSTEM
from tests.four_eyes import approve


@dataclass(frozen=True, slots=True)
class Key:
    """A credential with its secret."""

    credential_id: UUID
    client_id: str
    client_secret: str
    scopes: tuple[str, ...]


def a_credential(entity_id: UUID, scopes: Sequence[str], *, at: datetime | None = None, **terms: Any) -> UUID:
    """A new credential of the entity, approved by somebody, that nobody has a secret of yet."""
    moment = at or clock.now()
    wanted = CredentialTerms(**{"label": "program", "scopes": tuple(scopes)} | terms)
    outcome = create_credential(entity_id=entity_id, terms=wanted, actor=SYSTEM, at=moment)
    return UUID(approve(outcome.approval_id).result["credential_id"])


def a_key(entity_id: UUID, scopes: Sequence[str], *, at: datetime | None = None, **terms: Any) -> Key:
    """A new credential of the entity with its first secret."""
    credential_id = a_credential(entity_id, scopes, at=at, **terms)
    shown = issue_secret(credential_id=credential_id, actor=SYSTEM, at=at or clock.now())
    return Key(credential_id, shown.client_id, shown.client_secret, tuple(sorted(set(scopes))))


def token_around(credential_id: UUID, *scopes: str) -> str:
    """A token with scopes that were put into the credential by going around its operations."""
    ApiCredential.objects.filter(pk=credential_id).update(scopes=list(scopes))
    return issue_token(credential_id=credential_id, scopes=scopes, at=clock.now()).access_token
