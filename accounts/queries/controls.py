"""Reads of controls on identities."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import IdentityControl


def list_controls(*, identity_id: UUID) -> QuerySet[IdentityControl]:
    """Every control that an identity has or had."""
    return IdentityControl.objects.filter(identity_id=identity_id)
