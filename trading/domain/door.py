"""The checks of an order at the door, before anything is stored. Pure: the market's terms and the wish in, what to hold out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from core.domain.chain import instant_text
from core.domain.decimals import CONTEXT, from_units, has_scale, plain_text, to_units
from core.domain.refusals import FieldError, Refusal
from trading.contracts import OrderTerms, PlacingContext
from trading.domain.charging import hold_of_buy
from trading.domain.phase import OPEN, is_taken
from trading.domain.units import MarketUnits

# Type x time in force. What is not listed here is refused as TERMS_NOT_ALLOWED.
ALLOWED_TERMS = {
    *(("LIMIT", time_in_force) for time_in_force in ("GTC", "GTT", "IOC", "FOK")),
    *(
        (kind, time_in_force)
        for kind in ("POST_ONLY_LIMIT", "ICEBERG", "STOP_MARKET", "STOP_LIMIT")
        for time_in_force in ("GTC", "GTT")
    ),
    *(("MARKET", time_in_force) for time_in_force in ("IOC", "FOK")),
}
WITHOUT_LIMIT = {"MARKET", "STOP_MARKET"}
STOPS = {"STOP_MARKET", "STOP_LIMIT"}
SELF_TRADE_PREVENTIONS = {"CANCEL_NEWEST", "CANCEL_OLDEST", "CANCEL_BOTH", "DECREMENT_AND_CANCEL"}
SOONEST_EXPIRY, LATEST_EXPIRY = timedelta(seconds=10), timedelta(days=366)


class MarketTerms(Protocol):
    """What a market asks of an order's figures."""

    @property
    def tick_size(self) -> Decimal: ...
    @property
    def lot_size(self) -> Decimal: ...
    @property
    def min_amount(self) -> Decimal: ...
    @property
    def max_amount(self) -> Decimal: ...
    @property
    def min_notional(self) -> Decimal: ...
    @property
    def max_notional(self) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class Admission:
    """What an order needs to be taken: its worst price and what to reserve. Amounts in decimals of the hold's asset."""

    protection_price: Decimal | None
    is_base_hold: bool
    hold_amount: Decimal


def is_permitted(terms: OrderTerms, context: PlacingContext) -> bool:
    """Whether the profile may place an order on this side at all."""
    return context.profile_status == "OPEN" and terms.side not in context.denied_actions


def admit_order(terms: OrderTerms, context: PlacingContext, at: datetime) -> Admission:
    """Decide on ``terms``, asked for at ``at``.

    Refuses with the door's codes; the order of the checks is the order of the codes in the API guide.
    """
    _check_terms(terms)
    if context.phase != OPEN and not is_taken(context.phase, terms.type, terms.time_in_force):
        raise Refusal(
            "PHASE_NOT_ALLOWED",
            f"{context.symbol} takes no such order while it is {context.phase}.",
            meta={"phase": context.phase},
        )
    if terms.base_amount is not None:
        check_amount(terms.base_amount, context)
        if terms.display_amount is not None:
            check_display(terms.display_amount, terms.base_amount, context)
    if terms.stop_price is not None:
        check_price(terms.stop_price, context)
    protection = _protection_price(terms, context) if terms.limit_price is None else None
    price = protection if terms.limit_price is None else terms.limit_price
    assert price is not None
    check_price(price, context)
    check_notional(_notional(terms, price, context), context)
    if terms.expires_at is not None:
        check_expiry(terms.expires_at, at)
    return _hold_of(terms, context, price, protection)


def _notional(terms: OrderTerms, price: Decimal, context: PlacingContext) -> Decimal:
    """What the order is for in quote, fees left out."""
    if terms.quote_amount is None:
        assert terms.base_amount is not None
        return CONTEXT.multiply(price, terms.base_amount)
    if not has_scale(terms.quote_amount, context.quote_scale):
        raise invalid("/quote_amount", "SCALE_EXCEEDED", f"{context.quote_code} has {context.quote_scale} digits.")
    return terms.quote_amount


def _hold_of(terms: OrderTerms, context: PlacingContext, price: Decimal, protection: Decimal | None) -> Admission:
    units = MarketUnits.of(
        base_scale=context.base_scale,
        quote_scale=context.quote_scale,
        tick_size=context.tick_size,
        lot_size=context.lot_size,
    )
    if terms.quote_amount is not None:
        notional = to_units(terms.quote_amount, context.quote_scale)
    else:
        assert terms.base_amount is not None
        lots = units.lots_of(terms.base_amount)
        if terms.side == "SELL":
            return Admission(protection, True, from_units(lots * units.lot_base, units.base_scale))
        notional = lots * units.ticks_of(price) * units.tick_lot_quote
    hold = hold_of_buy(
        notional=notional,
        exact=0,
        charged=0,
        rate=max(rate_in_millionths(context.maker_rate), rate_in_millionths(context.taker_rate), 0),
        fee_step=10 ** (context.quote_scale - context.fee_scale),
    )
    return Admission(protection, False, from_units(hold, units.quote_scale))


def rate_in_millionths(rate: Decimal) -> int:
    return to_units(rate, 6)


