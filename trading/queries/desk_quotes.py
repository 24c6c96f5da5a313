"""Quotes as the desk sees them: live and past, and on what terms each market is quoted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse

from core.domain.refusals import NotFound
from trading.models import Market, Quote, QuoteExecution, QuoteTerms
from trading.queries.quoting import terms_in_force, tiers_of


@dataclass(frozen=True, slots=True)
class QuoteFilter:
    """What the desk asks for; an empty part narrows nothing."""

    market: str = ""
    status: str = ""
    text: str = ""


def list_quotes(chosen: QuoteFilter) -> "QuerySet[Quote]":
    """The quotes that the filter lets through, each with its client and market."""
    quotes = Quote.objects.select_related("market__base", "market__quote", "profile__entity")
    if chosen.market:
        quotes = quotes.filter(market__symbol=chosen.market)
    if chosen.status:
        quotes = quotes.filter(status=chosen.status)
    if chosen.text:
        quotes = quotes.filter(_named(chosen.text))
    return quotes


def _named(text: str) -> Q:
    named = Q(profile__reference__iexact=text) | Q(profile__entity__legal_name__icontains=text)
    try:
        return named | Q(pk=UUID(text)) | Q(profile_id=UUID(text))
    except ValueError:
        return named


def get_desk_quote(quote_id: UUID) -> Quote:
    """The quote with all that its page shows. Refuses an unknown one with ``NotFound``."""
    quote = Quote.objects.select_related("market__base", "market__quote", "profile__entity", "terms")
    found = quote.filter(pk=quote_id).first()
    if found is None:
        raise NotFound("quote")
    return found


def execution_of(quote: Quote) -> QuoteExecution | None:
    """What came of it."""
    return QuoteExecution.objects.filter(quote=quote).first()


def quote_row(quote: Quote, at: datetime) -> dict[str, Any]:
    """A row of the list, with its status at ``at``."""
    return {
        "quote": quote,
        "id": quote.pk,
        "status": quote.status_at(at),
        "address": reverse("ops:quote", args=[quote.pk]),
        "client": quote.profile.entity.shown_name,
    }


def list_quoted_markets(at: datetime) -> list[dict[str, Any]]:
    """Each market with its terms in force and their tiers, if it has any."""
    told = []
    for market in Market.objects.select_related("base", "quote").order_by("symbol"):
        terms = terms_in_force(market.pk, at)
        told.append(
            {
                "market": market,
                "terms": terms,
                "tiers": tiers_of(terms) if terms else [],
                "state": "ON" if terms is not None and terms.enabled else "OFF",
                "address": reverse("ops:quote-terms", args=[market.symbol]),
            }
        )
    return told


def list_market_terms(market: Market) -> "QuerySet[QuoteTerms]":
    """The terms that a market has had, has, and will have; the newest first."""
    return QuoteTerms.objects.filter(market=market).prefetch_related("spreads").order_by("-in_force_from")
