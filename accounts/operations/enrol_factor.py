"""A person who works here enrols a further second factor."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.contracts import NewFactor
from accounts.operations.add_factor import add_factor
from core.operations.record_audit import Actor


def enrol_factor(*, staff_id: UUID, factor: NewFactor, actor: Actor, at: datetime) -> None:
    """Enrol it beside the others; an app takes the place of the app before. Refuses as ``add_factor`` does."""
    with transaction.atomic(durable=True):
        add_factor(staff_id=staff_id, factor=factor, actor=actor, at=at)
