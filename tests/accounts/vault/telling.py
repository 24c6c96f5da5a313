"""Somebody of whom something is known, for the tests of the vault."""

from uuid import UUID, uuid4

from accounts.models import Identity
from accounts.operations.keep_details import keep_details
from accounts.queries.details import open_details
from core import clock
from core.operations.record_audit import Actor
from tests.identities import an_identity
from tests.people import a_client

MAREN = {
    "full_name": "Maren Lindqvist",
    "date_of_birth": "1979-03-14",
    "address": "Kvarngatan 8\n118 47 Stockholm",
    "national_id": "19790314-0000",
    "email": "Maren.Lindqvist@mail.example",
    "phone": "+46 70 000 20 41",
    "tax_id": "SE 19790314",
}
MASKED = {
    "full_name": "M. L.",
    "date_of_birth": "1979-••-••",
    "address": "•••",
    "national_id": "•••0000",
    "email": "M•••@•••.example",
    "phone": "•••2041",
    "tax_id": "•••0314",
}
OFFICER = Actor("PERSON", uuid4(), request_id="req-1")
REASON = "Call back about the wire of Monday"


def keep(details: dict[str, str] | None = None, subject_id: UUID | None = None) -> UUID:
    subject_id = subject_id or uuid4()
    keep_details(subject_id=subject_id, details=MAREN if details is None else details, at=clock.now())
    return subject_id


def a_person() -> Identity:
    identity = an_identity(a_client().entity_id, at=clock.now(), kind="PERSON")
    keep(subject_id=identity.subject_id)
    return identity


def opened(subject_id: UUID) -> dict[str, str]:
    return {name: detail.text for name, detail in open_details([subject_id])[subject_id].items()}
