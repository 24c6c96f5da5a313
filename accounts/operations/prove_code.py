"""Take a code as the second factor of a person: the one of the moment, or one kept for the day the device is lost."""

from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.db import transaction

from accounts.gateways.factor_library import STEP_SECONDS, STEPS_BESIDE, step_of
from accounts.models import SpentCode
from accounts.operations.admit_try import admit_try
from accounts.operations.record_failure import record_failure
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor

TOTP, RECOVERY = "TOTP", "RECOVERY"
TOTP_DIGITS = 6
_KEPT_STEPS = 86_400 // STEP_SECONDS


def prove_code(*, staff_id: UUID, code: str, actor: Actor, at: datetime) -> str:
    """Use up a code; answers TOTP or RECOVERY.

    Refuses a code that is wrong, used before, or of somebody without such a factor, all with the same words (FACTOR_REFUSED),
    and tries that come faster than their pace (429 TOO_MANY_TRIES): five at once, then one a minute for each person. What was
    wrong stands on the record; what was too fast does not.
    """
    admit_try(subjects={"factor": str(staff_id), "address": actor.source_ip or ""}, at=at)
    digits = "".join(code.split())
    with transaction.atomic(durable=True):
        kind = TOTP if len(digits) == TOTP_DIGITS else RECOVERY
        use = _use_totp if kind == TOTP else _use_recovery
        is_good = digits.isascii() and digits.isdigit() and use(staff_id, digits, at)
        if not is_good:
            record_failure(staff_id=staff_id, kind=kind, actor=actor, at=at)
    if not is_good:
        raise Refusal("FACTOR_REFUSED", "This code is wrong, or was used already. Wait for the next one.")
    return kind


def _use_totp(staff_id: UUID, code: str, at: datetime) -> bool:
    totp = Authenticator.objects.filter(user_id=staff_id, type=Authenticator.Type.TOTP).first()
    step = step_of(decrypt(totp.data["secret"]), code, at) if totp else None
    if totp is None or step is None:
        return False
    return spend_step(totp, step, at)


def spend_step(totp: Authenticator, step: int, at: datetime) -> bool:
    """Use up the code of a step; False when it was used before, also by somebody at this very moment."""
    SpentCode.objects.filter(staff_id=totp.user_id, step__lt=step - _KEPT_STEPS - STEPS_BESIDE).delete()
    _, is_first = SpentCode.objects.get_or_create(staff_id=totp.user_id, step=step)
    if is_first:
        totp.last_used_at = at
        totp.save(update_fields=["last_used_at"])
    return is_first


def _use_recovery(staff_id: UUID, code: str, at: datetime) -> bool:
    kept = Authenticator.objects.filter(user_id=staff_id, type=Authenticator.Type.RECOVERY_CODES).first()
    # Locks the row and marks the code used in the same step.
    if kept is None or not kept.wrap().validate_code(code):
        return False
    Authenticator.objects.filter(pk=kept.pk).update(last_used_at=at)
    return True
