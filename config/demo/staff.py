"""The demo's people: two administrators who are there first, and one person for each of six roles, granted as a house does it."""

import secrets
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.utils import decrypt
from django.db import transaction

from accounts.contracts import InvitedStaff, NewFactor
from accounts.domain.secrets import secret_sha256
from accounts.gateways.factor_library import STEP_SECONDS, code_of, make_totp_secret
from accounts.models import ApprovalRequest, Role, RoleGrant, SpentCode, StaffInvitation, StaffUser
from accounts.operations.appoint_administrators import appoint_administrators
from accounts.operations.decide_approval import APPROVE, decide_approval
from accounts.operations.grant_role import grant_role
from accounts.operations.invite_staff import invite_staff
from accounts.operations.join_staff import join_staff
from config.demo import cast
from config.demo.sheet import DemoSheet, StaffSheet
from core.operations.record_audit import SYSTEM, Actor

PASSWORD_BYTES = 12
REASON = "First day of the demo"


def bring_staff(*, known: DemoSheet, at: datetime) -> Iterator[tuple[StaffSheet, str]]:
    """Each person of the cast with how they sign in, and what was new about it: "staff", "new sign-ins" or nothing."""
    have = {person.email: person for person in StaffUser.objects.filter(email__in=[each.email for each in cast.STAFF])}
    new: dict[str, StaffSheet] = {}
    administrators = [each for each in cast.STAFF if each.role == "ADMINISTRATOR"]
    if not any(each.email in have for each in administrators):
        invited = appoint_administrators(
            people=[(each.email, each.name) for each in administrators], actor=SYSTEM, at=at
        )
        new |= {each.email: _join(each, link, at) for each, link in zip(administrators, invited, strict=True)}
    for each in cast.STAFF:
        if each.email in new:
            yield new[each.email], "staff"
        elif each.email not in have:
            yield _bring(each, at), "staff"
        else:
            yield _renew(each, have[each.email], known, at)


def code_now(secret: str, person: StaffUser, at: datetime) -> str:
    """The code that the person's app would show; where that is used up already the next one, which is good as well."""
    step = int(at.timestamp()) // STEP_SECONDS
    is_spent = SpentCode.objects.filter(staff=person, step=step).exists()
    return code_of(secret, step + 1 if is_spent else step)


def _bring(each: cast.StaffCast, at: datetime) -> StaffSheet:
    """Invite, come in, be granted the role: one administrator asks, the other decides."""
    with transaction.atomic(durable=True):
        invited = invite_staff(email=each.email, name=each.name, actor=_administrator(0), at=at)
    sheet = _join(each, invited, at)
    asked = grant_role(staff_id=invited.staff_id, role=each.role, reason=REASON, actor=_administrator(0), at=at)
    if asked.approval_id is not None:
        _approve(asked.approval_id, at)
    return sheet


def _approve(approval_id: UUID, at: datetime) -> None:
    decide_approval(
        approval_id=approval_id,
        verdict=APPROVE,
        payload_sha256=ApprovalRequest.objects.get(pk=approval_id).payload_sha256,
        note=REASON,
        actor=_administrator(1),
        at=at,
        factor_at=at,
    )


def _administrator(number: int) -> Actor:
    email = [each.email for each in cast.STAFF if each.role == "ADMINISTRATOR"][number]
    return Actor("PERSON", StaffUser.objects.get(email=email).pk)


def _join(each: cast.StaffCast, invited: InvitedStaff, at: datetime) -> StaffSheet:
    sheet = _new_sheet(each)
    invitation = StaffInvitation.objects.get(token_sha256=secret_sha256(invited.token))
    # By the code of the half minute before, so that the one of now is still good for a sign-in.
    code = code_of(sheet.totp_secret, int(at.timestamp()) // STEP_SECONDS - 1)
    factor = NewFactor(totp_secret=sheet.totp_secret, totp_code=code)
    actor = Actor("PERSON", invited.staff_id)
    join_staff(invitation_id=invitation.pk, password=sheet.password, factor=factor, actor=actor, at=at)
    return sheet


def _renew(each: cast.StaffCast, person: StaffUser, known: DemoSheet, at: datetime) -> tuple[StaffSheet, str]:
    """What an earlier run kept, while it still opens the door; else a new password and a new app."""
    kept = known.staff_of(each.email)
    app = Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).first()
    if kept is not None and app is not None and person.is_active and _opens(kept, person, app):
        return kept, ""
    sheet = _new_sheet(each)
    person.set_password(sheet.password)
    person.save(update_fields=["password"])
    Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).delete()
    TOTP.activate(person, sheet.totp_secret)
    if person.status == StaffUser.Status.INVITED:
        person.mark_active(at=at)
    if not person.grants.filter(ended_at__isnull=True).exists():
        RoleGrant.objects.create(staff=person, role=Role.objects.get(name=each.role), granted_at=at)
    return sheet, "new sign-ins"


def _opens(kept: StaffSheet, person: StaffUser, app: Authenticator) -> bool:
    return bool(decrypt(app.data["secret"]) == kept.totp_secret) and person.check_password(kept.password)


def _new_sheet(each: cast.StaffCast) -> StaffSheet:
    return StaffSheet(each.email, secrets.token_urlsafe(PASSWORD_BYTES), make_totp_secret(), each.name, each.role)
