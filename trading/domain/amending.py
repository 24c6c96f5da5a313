"""The checks of an amend at the door, before anything is written. Pure: the order and the wish in, the instruction out."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.domain.chain import instant_text
from core.domain.decimals import CONTEXT, from_units, plain_text, to_units
from core.domain.refusals import FieldError, Refusal
from trading.contracts import AmendingContext, OrderChange
from trading.domain.charging import hold_to_add
from trading.domain.door import (
    STOPS,
    WITHOUT_LIMIT,
    check_amount,
    check_display,
    check_expiry,
    check_notional,
    check_price,
    protection_price,
    rate_in_millionths,
)
from trading.domain.phase import AMENDABLE


@dataclass(frozen=True, slots=True)
class AmendAdmission:
    """What the instruction says (see ``trading.domain.payload``), and what to hold for it beyond what the order holds."""

    payload: dict[str, str]
    hold_change: Decimal


def admit_amend(change: OrderChange, order: AmendingContext, at: datetime) -> AmendAdmission:
    """Decide on ``change``, asked for at ``at``, of an order that is not closed.

    Refuses terms that the order does not have (TERMS_NOT_ALLOWED), and what its market does not take, with the codes of placing.
    """
    _check_terms(change, order)
    if order.phase not in AMENDABLE:
        raise Refusal(
            "PHASE_NOT_ALLOWED",
            f"{order.symbol} takes no amends while it is {order.phase}.",
            meta={"phase": order.phase},
        )
    old_amount = order.base_amount
    assert old_amount is not None
    amount = old_amount if change.base_amount is None else change.base_amount
    _check_amounts(change, order, amount)
    protection = _new_protection(change, order)
    price = _new_price(change, order, protection)
    check_notional(CONTEXT.multiply(price, amount), order)
    if change.expires_at is not None:
        check_expiry(change.expires_at, at)
    return AmendAdmission(_payload(change, protection), _hold_change(order, amount - old_amount, price))


def _check_amounts(change: OrderChange, order: AmendingContext, amount: Decimal) -> None:
    if change.base_amount is not None:
        check_amount(amount, order)
    display = order.display_amount if change.display_amount is None else change.display_amount
    if display is not None and (change.display_amount is not None or change.base_amount is not None):
        check_display(display, amount, order)


def _check_terms(change: OrderChange, order: AmendingContext) -> None:
    """Refuse a change of nothing, and of what an order of its kind does not have."""
    given = {
        "base_amount": (change.base_amount, order.type != "MARKET"),
        "limit_price": (change.limit_price, order.type not in WITHOUT_LIMIT),
        "stop_price": (change.stop_price, order.type in STOPS),
        "display_amount": (change.display_amount, order.type == "ICEBERG"),
        "expires_at": (change.expires_at, order.time_in_force == "GTT"),
    }
    errors = [
        FieldError(f"/{name}", "TERMS_NOT_ALLOWED", f"A {order.type} {order.time_in_force} order does not have it.")
        for name, (value, is_had) in given.items()
        if value is not None and not is_had
    ]
    if all(value is None for value, _ in given.values()):
        errors = [FieldError("", "FIELD_MISSING", f"An amend changes one of {', '.join(given)}.")]
    if errors:
        raise Refusal("REQUEST_INVALID", "The order cannot be changed like this.", errors=errors, status=400)


def _new_protection(change: OrderChange, order: AmendingContext) -> Decimal | None:
    """A stop's bound goes with its stop price, where it has no limit of its own."""
    if change.stop_price is None:
        return None
    check_price(change.stop_price, order)
    if order.type not in WITHOUT_LIMIT:
        return None
    return protection_price(change.stop_price, order.side, order.execution_band, order.tick_size)


def _new_price(change: OrderChange, order: AmendingContext, protection: Decimal | None) -> Decimal:
    """The worst price by the new terms."""
    price = protection if change.limit_price is None else change.limit_price
    if price is None:
        return _old_price(order)
    check_price(price, order)
    return price


def _old_price(order: AmendingContext) -> Decimal:
    price = order.protection_price if order.limit_price is None else order.limit_price
    assert price is not None
    return price


def _hold_change(order: AmendingContext, more: Decimal, price: Decimal) -> Decimal:
    """What the new terms need beyond what the order holds; ``more`` is signed."""
    if order.side == "SELL":
        return max(Decimal(0), more)
    scale = order.quote_scale
    old, new = order.remaining_base, max(Decimal(0), order.remaining_base + more)
    change = hold_to_add(
        before=to_units(CONTEXT.multiply(old, _old_price(order)), scale),
        after=to_units(CONTEXT.multiply(new, price), scale),
        more_at_new_price=to_units(CONTEXT.multiply(more, price), scale),
        rate=max(rate_in_millionths(order.maker_rate), rate_in_millionths(order.taker_rate), 0),
        fee_step=10 ** (scale - order.fee_scale),
    )
    return from_units(change, scale)


def _payload(change: OrderChange, protection: Decimal | None) -> dict[str, str]:
    prices_and_amounts = {
        "base_amount": change.base_amount,
        "limit_price": change.limit_price,
        "protection_price": protection,
        "stop_price": change.stop_price,
        "display_amount": change.display_amount,
    }
    payload = {name: plain_text(value) for name, value in prices_and_amounts.items() if value is not None}
    return payload if change.expires_at is None else payload | {"expires_at": instant_text(change.expires_at)}
