"""The facts of quotes: each with a statement that goes around Python to hit it."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from accounts.models import ApprovalRequest, Profile
from core.ids import new_id
from tests.guards.going_around import clone
from tests.world import MONDAY
from trading.models import Market, Quote, QuoteExecution, QuoteSpread, QuoteTerms

NAN = "'NaN'::numeric"
TERMS, SPREAD, QUOTE, EXECUTION = "trading_quoteterms", "trading_quotespread", "trading_quote", "trading_quoteexecution"
OPEN, TAKEN = "status = 'ACTIVE'", "status = 'EXECUTED'"
AGAIN = {"client_reference": "'other'"}


def _rows() -> None:
    """Terms with a spread; a quote that is open, one that was executed."""
    if QuoteTerms.objects.exists():
        return
    market = Market.objects.get()
    profile = Profile.objects.get(entity__legal_name="Alder")
    terms = QuoteTerms.objects.create(
        market=market, source="BOOK", enabled=False, ttl_seconds=30, max_amount=1, exposure_cap=1, in_force_from=MONDAY
    )
    QuoteSpread.objects.create(terms=terms, from_amount=0, spread_bp=20)
    for status in ("ACTIVE", "EXECUTED"):
        quote = Quote.objects.create(
            profile=profile, market=market, terms=terms, credential_id=new_id(), side="BUY", base_amount=Decimal("0.1"),
            price=60000, raw_price=60000, spread_bp=0, gives_base=Decimal("0.1"), gives_quote=6000, status=status,
            quoted_at=MONDAY, expires_at=MONDAY + timedelta(seconds=30),
            closed_at=MONDAY if status == "EXECUTED" else None,
        )  # fmt: skip
    QuoteExecution.objects.create(
        quote=quote, profile=profile, credential_id=new_id(), client_reference="take-1", base_amount=Decimal("0.1"),
        quote_amount=6000, entry_id=new_id(), executed_at=MONDAY,
    )  # fmt: skip


def _again(table: str, where: str = "true", **changes: str) -> Callable[[], str]:
    def statement() -> str:
        _rows()
        return clone(table, where=where, **changes)

    return statement


def _update(change: str, where: str = OPEN) -> Callable[[], str]:
    def statement() -> str:
        _rows()
        return f"UPDATE {QUOTE} SET {change} WHERE {where}"

    return statement


def _quote(**changes: str) -> Callable[[], str]:
    return _again(QUOTE, OPEN, **changes)


def _terms(**changes: str) -> Callable[[], str]:
    return _again(TERMS, in_force_from="in_force_from + interval '1 day'", **changes)


def _execution(**changes: str) -> Callable[[], str]:
    """Of the quote that is still open."""
    return _again(EXECUTION, quote_id=f"(SELECT id FROM {QUOTE} WHERE {OPEN})", **AGAIN | changes)


def _request() -> str:
    """Something that was approved, and says nothing of quotes."""
    row = ApprovalRequest.objects.order_by("id").first()
    assert row is not None
    return f"'{row.pk}'"


def _of_another_request() -> str:
    _rows()
    return clone(TERMS, in_force_from="in_force_from + interval '1 day'", approval_id=_request())


QUOTES = [
    ("one_quote_terms_in_force", _again(TERMS)),
    ("quote_terms_are_bounded", _terms(ttl_seconds="0")),
    ("quote_terms_are_bounded", _terms(ttl_seconds="301")),
    ("quote_terms_are_bounded", _terms(max_amount="0")),
    ("quote_terms_are_bounded", _terms(max_amount=NAN)),
    ("quote_terms_are_bounded", _terms(exposure_cap=NAN)),
    ("quote_source_is_known", _terms(source="'RUMOUR'")),
    ("quote_terms_were_approved", _of_another_request),
    ("quote_terms_were_approved", _terms(enabled="true")),
    ("quote_spread_tier_is_unique", _again(SPREAD)),
    ("quote_spread_is_bounded", _again(SPREAD, from_amount="1", spread_bp="-1")),
    ("quote_spread_is_bounded", _again(SPREAD, from_amount="1", spread_bp="5000.01")),
    ("quote_spread_is_bounded", _again(SPREAD, from_amount=NAN)),
    ("quote_has_one_amount", _quote(base_amount="NULL")),
    ("quote_gives_what_was_named", _quote(quote_amount="gives_quote")),
    ("quote_gives_what_was_named", _quote(base_amount="gives_base * 2")),
    ("quote_gives_what_was_named", _quote(base_amount="NULL", quote_amount="gives_quote * 2")),
    ("quote_gives_something", _quote(gives_quote="0")),
    ("quote_gives_something", _quote(price=NAN)),
    ("quote_gives_something", _quote(gives_quote=NAN)),
    ("quote_side_is_known", _quote(side="'HOLD'")),
    ("quote_is_held_for_a_time", _quote(expires_at="quoted_at")),
    ("quote_is_closed_whole", _quote(status="'EXPIRED'")),
    ("quote_is_closed_whole", _quote(closed_at="now()")),
    ("quote_is_closed_whole", _quote(status="'WITHDRAWN'", closed_at="now()")),
    ("quote_is_closed_whole", _quote(status="'LOST'", closed_at="now()")),
    ("quote_is_decided_once", _update("status = 'ACTIVE', closed_at = NULL", TAKEN)),
    ("quote_is_decided_once", _update("price = price + 1")),
    ("quote_is_decided_once", _update("expires_at = expires_at + interval '1 hour'")),
    ("quote_is_executed_once", _again(EXECUTION, **AGAIN)),
    ("quote_reference_is_unique", _execution(client_reference="client_reference")),
    ("quote_reference_is_plain", _execution(client_reference="'a b'")),
    ("execution_is_of_its_quote", _execution(base_amount="base_amount / 2")),
    ("execution_is_of_its_quote", _execution(executed_at=f"(SELECT max(expires_at) FROM {QUOTE})")),
]  # fmt: skip
# That an execution moves something is the fact of its quote, which it has to equal; a spread beside those that were approved is
# tried where terms are approved.
IMPLIED_BY_QUOTES = {"quote_execution_moves_something", "quote_spread_was_approved"}