def _check_terms(terms: OrderTerms) -> None:
    if (terms.type, terms.time_in_force) not in ALLOWED_TERMS:
        raise invalid("/time_in_force", "TERMS_NOT_ALLOWED", f"{terms.type} orders do not take {terms.time_in_force}.")
    if terms.quote_amount is not None:
        _check_budget(terms)
    elif terms.base_amount is None:
        raise invalid("/base_amount", "FIELD_MISSING", "An order needs its amount.")
    _check_presence("/limit_price", terms.limit_price, terms.type not in WITHOUT_LIMIT, terms.type)
    _check_presence("/stop_price", terms.stop_price, terms.type in STOPS, terms.type)
    _check_presence("/display_amount", terms.display_amount, terms.type == "ICEBERG", terms.type)
    _check_presence("/expires_at", terms.expires_at, terms.time_in_force == "GTT", terms.time_in_force)
    if terms.self_trade_prevention not in SELF_TRADE_PREVENTIONS:
        taken = ", ".join(sorted(SELF_TRADE_PREVENTIONS))
        raise invalid("/self_trade_prevention", "TERMS_NOT_ALLOWED", f"The modes taken are {taken}.")


def _check_budget(terms: OrderTerms) -> None:
    """Only a MARKET IOC order to buy may say what it spends instead of what it wants."""
    if terms.base_amount is not None:
        raise invalid("/quote_amount", "TERMS_NOT_ALLOWED", "An order has one amount: base_amount or quote_amount.")
    if (terms.type, terms.time_in_force, terms.side) != ("MARKET", "IOC", "BUY"):
        raise invalid("/quote_amount", "TERMS_NOT_ALLOWED", "Only MARKET IOC orders to buy take it.")


def _check_presence(pointer: str, value: object, is_needed: bool, what: str) -> None:
    """Refuse a term that is missing where it is needed, or given where it means nothing."""
    if is_needed and value is None:
        raise invalid(pointer, "FIELD_MISSING", f"{what} needs it.")
    if value is not None and not is_needed:
        raise invalid(pointer, "TERMS_NOT_ALLOWED", f"{what} does not take it.")


def invalid(pointer: str, code: str, detail: str) -> Refusal:
    error = FieldError(pointer, code, detail)
    return Refusal("REQUEST_INVALID", "The order's terms do not fit together.", errors=[error], status=400)


def check_price(price: Decimal, market: MarketTerms) -> None:
    if CONTEXT.remainder(price, market.tick_size) or not price:
        raise Refusal(
            "PRICE_OFF_TICK",
            f"The price has to be a positive multiple of {plain_text(market.tick_size)}.",
            meta={"tick_size": plain_text(market.tick_size)},
        )


def check_amount(amount: Decimal, market: MarketTerms) -> None:
    if CONTEXT.remainder(amount, market.lot_size):
        raise Refusal(
            "AMOUNT_OFF_LOT",
            f"The amount has to be a multiple of {plain_text(market.lot_size)}.",
            meta={"lot_size": plain_text(market.lot_size)},
        )
    if amount < market.min_amount:
        raise Refusal(
            "AMOUNT_BELOW_MINIMUM",
            f"The least is {plain_text(market.min_amount)}.",
            meta={"limit": plain_text(market.min_amount)},
        )
    if amount > market.max_amount:
        raise Refusal(
            "AMOUNT_ABOVE_MAXIMUM",
            f"The most is {plain_text(market.max_amount)}.",
            meta={"limit": plain_text(market.max_amount)},
        )


def check_display(display: Decimal, amount: Decimal, market: MarketTerms) -> None:
    """An iceberg shows at least what an order may be for, and less than all of it."""
    check_amount(display, market)
    if display >= amount:
        raise invalid("/display_amount", "FIELD_INVALID", "It has to be less than base_amount.")


def check_expiry(expires_at: datetime, at: datetime) -> None:
    if expires_at < at + SOONEST_EXPIRY:
        raise Refusal(
            "EXPIRY_TOO_SOON",
            f"The soonest is {SOONEST_EXPIRY.seconds} seconds ahead.",
            meta={"limit": instant_text(at + SOONEST_EXPIRY)},
        )
    if expires_at > at + LATEST_EXPIRY:
        raise Refusal(
            "EXPIRY_TOO_FAR",
            f"The latest is {LATEST_EXPIRY.days} days ahead.",
            meta={"limit": instant_text(at + LATEST_EXPIRY)},
        )


def check_notional(notional: Decimal, market: MarketTerms) -> None:
    if notional < market.min_notional:
        raise Refusal(
            "NOTIONAL_BELOW_MINIMUM",
            f"The least is {plain_text(market.min_notional)}.",
            meta={"limit": plain_text(market.min_notional)},
        )
    if notional > market.max_notional:
        raise Refusal(
            "NOTIONAL_ABOVE_MAXIMUM",
            f"The most is {plain_text(market.max_notional)}.",
            meta={"limit": plain_text(market.max_notional)},
        )


def _protection_price(terms: OrderTerms, context: PlacingContext) -> Decimal:
    """The worst price of an order without a limit: from its stop price, or from the market's reference."""
    anchor = context.reference_price if terms.stop_price is None else terms.stop_price
    if anchor is None:
        raise Refusal(
            "REFERENCE_PRICE_MISSING",
            f"{context.symbol} has no reference price yet, so a MARKET order has no bound.",
        )
    return protection_price(anchor, terms.side, context.execution_band, context.tick_size)


def protection_price(anchor: Decimal, side: str, band: Decimal, tick_size: Decimal) -> Decimal:
    """``anchor`` x (1 +- band), rounded inward to a tick."""
    bound = CONTEXT.multiply(anchor, 1 + band if side == "BUY" else 1 - band)
    ticks = int(bound // tick_size)
    if side == "SELL" and CONTEXT.multiply(ticks, tick_size) < bound:
        ticks += 1
    return CONTEXT.multiply(ticks, tick_size)
