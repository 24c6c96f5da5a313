"""Invite somebody to work here."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from accounts.contracts import InvitedStaff
from accounts.domain.secrets import secret_sha256
from accounts.domain.staff_states import INVITATION_HOURS
from accounts.models import StaffInvitation, StaffUser
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor, record_audit


def invite_staff(
    *, email: str, name: str, actor: Actor, at: datetime, person_of: UUID | None = None, is_superuser: bool = False
) -> InvitedStaff:
    """Create an INVITED person and the one link by which they come in; joins the caller's transaction.

    ``person_of`` is another account of the same human, if there is one: approvals count humans. Refuses an address that is none
    (EMAIL_INVALID) or that somebody has already (409 ALREADY_EXISTS). The token is shown once: only its hash is kept.
    """
    email, name = email.strip().lower(), name.strip()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refusal("EMAIL_INVALID", "This is no e-mail address.") from error
    if not name:
        raise Refusal("NAME_MISSING", "A person has a name.")
    with transaction.atomic():
        if StaffUser.objects.filter(email=email).exists():
            raise Refusal("ALREADY_EXISTS", "Somebody has this e-mail address already.", status=409)
        same = {"person_id": _person_id(person_of)} if person_of else {}
        staff = StaffUser.objects.create_user(email, None, name=name, is_superuser=is_superuser, **same)
        token = open_invitation(staff, at)
        record_audit(
            actor=actor,
            action="accounts.staff_user.invite",
            object_type="accounts.staff_user",
            object_id=staff.pk,
            at=at,
            changes=[
                {"field": "email", "before": None, "after": email},
                {"field": "name", "before": None, "after": name},
                {"field": "person_id", "before": None, "after": str(staff.person_id)},
            ],
            object_version=staff.version,
        )
    return InvitedStaff(staff.pk, token)


def open_invitation(staff: StaffUser, at: datetime) -> str:
    """A new invitation of an invited person, in place of any other; its token of 256 random bits."""
    token = secrets.token_urlsafe(32)
    StaffInvitation.objects.filter(staff=staff, used_at__isnull=True, replaced_at__isnull=True).update(replaced_at=at)
    StaffInvitation.objects.create(
        staff=staff, token_sha256=secret_sha256(token), expires_at=at + timedelta(hours=INVITATION_HOURS)
    )
    return token


def _person_id(staff_id: UUID) -> UUID:
    found = StaffUser.objects.filter(pk=staff_id).values_list("person_id", flat=True).first()
    if found is None:
        raise NotFound("member of staff")
    return found
