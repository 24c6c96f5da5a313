"""What a withdrawal would come to, before anybody asks for it: for programs and for the desk, in the same words."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from accounts.models import Profile
from accounts.queries.required_approvals import count_required_approvals
from core.domain.decimals import CONTEXT
from core.domain.refusals import NotFound, Refusal
from settlement.domain.withdrawing import Utilisation, check_limits
from settlement.operations.decide_withdrawal import WITHDRAWAL
from settlement.operations.request_withdrawal import Quote, WithdrawalWish, check_available, quote_withdrawal
from settlement.queries.sending import rail_sends_on


@dataclass(frozen=True, slots=True)
class Preview:
    """``quote`` is none where the amounts cannot be told; then there is nothing but why. ``limits_after`` counts this one in."""

    quote: Quote | None
    refusals: tuple[Refusal, ...]
    approvals_required: int | None = None
    limits_after: tuple[Utilisation, ...] = ()
    expected_date: date | None = None

    @property
    def would_be_accepted(self) -> bool:
        return not self.refusals


def preview_withdrawal(*, wish: WithdrawalWish, profile: Profile, at: datetime) -> Preview:
    """Everything that the wish would be refused for now, and what it would come to. Writes nothing.

    Refuses, with ``NotFound``, only a destination that is not the entity's.
    """
    try:
        quote = quote_withdrawal(wish=wish, profile=profile, at=at)
    except NotFound:
        raise
    except Refusal as refusal:
        return Preview(None, (refusal,))
    value = quote.valued.value
    return Preview(
        quote,
        tuple(_refusals(quote, profile)),
        count_required_approvals(action=WITHDRAWAL, value=value),
        tuple(replace(limit, used=CONTEXT.add(limit.used, value)) for limit in quote.limits),
        rail_sends_on(quote.destination.rail, at),
    )


def _refusals(quote: Quote, profile: Profile) -> Iterator[Refusal]:
    try:
        check_limits(quote.limits, quote.valued.value)
    except Refusal as refusal:
        yield refusal
    try:
        check_available(profile_id=profile.pk, quote=quote)
    except Refusal as refusal:
        yield refusal
