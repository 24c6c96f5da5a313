"""The checks of an order at the door, before anything is stored. Pure: the market's terms and the wish in, what to hold out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from core.domain.chain import instant_text
from core.domain.decimals import CONTEXT, from_units, plain_text, to_units
from core.domain.refusals import FieldError, Refusal
from trading.contracts import OrderTerms, PlacingContext
from trading.domain.charging import hold_of_buy
from trading.domain.units import MarketUnits

# Type x time in force. What is not listed here is refused as TERMS_NOT_ALLOWED.
ALLOWED_TERMS = {
    *(("LIMIT", time_in_force) for time_in_force in ("GTC", "GTT", "IOC", "FOK")),
    *((maker, time_in_force) for maker in ("POST_ONLY_LIMIT", "ICEBERG") for time_in_force in ("GTC", "GTT")),
    *(("MARKET", time_in_force) for time_in_force in ("IOC", "FOK")),
}
# DECREMENT_AND_CANCEL is not taken at this door.
SELF_TRADE_PREVENTIONS = {"CANCEL_NEWEST", "CANCEL_OLDEST", "CANCEL_BOTH"}
SOONEST_EXPIRY, LATEST_EXPIRY = timedelta(seconds=10), timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Admission:
    """What an order needs to be taken: its worst price and what to reserve. Amounts in decimals of the hold's asset."""

    base_amount: Decimal
    protection_price: Decimal | None
    is_base_hold: bool
    hold_amount: Decimal


def admit_order(terms: OrderTerms, context: PlacingContext, at: datetime) -> Admission:
    """Decide on ``terms``, asked for at ``at``.

    Refuses with the door's codes; the order of the checks is the order of the codes in the API guide.
    """
    _check_terms(terms)
    if context.phase != "OPEN":
        raise Refusal(
            "PHASE_NOT_ALLOWED",
            f"{context.symbol} takes no orders while it is {context.phase}.",
            meta={"phase": context.phase},
        )
    base_amount = terms.base_amount
    assert base_amount is not None
    _check_amount(base_amount, context)
    if terms.display_amount is not None:
        _check_display(terms.display_amount, base_amount, context)
    protection = None if terms.limit_price is not None else _protection_price(terms.side, context)
    price = terms.limit_price if terms.limit_price is not None else protection
    assert price is not None
    _check_price(price, context)
    _check_notional(CONTEXT.multiply(price, base_amount), context)
    if terms.expires_at is not None:
        _check_expiry(terms.expires_at, at)
    units = MarketUnits.of(
        base_scale=context.base_scale,
        quote_scale=context.quote_scale,
        tick_size=context.tick_size,
        lot_size=context.lot_size,
    )
    lots, ticks = units.lots_of(base_amount), units.ticks_of(price)
    if terms.side == "SELL":
        return Admission(base_amount, protection, True, from_units(lots * units.lot_base, units.base_scale))
    hold = hold_of_buy(
        notional=lots * ticks * units.tick_lot_quote,
        exact=0,
        charged=0,
        rate=max(rate_in_millionths(context.maker_rate), rate_in_millionths(context.taker_rate), 0),
        fee_step=10 ** (context.quote_scale - context.fee_scale),
    )
    return Admission(base_amount, protection, False, from_units(hold, units.quote_scale))


def rate_in_millionths(rate: Decimal) -> int:
    return to_units(rate, 6)


def _check_terms(terms: OrderTerms) -> None:
    if (terms.type, terms.time_in_force) not in ALLOWED_TERMS:
        raise _invalid("/time_in_force", "TERMS_NOT_ALLOWED", f"{terms.type} orders do not take {terms.time_in_force}.")
    if terms.quote_amount is not None:
        raise _invalid("/quote_amount", "TERMS_NOT_ALLOWED", "Orders by quote_amount are not taken; send base_amount.")
    if terms.base_amount is None:
        raise _invalid("/base_amount", "FIELD_MISSING", "base_amount is required.")
    _check_presence("/limit_price", terms.limit_price, terms.type != "MARKET", terms.type)
    _check_presence("/display_amount", terms.display_amount, terms.type == "ICEBERG", terms.type)
    _check_presence("/expires_at", terms.expires_at, terms.time_in_force == "GTT", terms.time_in_force)
    if terms.self_trade_prevention not in SELF_TRADE_PREVENTIONS:
        taken = ", ".join(sorted(SELF_TRADE_PREVENTIONS))
        raise _invalid("/self_trade_prevention", "TERMS_NOT_ALLOWED", f"The modes taken are {taken}.")


