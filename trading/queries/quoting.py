"""What the house looks at before it gives a price: its terms, the book or the reference, and what it is exposed to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet, Sum

from settlement.models import Asset
from trading.models import Market, Quote, QuoteTerms, Trade

# One side of the book without what the asking entity has there itself: nobody makes the price that he is quoted.
LEVELS = """
SELECT o.limit_price, sum(coalesce(o.displayed_base, o.remaining_base)) FROM trading_order o
WHERE o.market_id = %(market)s AND o.status = 'OPEN' AND o.side = %(side)s
    AND o.profile_id NOT IN (SELECT p.id FROM accounts_profile p WHERE p.entity_id = %(entity)s)
GROUP BY o.limit_price ORDER BY o.limit_price {direction} LIMIT %(depth)s
"""
IS_BEHIND = """
SELECT EXISTS (
    SELECT 1 FROM trading_instruction i WHERE i.market_id = %s AND i.status = 'PENDING' AND i.instructed_at < %s
)
"""
# When the desk set the reference that is newer than the last trade: looked for in the newest events, so that the look is short
# whatever the history.
REFERENCE_SET_AT = """
SELECT e.event_at FROM trading_orderevent e
WHERE e.market_id = %s AND e.sequence > %s AND e.kind = 'REFERENCE_SET' ORDER BY e.sequence DESC LIMIT 1
"""
EVENTS_LOOKED_AT = 10_000


@dataclass(frozen=True, slots=True)
class Reference:
    """A market's reference price, and whether it is young enough to be believed."""

    price: Decimal
    is_fresh: bool


def terms_in_force(market_id: UUID, at: datetime) -> QuoteTerms | None:
    """The terms of the market's quotes at ``at``; none where it has never had any."""
    return QuoteTerms.objects.filter(market_id=market_id, in_force_from__lte=at).order_by("-in_force_from").first()


def tiers_of(terms: QuoteTerms) -> list[tuple[Decimal, Decimal]]:
    """(From amount, basis points), the smallest first."""
    return list(terms.spreads.order_by("from_amount").values_list("from_amount", "spread_bp"))


def list_levels(market_id: UUID, *, side: str, entity_id: UUID) -> list[tuple[Decimal, Decimal]]:
    """What rests on the book's ``side`` as (price, amount), best first, without the orders of ``entity_id``."""
    values: dict[str, Any] = {
        "market": market_id,
        "side": side,
        "entity": entity_id,
        "depth": settings.QUOTE_BOOK_DEPTH,
    }
    with connection.cursor() as cursor:
        cursor.execute(LEVELS.format(direction="ASC" if side == "SELL" else "DESC"), values)
        return list(cursor.fetchall())


def is_behind(market_id: UUID, at: datetime) -> bool:
    """Whether the market's matcher is so far behind that its book is not to be believed."""
    with connection.cursor() as cursor:
        cursor.execute(IS_BEHIND, [market_id, at - timedelta(seconds=settings.QUOTE_BOOK_LAG_SECONDS)])
        return bool(cursor.fetchone()[0])


def reference_of(market: Market, at: datetime) -> Reference | None:
    """The later of the last trade's price and the one that the desk has set; none where there is neither."""
    if not market.last_price and not market.reference_price:
        return None
    oldest = at - timedelta(seconds=settings.QUOTE_PRICE_MAX_AGE_SECONDS)
    last = Trade.objects.filter(market_id=market.pk).order_by("-sequence").values_list("sequence", "traded_at").first()
    sequence, traded_at = last or (0, None)
    with connection.cursor() as cursor:
        cursor.execute(REFERENCE_SET_AT, [market.pk, max(sequence, market.sequence - EVENTS_LOOKED_AT)])
        found = cursor.fetchone()
    if found and market.reference_price:
        return Reference(market.reference_price, is_fresh=found[0] >= oldest)
    price = market.last_price or market.reference_price
    assert price is not None
    return Reference(price, is_fresh=traded_at is not None and traded_at >= oldest)


def open_quotes(at: datetime) -> "QuerySet[Quote]":
    """The quotes that still hold at ``at``."""
    return Quote.objects.filter(status=Quote.Status.ACTIVE, expires_at__gt=at)


@dataclass(frozen=True, slots=True)
class Promised:
    """What the house would get and give of an asset if every open quote were executed that brings it, or takes it."""

    comes: Decimal
    leaves: Decimal


def promised(asset_id: UUID, at: datetime) -> Promised:
    """By the open quotes of all markets of the asset, those of the moment itself among them."""
    sums = open_quotes(at).aggregate(
        base_in=Sum("gives_base", filter=Q(side="SELL", market__base=asset_id)),
        base_out=Sum("gives_base", filter=Q(side="BUY", market__base=asset_id)),
        quote_in=Sum("gives_quote", filter=Q(side="BUY", market__quote=asset_id)),
        quote_out=Sum("gives_quote", filter=Q(side="SELL", market__quote=asset_id)),
    )
    told = {name: value or Decimal(0) for name, value in sums.items()}
    return Promised(told["base_in"] + told["quote_in"], told["base_out"] + told["quote_out"])


def cap_of(asset: Asset, at: datetime) -> Decimal | None:
    """How much the house may have of the asset, in the reporting asset: the least that terms in force of its markets say.

    None where no market of it is quoted; the reporting asset itself is the measure and has no cap.
    """
    if asset.code == settings.REPORTING_ASSET:
        return None
    newest = (
        QuoteTerms.objects.filter(Q(market__base=asset) | Q(market__quote=asset), in_force_from__lte=at)
        .order_by("market_id", "-in_force_from")
        .distinct("market_id")
    )
    return min((terms.exposure_cap for terms in newest if terms.enabled), default=None)
