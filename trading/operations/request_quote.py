"""Give a client a price that holds for a while: everything in it, rounded for the house, within what the house may have."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.domain.permissions import Action
from accounts.models import Profile
from accounts.queries.permissions import check_permission
from accounts.queries.profiles import access_profile
from core.domain.decimals import has_scale, plain_text
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor
from settlement.models import Asset, LedgerAccount
from settlement.operations.book_transfers import refuse_suspended
from settlement.operations.lock_accounts import lock_accounts
from settlement.queries.valuation import value_of
from trading.contracts import QuoteWish
from trading.domain.phase import OPEN
from trading.domain.quoting import (
    Named,
    Priced,
    Scales,
    is_beyond_band,
    no_better,
    price_quote,
    rounded,
    spread_of,
    walk,
)
from trading.models import Market, Quote, QuoteTerms
from trading.operations.note_quote import note_quote
from trading.queries.house_position import house_accounts
from trading.queries.kill_switches import refuse_kept_out
from trading.queries.quoting import (
    cap_of,
    is_behind,
    list_levels,
    open_quotes,
    promised,
    reference_of,
    terms_in_force,
    tiers_of,
)

# Whoever has waited for the house's accounts asked some moments ago: terms that began meanwhile bind all the same.
IN_FLIGHT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class _Raw:
    """What the source says: the price before the spread, and the base that the named amount comes to at it."""

    price: Fraction
    size: Fraction


@dataclass(frozen=True, slots=True)
class _Offer:
    """What is going to be held: the terms it is given on, the source's price, the spread, and what it comes to."""

    terms: QuoteTerms
    raw_price: Decimal
    spread_bp: Decimal
    priced: Priced


def request_quote(*, wish: QuoteWish, entity_id: UUID, actor: Actor, at: datetime) -> Quote:
    """A quote for a profile of ``entity_id``; each request is a quote of its own.

    Refuses an unknown profile or market (``NotFound``), what the profile's owners may not do (ACTION_NOT_PERMITTED), whom a
    switch keeps out (KILL_SWITCH_ENGAGED), a market that is not OPEN (PHASE_NOT_ALLOWED), amounts that cannot move
    (SCALE_EXCEEDED, AMOUNT_NOT_PAYABLE, AMOUNT_BELOW_MINIMUM), a profile with too many open quotes (QUOTES_STILL_OPEN), a
    market without a price (REFERENCE_PRICE_MISSING), and what the house does not quote (QUOTE_NOT_FILLABLE; ``meta.reason``
    says why as far as the client may know).
    """
    profile = access_profile(profile_id=wish.profile_id, entity_id=entity_id)
    market = Market.objects.select_related("base", "quote").filter(symbol=wish.market).first()
    if market is None:
        raise NotFound("market")
    check_permission(profile_id=profile.pk, action=Action(wish.side))
    assert actor.id is not None
    refuse_kept_out(market_id=market.pk, profile_id=profile.pk, credential_id=actor.id)
    _check_market(market)
    _check_amount(wish, market)
    offer = _price(wish, market, entity_id, at)
    with transaction.atomic(durable=True):
        return _hold(wish, market, offer, profile, actor, at)


def not_fillable(reason: str, detail: str, **meta: str) -> Refusal:
    """The house gives no price, or cannot keep one. What it has is nobody else's to know: CAPACITY says no more."""
    return Refusal("QUOTE_NOT_FILLABLE", detail, meta={"reason": reason, **meta})


def _check_market(market: Market) -> None:
    if market.phase != OPEN:
        raise Refusal(
            "PHASE_NOT_ALLOWED",
            f"{market.symbol} is not quoted while it is {market.phase}.",
            meta={"phase": market.phase},
        )
    refuse_suspended([market.base, market.quote])


def _check_amount(wish: QuoteWish, market: Market) -> None:
    amount = wish.base_amount if wish.base_amount is not None else wish.quote_amount
    if amount is None or (wish.base_amount is not None and wish.quote_amount is not None):
        raise Refusal("TERMS_NOT_ALLOWED", "A quote is for one amount: of base, or of quote.")
    if not amount.is_finite() or amount <= 0:
        raise Refusal("AMOUNT_BELOW_MINIMUM", "A quote is for more than nothing.")
    if wish.base_amount is not None and not has_scale(amount, market.base.scale):
        raise Refusal(
            "SCALE_EXCEEDED", f"{market.base.code} has {market.base.scale} digits.", meta={"scale": market.base.scale}
        )
    if wish.quote_amount is not None and not has_scale(amount, market.quote.payment_scale):
        raise Refusal(
            "AMOUNT_NOT_PAYABLE",
            f"{market.quote.code} is paid with {market.quote.payment_scale} digits.",
            meta={"payment_scale": market.quote.payment_scale},
        )


