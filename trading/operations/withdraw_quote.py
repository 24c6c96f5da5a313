"""Withdraw a quote that still holds: the desk no longer keeps the price."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.domain.chain import instant_text
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor
from trading.models import Quote
from trading.operations.note_quote import note_quote, tell_withdrawal


def withdraw_quote(*, quote_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Withdraw it at once, in a durable transaction; withdrawn already, nothing is done.

    Refuses one that is not there (``NotFound``), no reason (REASON_MISSING), one that was executed (409 QUOTE_ALREADY_EXECUTED)
    or has expired (QUOTE_EXPIRED).
    """
    if not reason.strip():
        raise Refusal("REASON_MISSING", "A withdrawal of a quote says why.")
    with transaction.atomic(durable=True):
        quotes = Quote.objects.select_for_update(no_key=True, of=("self",))
        quote = quotes.select_related("market__base", "market__quote", "profile").filter(pk=quote_id).first()
        if quote is None:
            raise NotFound("quote")
        status = quote.status_at(at)
        if status == Quote.Status.EXECUTED:
            raise Refusal("QUOTE_ALREADY_EXECUTED", "The quote has been executed.", status=409)
        if status == Quote.Status.EXPIRED:
            raise Refusal(
                "QUOTE_EXPIRED", "The quote has expired.", meta={"expired_at": instant_text(quote.expires_at)}
            )
        if status == Quote.Status.WITHDRAWN:
            return
        quote.mark_closed(Quote.Status.WITHDRAWN, at=at, withdrawn_for=Quote.Withdrawal.DESK)
        note_quote(quote, verb="withdraw", actor=actor, at=at, reason=reason)
        tell_withdrawal(quote)
