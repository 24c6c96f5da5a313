"""Take a passkey's answer, whose signature was checked, as used: its counter has to rise."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.operations.record_failure import record_failure
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor

PASSKEY = "PASSKEY"
# Where the counter lies in the row of the sign-in library; before the first use it is what the key said when it was made.
COUNTER = "signature_counter"
COPIED = "signature counter did not rise: the key may be copied"


def use_passkey(*, factor_id: int, count: int, actor: Actor, at: datetime) -> None:
    """Note the use and the counter of the answer.

    Refuses one that is not above the last (FACTOR_REFUSED, and an audit entry): two devices then have the same key (WebAuthn
    level 2, 7.2 step 21). Keys that do not count, as synced ones, say 0 always and are taken.
    """
    with transaction.atomic(durable=True):
        factor = Authenticator.objects.select_for_update(no_key=True).filter(pk=factor_id).first()
        before = _counter_of(factor) if factor else 0
        is_taken = factor is not None and (count > before or count == before == 0)
        if factor is not None and is_taken:
            factor.data[COUNTER] = count
            factor.last_used_at = at
            factor.save(update_fields=["data", "last_used_at"])
        elif factor is not None:
            counts = {"field": COUNTER, "before": str(before), "after": str(count)}
            record_failure(staff_id=factor.user_id, kind=PASSKEY, changes=[counts], reason=COPIED, actor=actor, at=at)
    if not is_taken:
        raise Refusal("FACTOR_REFUSED", "This passkey is not one of yours, or took too long. Try again.")


def _counter_of(factor: Authenticator) -> int:
    kept = factor.data.get(COUNTER)
    return int(factor.wrap().authenticator_data.counter if kept is None else kept)
