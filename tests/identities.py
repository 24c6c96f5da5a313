"""Identities for tests, made by the product's own operations: who stands behind a client's profile."""

import itertools
from datetime import datetime
from uuid import UUID

from accounts.contracts import IdentityTerms
from accounts.models import Identity, Profile
from accounts.operations.add_member import add_member
from accounts.operations.create_identity import create_identity
from accounts.operations.decide_identity import Decision, decide_identity
from core.ids import new_id
from core.operations.record_audit import Actor

_numbers = itertools.count(1)


def an_officer() -> Actor:
    """Somebody of compliance."""
    return Actor(kind="PERSON", id=new_id())


def an_identity(entity_id: UUID, *, at: datetime, kind: str = "INSTITUTION", risk_rating: str = "MEDIUM") -> Identity:
    """A new PENDING identity of the entity."""
    terms = IdentityTerms(reference=f"who-{next(_numbers)}", kind=kind, country="CH", risk_rating=risk_rating)
    identity_id = create_identity(entity_id=entity_id, terms=terms, actor=an_officer(), at=at)
    return Identity.objects.get(id=identity_id)


def approve(identity_id: UUID, *, at: datetime) -> Identity:
    """Compliance approves it on its own judgement."""
    decision = Decision("APPROVED", "REVIEWED", "Known to the tests.")
    return decide_identity(identity_id=identity_id, decision=decision, actor=an_officer(), at=at)


def hold(profile_id: UUID, *, at: datetime, risk_rating: str = "MEDIUM") -> Identity:
    """An APPROVED identity that is the HOLDER of the profile."""
    entity_id = Profile.objects.get(id=profile_id).entity_id
    identity = approve(an_identity(entity_id, at=at, risk_rating=risk_rating).id, at=at)
    add_member(profile_id=profile_id, identity_id=identity.id, role="HOLDER", actor=an_officer(), at=at)
    return identity
