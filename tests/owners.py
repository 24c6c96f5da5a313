"""Who owns the profiles of the tests: identities that a person has approved, made by the product's own operations."""

from datetime import datetime
from uuid import UUID

from accounts.contracts import IdentityTerms
from accounts.operations.add_member import add_member
from accounts.operations.create_identity import create_identity
from accounts.operations.decide_identity import Decision, decide_identity
from core.operations.record_audit import SYSTEM, Actor

# Compliance, as far as a test needs somebody who has said yes.
APPROVER = Actor("PERSON", UUID("019ab000-0000-7000-8000-00000000c0de"))


def approved_identity(*, entity_id: UUID, at: datetime, reference: str = "holder", kind: str = "INSTITUTION") -> UUID:
    """An identity of the entity, APPROVED."""
    terms = IdentityTerms(reference=reference, kind=kind, country="CH")
    identity_id = create_identity(entity_id=entity_id, terms=terms, actor=SYSTEM, at=at)
    decide_identity(
        identity_id=identity_id, decision=Decision("APPROVED", "REVIEWED", "Known to the tests."), actor=APPROVER, at=at
    )
    return identity_id


def give_holder(
    *, entity_id: UUID, profile_id: UUID, at: datetime, reference: str = "holder", kind: str = "INSTITUTION"
) -> UUID:
    """Put an APPROVED identity behind a profile as its HOLDER: from then on it may do everything."""
    identity_id = approved_identity(entity_id=entity_id, at=at, reference=reference, kind=kind)
    add_member(profile_id=profile_id, identity_id=identity_id, role="HOLDER", actor=SYSTEM, at=at)
    return identity_id
