"""What crosses the border of ``accounts``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking through the API: one credential of one entity, with the scopes of the token it showed."""

    credential_id: UUID
    entity_id: UUID
    organisation_id: UUID
    organisation_kind: str
    scopes: frozenset[str]
    expires_at: datetime

    # What REST framework and others ask of a user.
    is_authenticated = True
    is_active = True

    @property
    def pk(self) -> UUID:
        return self.credential_id


@dataclass(frozen=True, slots=True)
class EntityTerms:
    """What is told of a new entity: its organisation's own reference, ISO 3166-1 alpha-2 country, LEI where
    it has one.
    """

    legal_name: str
    kind: str
    reference: str
    country: str
    lei: str | None = None


@dataclass(frozen=True, slots=True)
class IdentityTerms:
    """What is told of a new identity. ``details`` (name, birth, address, ids) go to the vault and nowhere else, so they
    are not printed with the rest; ``risk_rating`` is where compliance begins.
    """

    reference: str
    kind: str
    country: str
    details: Mapping[str, str] = field(default_factory=dict, repr=False)
    risk_rating: str = "MEDIUM"


@dataclass(frozen=True, slots=True)
class Membership:
    """One role of one identity at a profile."""

    identity_id: UUID
    role: str


@dataclass(frozen=True, slots=True)
class IssuedCredential:
    """A new credential with its secret, which nobody can read again."""

    credential_id: UUID
    client_id: str
    client_secret: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new bearer token, which nobody can read again."""

    access_token: str
    expires_in_seconds: int
    scopes: tuple[str, ...]
