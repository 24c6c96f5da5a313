"""Stop quoting a market, at once: the safe direction takes nobody else."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor, record_audit
from settlement.operations.lock_accounts import lock_accounts
from trading.models import Market, Quote, QuoteSpread, QuoteTerms
from trading.operations.change_quote_terms import MOMENT, OBJECT_TYPE
from trading.operations.note_quote import note_quote, tell_withdrawal
from trading.queries.house_position import house_accounts
from trading.queries.quoting import terms_in_force


def stop_quotes(*, market_id: UUID, reason: str, actor: Actor, at: datetime) -> int:
    """No quote is given in the market any more, and those that are open are withdrawn; answers how many those were.

    Terms that are in line come switched off, too: only QUOTE_TERMS switches quotes on. In a durable transaction; again does
    nothing. Refuses a market that is not there (``NotFound``) and no reason (REASON_MISSING).
    """
    if not reason.strip():
        raise Refusal("REASON_MISSING", "It is said why.")
    with transaction.atomic(durable=True):
        market = Market.objects.filter(pk=market_id).first()
        if market is None:
            raise NotFound("market")
        lock_accounts(house_accounts([market.base_id, market.quote_id]).values())
        now = terms_in_force(market.pk, at)
        stopped = [now] if now is not None and now.enabled else []
        later = list(QuoteTerms.objects.filter(market=market, in_force_from__gt=at).order_by("in_force_from"))
        ends = {each.in_force_from for each in later}
        stopped += [each for each in later if each.enabled and each.in_force_from + MOMENT not in ends]
        for terms in stopped:
            since = terms.in_force_from + MOMENT if terms is not now else max(at, terms.in_force_from + MOMENT)
            _switch_off(terms, since)
        withdrawn = _withdraw(market, reason, actor, at)
        if stopped or withdrawn:
            record_audit(
                actor=actor,
                action=f"{OBJECT_TYPE}.stop",
                object_type=OBJECT_TYPE,
                object_id=market.pk,
                at=at,
                changes=[{"field": "enabled", "before": "yes" if stopped else "no", "after": "no"}],
                reason=reason,
            )
    return withdrawn


def _switch_off(terms: QuoteTerms, since: datetime) -> None:
    """The same terms, switched off, from just after they would have begun."""
    off = QuoteTerms.objects.create(
        market_id=terms.market_id,
        source=terms.source,
        enabled=False,
        ttl_seconds=terms.ttl_seconds,
        max_amount=terms.max_amount,
        exposure_cap=terms.exposure_cap,
        in_force_from=since,
    )
    QuoteSpread.objects.bulk_create(
        QuoteSpread(terms=off, from_amount=each.from_amount, spread_bp=each.spread_bp)
        for each in terms.spreads.order_by("from_amount")
    )


def _withdraw(market: Market, reason: str, actor: Actor, at: datetime) -> int:
    open_ones = Quote.objects.filter(market=market, status=Quote.Status.ACTIVE, expires_at__gt=at)
    # One that is being executed holds its quote and waits for the accounts that are locked here: it is passed over, and will find
    # that quotes are off.
    locked = open_ones.select_for_update(no_key=True, of=("self",), skip_locked=True).order_by("id")
    quotes = list(locked.select_related("market__base", "market__quote", "profile"))
    for quote in quotes:
        quote.mark_closed(Quote.Status.WITHDRAWN, at=at, withdrawn_for=Quote.Withdrawal.DESK)
        note_quote(quote, verb="withdraw", actor=actor, at=at, reason=reason)
        tell_withdrawal(quote)
    return len(quotes)