def _price(wish: QuoteWish, market: Market, entity_id: UUID, at: datetime) -> _Offer:
    terms = terms_in_force(market.pk, at)
    if terms is None or not terms.enabled:
        raise not_fillable("NOT_QUOTED", f"{market.symbol} is not quoted.")
    named, is_buy = Named(wish.base_amount, wish.quote_amount), wish.side == Quote.Side.BUY
    raw = _raw(wish, market, terms, entity_id, at)
    if raw.size > Fraction(terms.max_amount):
        most = plain_text(terms.max_amount)
        raise not_fillable("ABOVE_MAXIMUM", f"A quote is for at most {most} {market.base.code}.", max_base_amount=most)
    scales = Scales(market.price_scale, market.base.scale, market.quote.payment_scale)
    raw_price, spread = rounded(raw.price, market.price_scale, is_up=is_buy), spread_of(tiers_of(terms), raw.size)
    reference = market.last_price or market.reference_price
    if reference and is_beyond_band(price=raw_price, reference=reference, band=market.execution_band):
        raise not_fillable("BEYOND_BAND", "The book's price is too far from where the market trades.")
    priced = price_quote(side=wish.side, raw=raw.price, spread_bp=spread, named=named, scales=scales)
    if not (priced.price and priced.base and priced.quote and raw_price):
        raise Refusal("AMOUNT_BELOW_MINIMUM", "So little comes to nothing when it is rounded.")
    return _Offer(terms, raw_price, spread, priced)


def _raw(wish: QuoteWish, market: Market, terms: QuoteTerms, entity_id: UUID, at: datetime) -> _Raw:
    named = Named(wish.base_amount, wish.quote_amount)
    if is_behind(market.pk, at):
        raise not_fillable("PRICE_STALE", "The market is catching up; ask again.")
    walked = walk(list_levels(market.pk, side="SELL" if wish.side == "BUY" else "BUY", entity_id=entity_id), named)
    if terms.source == QuoteTerms.Source.BOOK:
        if walked is None or not walked.is_whole:
            raise not_fillable("NO_DEPTH", "The market does not show so much.")
        return _Raw(walked.price, walked.base)
    reference = reference_of(market, at)
    if reference is None:
        raise Refusal("REFERENCE_PRICE_MISSING", f"{market.symbol} has no price yet.")
    if not reference.is_fresh:
        raise not_fillable("PRICE_STALE", "The market's price is too old.")
    # Never better than what is seen to rest in the book: the house would pay for the difference.
    price = no_better(wish.side, Fraction(reference.price), walked.price if walked else None)
    size = Fraction(named.base) if named.base is not None else Fraction(named.quote or 0) / price
    return _Raw(price, size)


def _hold(wish: QuoteWish, market: Market, offer: _Offer, profile: Profile, actor: Actor, at: datetime) -> Quote:
    """Under the lock of the house's two accounts: what is open then is counted, and nothing is promised twice."""
    assert actor.id is not None
    accounts = house_accounts([market.base_id, market.quote_id])
    if len(accounts) < 2:
        raise _no_capacity()
    locked = {account.asset_id: account for account in lock_accounts(accounts.values()).values()}
    now = terms_in_force(market.pk, at + IN_FLIGHT)
    if now is None or not now.enabled or now.pk != offer.terms.pk:
        raise not_fillable("NOT_QUOTED", f"The terms of {market.symbol} have just changed; ask again.")
    if open_quotes(at).filter(profile_id=profile.pk).count() >= settings.QUOTES_OPEN_PER_PROFILE:
        most = settings.QUOTES_OPEN_PER_PROFILE
        raise Refusal("QUOTES_STILL_OPEN", f"A profile has at most {most} open quotes.", meta={"most": most})
    base, quoted = (market.base, offer.priced.base), (market.quote, offer.priced.quote)
    (gives, given), (gets, got) = (base, quoted) if wish.side == Quote.Side.BUY else (quoted, base)
    _refuse_beyond_capacity(locked[gives.pk], given, at)
    _refuse_beyond_cap(locked[gets.pk], gets, got, at)
    quote = Quote(
        profile=profile,
        market=market,
        terms=offer.terms,
        credential_id=actor.id,
        side=wish.side,
        base_amount=wish.base_amount,
        quote_amount=wish.quote_amount,
        price=offer.priced.price,
        raw_price=offer.raw_price,
        spread_bp=offer.spread_bp,
        gives_base=offer.priced.base,
        gives_quote=offer.priced.quote,
        quoted_at=at,
        expires_at=at + timedelta(seconds=offer.terms.ttl_seconds),
        created_at=at,
        updated_at=at,
    )
    quote.save(force_insert=True)
    note_quote(quote, verb="request", actor=actor, at=at)
    return quote


def _refuse_beyond_capacity(account: LedgerAccount, amount: Decimal, at: datetime) -> None:
    """What the house is to give it must have, beside all that it has promised."""
    if account.balance - account.held - promised(account.asset_id, at).leaves < amount:
        raise _no_capacity()


def _refuse_beyond_cap(account: LedgerAccount, asset: Asset, amount: Decimal, at: datetime) -> None:
    """What it is to get, beside all that it has and may get, must not be worth more than it may have."""
    cap = cap_of(asset, at)
    if cap is None:
        return
    had = account.balance + promised(asset.pk, at).comes + amount
    if value_of(asset.pk, had, at).value > cap:
        raise _no_capacity()


def _no_capacity() -> Refusal:
    return not_fillable("CAPACITY", "The house does not quote so much now.")
