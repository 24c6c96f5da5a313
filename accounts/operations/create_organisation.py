"""Take on an organisation."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Organisation
from core.domain.refusals import Refusal
from core.operations.record_audit import SYSTEM, Actor, record_audit


def create_organisation(*, name: str, kind: str, at: datetime, actor: Actor = SYSTEM) -> UUID:
    """Create an ACTIVE organisation of kind FIRM or CLIENT and return its id. Refuses a second FIRM
    (ALREADY_EXISTS).
    """
    with transaction.atomic():
        firm = Organisation.objects.filter(kind=Organisation.Kind.FIRM).first()
        if kind == Organisation.Kind.FIRM and firm is not None:
            raise Refusal("ALREADY_EXISTS", "There is one firm.", meta={"existing": str(firm.id)}, status=409)
        organisation = Organisation.objects.create(name=name, kind=kind, updated_at=at)
        record_audit(
            actor=actor,
            action="accounts.organisation.create",
            object_type="accounts.organisation",
            object_id=organisation.id,
            object_version=organisation.version,
            at=at,
            changes=[
                {"field": "name", "before": None, "after": name},
                {"field": "kind", "before": None, "after": kind},
            ],
        )
    return organisation.id
