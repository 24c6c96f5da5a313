"""Amounts, prices and rates: exact decimals, one strict grammar, one place that rounds.

Every amount is a ``Decimal`` at its asset's scale. Nothing here accepts a float, an exponent, a sign where none belongs or
a digit beyond the scale: a client who sends one is told, because a database would round in silence.
"""

import re
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    FloatOperation,
    InvalidOperation,
    Overflow,
)
from enum import StrEnum

LIMIT = Decimal("1e20")
"""No amount reaches this; both bounds are checked, because ``NaN`` passes every one-sided check of a database."""

MAX_SCALE = 18

CONTEXT = Context(prec=60, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, Overflow, FloatOperation])

_UNSIGNED = re.compile(r"\A(0|[1-9][0-9]{0,19})(\.[0-9]{1,18})?\Z", re.ASCII)
_SIGNED = re.compile(r"\A-?(0|[1-9][0-9]{0,19})(\.[0-9]{1,18})?\Z", re.ASCII)


class NumberInvalid(ValueError):
    """The text is not a number of the grammar ``(0|[1-9][0-9]{0,19})(.[0-9]{1,18})?``."""


class Rounding(StrEnum):
    """The named modes; who rounds names one."""

    UP = ROUND_UP
    DOWN = ROUND_DOWN
    CEILING = ROUND_CEILING
    FLOOR = ROUND_FLOOR
    HALF_UP = ROUND_HALF_UP
    HALF_EVEN = ROUND_HALF_EVEN


def parse_decimal(text: str, *, signed: bool = False) -> Decimal:
    """The number that ``text`` spells. Refuses everything outside the grammar, ``-0`` among it, with ``NumberInvalid``."""
    pattern = _SIGNED if signed else _UNSIGNED
    if not isinstance(text, str) or not pattern.match(text):
        raise NumberInvalid("not a plain decimal string")
    value = Decimal(text)
    if text.startswith("-") and not value:
        raise NumberInvalid("minus zero is not a number")
    return value


def scale_of(value: Decimal) -> int:
    """How many digits behind the point ``value`` needs; trailing zeros do not count."""
    exponent = value.normalize(CONTEXT).as_tuple().exponent
    if not isinstance(exponent, int):
        raise NumberInvalid("not a finite number")
    return max(0, -exponent)


def has_scale(value: Decimal, scale: int) -> bool:
    """Whether ``value`` is finite and needs at most ``scale`` digits behind the point."""
    return value.is_finite() and scale_of(value) <= scale


def quantize(value: Decimal, scale: int, rounding: Rounding) -> Decimal:
    """``value`` at exactly ``scale`` digits, rounded in the named mode."""
    return value.quantize(Decimal(1).scaleb(-scale), rounding=rounding.value, context=CONTEXT)


def at_scale(value: Decimal, scale: int) -> Decimal:
    """``value`` written with exactly ``scale`` digits; raises ``InvalidOperation`` if that would lose one."""
    result = value.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_EVEN, context=CONTEXT)
    if result != value:
        raise InvalidOperation(f"{value} has more than {scale} digits")
    return result


def format_scaled(value: Decimal, scale: int) -> str:
    """The plain text of ``value`` with exactly ``scale`` digits: no exponent, no ``-0``."""
    return format(abs(at_scale(value, scale)) if not value else at_scale(value, scale), "f")


def plain_text(value: Decimal) -> str:
    """``value`` with the digits it needs and no more: for sentences and limits, where no asset gives the scale."""
    return format_scaled(value, scale_of(value))


def to_units(value: Decimal, scale: int) -> int:
    """``value`` as a whole number of 10^-scale; raises if it has a digit beyond."""
    return int(at_scale(value, scale).scaleb(scale, context=CONTEXT))


def from_units(units: int, scale: int) -> Decimal:
    """The amount of ``units`` times 10^-scale."""
    return Decimal(units).scaleb(-scale, context=CONTEXT)


def units_text(units: int, scale: int) -> str:
    """``units`` times 10^-scale as plain text, as COPY writes it."""
    if scale == 0:
        return str(units)
    sign = "-" if units < 0 else ""
    digits = str(abs(units)).rjust(scale + 1, "0")
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}"
