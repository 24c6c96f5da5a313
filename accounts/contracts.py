"""What crosses the border of ``accounts``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Any
from uuid import UUID

from accounts.domain.rate_limits import DEFAULTS, Pace


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking through the API: one credential of one entity, with the scopes of the token it showed."""

    credential_id: UUID
    entity_id: UUID
    organisation_id: UUID
    organisation_kind: str
    scopes: frozenset[str]
    expires_at: datetime
    client_id: str = ""
    # Where the credential may be used from; none: everywhere.
    allowed_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    # Ed25519 in base64; with one, every call has to be signed.
    signing_public_key: str | None = None
    # Pace of each bucket.
    limits: Mapping[str, Pace] = field(default_factory=lambda: DEFAULTS)
    last_used_at: datetime | None = None

    # What REST framework and others ask of a user.
    is_authenticated = True
    is_active = True

    @property
    def pk(self) -> UUID:
        return self.credential_id


@dataclass(frozen=True, slots=True)
class EntityTerms:
    """What is told of a new entity: its organisation's own reference, ISO 3166-1 alpha-2 country, LEI where
    it has one. The legal name is an institution's; a natural person's is empty.
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
class CheckResult:
    """What a check came to: by which method, by whom under which id of theirs, which details it looked at (names only),
    when, and until which day it is good.
    """

    check: str
    method: str
    verdict: str
    verifier: str
    verifier_reference: str
    fields_checked: tuple[str, ...] = ()
    verified_at: datetime | None = None
    expires_date: date | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """One role of one identity at a profile."""

    identity_id: UUID
    role: str


@dataclass(frozen=True, slots=True)
class IssuedSecret:
    """A credential's new secret, which nobody can read again; the one before it opens until ``previous_ends_at``."""

    credential_id: UUID
    client_id: str
    client_secret: str = field(repr=False)
    previous_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new bearer token, which nobody can read again."""

    access_token: str
    expires_in_seconds: int
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InvitedStaff:
    """A member of staff who was invited, and the token of the one link by which they come in; nobody can read it again."""

    staff_id: UUID
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewFactor:
    """A second factor to enrol: an app's secret with the code it shows now, or what a passkey answered to its registration."""

    totp_secret: str = field(default="", repr=False)
    totp_code: str = field(default="", repr=False)
    passkey: Mapping[str, Any] | None = None
    passkey_name: str = ""

    @property
    def kind(self) -> str:
        """TOTP or PASSKEY."""
        return "TOTP" if self.passkey is None else "PASSKEY"
