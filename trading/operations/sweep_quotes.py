"""Write down which quotes are over: their moment has passed, or their market has ended them."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from core.operations.record_audit import SYSTEM
from trading.models import Quote
from trading.operations.execute_quote import withdrawn_by_market
from trading.operations.note_quote import note_quote, tell_withdrawal


def sweep_quotes(*, at: datetime) -> int:
    """Mark quotes EXPIRED, or WITHDRAWN where their market has left OPEN or run away; answers how many.

    Takes ``QUOTES_PER_SWEEP`` at a time. It decides nothing: who executes a quote asks the same. A quote that somebody is
    deciding on is left to the next sweep.
    """
    with transaction.atomic(durable=True):
        open_ones = Quote.objects.filter(status=Quote.Status.ACTIVE).order_by("expires_at")
        locked = open_ones.select_for_update(no_key=True, skip_locked=True, of=("self",))
        done = 0
        for quote in locked.select_related("market__base", "market__quote", "profile")[: settings.QUOTES_PER_SWEEP]:
            done += _close(quote, at)
    return done


def _close(quote: Quote, at: datetime) -> bool:
    if quote.expires_at <= at:
        quote.mark_closed(Quote.Status.EXPIRED, at=at)
        return True
    reason = withdrawn_by_market(quote)
    if not reason:
        return False
    quote.mark_closed(Quote.Status.WITHDRAWN, at=at, withdrawn_for=reason)
    note_quote(quote, verb="withdraw", actor=SYSTEM, at=at)
    tell_withdrawal(quote)
    return True
