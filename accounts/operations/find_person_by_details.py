"""Find whose name, e-mail, phone or number something is: the vault compares keyed marks, nobody sees a detail."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.queries.details import find_subjects
from core.operations.record_audit import Actor, record_audit

FOUND_BY = ("full_name", "email", "phone", "national_id", "tax_id")


def find_person_by_details(*, text: str, actor: Actor, at: datetime) -> list[UUID]:
    """The subjects one of whose details is exactly ``text``, whatever its case and spaces.

    That somebody asked, and how many were found, is in the audit: a search answers whether a person is our client. What was
    asked is not.
    """
    found = sorted({subject for field in FOUND_BY for subject in find_subjects(field, text)})
    with transaction.atomic(durable=True):
        record_audit(
            actor=actor,
            action="accounts.identity.search",
            object_type="accounts.identity",
            object_id="",
            at=at,
            changes=[{"field": "found", "before": None, "after": len(found)}],
        )
    return found
