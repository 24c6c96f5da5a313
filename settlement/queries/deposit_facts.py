"""What the decision on a deposit is made of, as it stands now."""

from decimal import Decimal

from django.conf import settings

from accounts.domain.permissions import Action, Verdict
from accounts.queries.permissions import get_verdict
from settlement.domain.depositing import Facts, review_reason, wants_information
from settlement.models import Deposit


def next_reason(deposit: Deposit, *, after: str = "") -> str:
    """Why the deposit is looked at next, once ``after`` is lifted; nothing where its client may have it.

    What its profile may do is asked now, what the rail's minimum is, too.
    """
    facts = Facts(
        is_attributed=deposit.profile_id is not None,
        lacks_information=lacks_information(deposit),
        screening=deposit.screening,
        may_receive=_may_receive(deposit),
        amount=deposit.amount,
        minimum=deposit.rail.min_deposit if deposit.rail is not None else Decimal(0),
    )
    return review_reason(facts, after=after)


def lacks_information(deposit: Deposit) -> bool:
    """Whether the travel rule asks who sent it, and nobody has said."""
    return deposit.informed_at is None and wants_information(
        source=deposit.source,
        is_coin=deposit.omnibus.asset.kind != "FIAT",
        vasp=deposit.sender_vasp,
        value=deposit.value,
        threshold=settings.TRAVEL_RULE_FROM,
    )


def _may_receive(deposit: Deposit) -> bool:
    if deposit.profile_id is None:
        return False
    return get_verdict(profile_id=deposit.profile_id, action=Action.RECEIVE) == Verdict.ALLOWED