def _check_presence(pointer: str, value: object, is_needed: bool, what: str) -> None:
    """Refuse a term that is missing where it is needed, or given where it means nothing."""
    if is_needed and value is None:
        raise _invalid(pointer, "FIELD_MISSING", f"{what} needs it.")
    if value is not None and not is_needed:
        raise _invalid(pointer, "TERMS_NOT_ALLOWED", f"{what} does not take it.")


def _invalid(pointer: str, code: str, detail: str) -> Refusal:
    error = FieldError(pointer, code, detail)
    return Refusal("REQUEST_INVALID", "The order's terms do not fit together.", errors=[error], status=400)


def _check_price(price: Decimal, context: PlacingContext) -> None:
    if CONTEXT.remainder(price, context.tick_size) or not price:
        raise Refusal(
            "PRICE_OFF_TICK",
            f"The price has to be a positive multiple of {plain_text(context.tick_size)}.",
            meta={"tick_size": plain_text(context.tick_size)},
        )


def _check_amount(amount: Decimal, context: PlacingContext) -> None:
    if CONTEXT.remainder(amount, context.lot_size):
        raise Refusal(
            "AMOUNT_OFF_LOT",
            f"The amount has to be a multiple of {plain_text(context.lot_size)}.",
            meta={"lot_size": plain_text(context.lot_size)},
        )
    if amount < context.min_amount:
        raise Refusal(
            "AMOUNT_BELOW_MINIMUM",
            f"The least is {plain_text(context.min_amount)}.",
            meta={"limit": plain_text(context.min_amount)},
        )
    if amount > context.max_amount:
        raise Refusal(
            "AMOUNT_ABOVE_MAXIMUM",
            f"The most is {plain_text(context.max_amount)}.",
            meta={"limit": plain_text(context.max_amount)},
        )


def _check_display(display: Decimal, amount: Decimal, context: PlacingContext) -> None:
    """An iceberg shows at least what an order may be for, and less than all of it."""
    _check_amount(display, context)
    if display >= amount:
        raise _invalid("/display_amount", "FIELD_INVALID", "It has to be less than base_amount.")


def _check_expiry(expires_at: datetime, at: datetime) -> None:
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


def _check_notional(notional: Decimal, context: PlacingContext) -> None:
    if notional < context.min_notional:
        raise Refusal(
            "NOTIONAL_BELOW_MINIMUM",
            f"The least is {plain_text(context.min_notional)}.",
            meta={"limit": plain_text(context.min_notional)},
        )
    if notional > context.max_notional:
        raise Refusal(
            "NOTIONAL_ABOVE_MAXIMUM",
            f"The most is {plain_text(context.max_notional)}.",
            meta={"limit": plain_text(context.max_notional)},
        )


def _protection_price(side: str, context: PlacingContext) -> Decimal:
    """The worst price of a MARKET order: reference x (1 +- execution_band), rounded inward to a tick."""
    if context.reference_price is None:
        raise Refusal(
            "REFERENCE_PRICE_MISSING",
            f"{context.symbol} has no reference price yet, so a MARKET order has no bound.",
        )
    factor = 1 + context.execution_band if side == "BUY" else 1 - context.execution_band
    bound = CONTEXT.multiply(context.reference_price, factor)
    ticks = int(bound // context.tick_size)
    if side == "SELL" and CONTEXT.multiply(ticks, context.tick_size) < bound:
        ticks += 1
    return CONTEXT.multiply(ticks, context.tick_size)
