"""Enrol a second factor of a person."""

from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.db import transaction

from accounts.contracts import NewFactor
from accounts.gateways.factor_library import step_of
from accounts.models import StaffUser
from accounts.operations.prove_code import spend_step
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor, record_audit

MOST_PASSKEYS = 10


def add_factor(*, staff_id: UUID, factor: NewFactor, actor: Actor, at: datetime) -> list[str]:
    """Enrol it; joins the caller's transaction. With the first factor come recovery codes, which are answered once.

    An authenticator app has to show that it works by a code (else FACTOR_REFUSED) and takes the place of the one before; a
    passkey's ceremony is over by now. Refuses more than ``MOST_PASSKEYS`` (TOO_MANY_PASSKEYS).
    """
    with transaction.atomic():
        staff = StaffUser.objects.select_for_update(no_key=True).filter(pk=staff_id).first()
        if staff is None:
            raise NotFound("member of staff")
        is_first = not Authenticator.objects.filter(user=staff).exists()
        if factor.passkey is None:
            _add_totp(staff, factor, at)
        else:
            _add_passkey(staff, factor)
        record_audit(
            actor=actor,
            action="accounts.staff_user.add_factor",
            object_type="accounts.staff_user",
            object_id=staff.pk,
            at=at,
            changes=[{"field": "factor", "before": None, "after": factor.kind}],
        )
        return list(RecoveryCodes.activate(staff).get_unused_codes()) if is_first else []


def _add_totp(staff: StaffUser, factor: NewFactor, at: datetime) -> None:
    step = step_of(factor.totp_secret, "".join(factor.totp_code.split()), at)
    if step is None:
        raise Refusal("FACTOR_REFUSED", "This is not the code that the app shows now. Check the time of both devices.")
    Authenticator.objects.filter(user=staff, type=Authenticator.Type.TOTP).delete()
    # The code that showed it works is used up like any other.
    spend_step(TOTP.activate(staff, factor.totp_secret).instance, step, at)


def _add_passkey(staff: StaffUser, factor: NewFactor) -> None:
    if Authenticator.objects.filter(user=staff, type=Authenticator.Type.WEBAUTHN).count() >= MOST_PASSKEYS:
        raise Refusal("TOO_MANY_PASSKEYS", f"A person has at most {MOST_PASSKEYS} passkeys.")
    WebAuthn.add(staff, factor.passkey_name or "Passkey", dict(factor.passkey or {}))
