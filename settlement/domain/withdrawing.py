"""The rules of a withdrawal: its states, its arithmetic, and how much may leave. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from core.domain.decimals import CONTEXT, has_scale, plain_text
from core.domain.refusals import Refusal

MOVES: Final[Mapping[str, tuple[str, ...]]] = {
    "IN_REVIEW": ("AWAITING_APPROVAL", "APPROVED", "CANCELLED", "REJECTED"),
    "AWAITING_APPROVAL": ("APPROVED", "CANCELLED", "REJECTED"),
    "APPROVED": ("SENT", "ERRORED", "CANCELLED", "REJECTED", "COMPLETED"),
    "SENT": ("COMPLETED", "ERRORED"),
    "ERRORED": ("SENT", "COMPLETED", "FAILED", "APPROVED"),
    "COMPLETED": ("RETURNED",),
    "FAILED": (),
    "CANCELLED": (),
    "REJECTED": (),
    "RETURNED": (),
}
"""From each state the states after it. ERRORED goes back to APPROVED when operations have it sent again."""
STATUSES: Final = tuple(MOVES)
ENDED: Final = ("COMPLETED", "FAILED", "CANCELLED", "REJECTED", "RETURNED")
"""Holds nothing any more."""
ENDED_UNPAID: Final = ("FAILED", "CANCELLED", "REJECTED")
DECIDED: Final = ("APPROVED", "SENT", "COMPLETED", "ERRORED", "FAILED", "RETURNED")
"""Whoever had to agree has agreed."""
SENT_STATUSES: Final = ("SENT", "COMPLETED", "RETURNED")
BEFORE_SENT: Final = ("IN_REVIEW", "AWAITING_APPROVAL", "APPROVED")

WINDOWS: Final[Mapping[str, timedelta | None]] = {
    "PER_TRANSFER": None,
    "ROLLING_24H": timedelta(hours=24),
    "ROLLING_30D": timedelta(days=30),
}
"""How far back a window reaches; a transfer by itself reaches nowhere."""


def check_move(before: str, after: str) -> None:
    """Refuse (409 STATE_CHANGED) a move that the table does not know."""
    if after not in MOVES[before]:
        raise Refusal(
            "STATE_CHANGED",
            f"A withdrawal that is {before} does not become {after}.",
            meta={"from": before, "to": after},
            status=409,
        )


def check_state(found: str, *expected: str) -> None:
    """Refuse (409 STATE_CHANGED) an act on a withdrawal that is in none of the ``expected`` states."""
    if found not in expected:
        raise Refusal(
            "STATE_CHANGED",
            f"It is {found}; this is for one that is {' or '.join(expected)}.",
            meta={"status": found, "expected": list(expected)},
            status=409,
        )


@dataclass(frozen=True, slots=True)
class Amounts:
    """What leaves, what the firm takes, and what both cost the client: gross = net + fee, in the asset."""

    net: Decimal
    fee: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True)
class Terms:
    """What the rail says at this moment."""

    fee: Decimal
    minimum: Decimal
    payment_scale: int
    asset: str


def quote_amounts(*, kind: str, amount: Decimal, terms: Terms) -> Amounts:
    """The three amounts of a wish: ``amount`` is what arrives (NET) or what it costs in all (GROSS).

    Refuses what arrives with more digits than the rail carries (AMOUNT_NOT_PAYABLE with payment_scale), and what is nothing or
    below the minimum (AMOUNT_BELOW_MINIMUM with minimum); nothing is rounded.
    """
    net = amount if kind == "NET" else CONTEXT.subtract(amount, terms.fee)
    if not amount.is_finite() or net <= 0 or net < terms.minimum:
        raise Refusal(
            "AMOUNT_BELOW_MINIMUM",
            f"At least {plain_text(terms.minimum)} {terms.asset} has to arrive, after a fee of {plain_text(terms.fee)}.",
            meta={"minimum": plain_text(terms.minimum), "fee": plain_text(terms.fee)},
        )
    if not has_scale(net, terms.payment_scale):
        raise Refusal(
            "AMOUNT_NOT_PAYABLE",
            f"{terms.asset} is paid with {terms.payment_scale} digits; {plain_text(net)} has more.",
            meta={"payment_scale": terms.payment_scale},
        )
    return Amounts(net, terms.fee, CONTEXT.add(net, terms.fee))


def check_fee(fee: Decimal, expected: Decimal | None) -> None:
    """Refuse (FEE_CHANGED with fee) a fee other than the one that was expected; expecting none is not asking."""
    if expected is not None and expected != fee:
        raise Refusal("FEE_CHANGED", f"The fee is {plain_text(fee)} now.", meta={"fee": plain_text(fee)})


@dataclass(frozen=True, slots=True)
class Utilisation:
    """One limit as it stands: at most ``limit`` in the window, of which ``used`` is; in the reporting asset."""

    scope: str
    window: str
    limit: Decimal
    used: Decimal

    @property
    def left(self) -> Decimal:
        """What may still leave; a limit that was lowered meanwhile leaves nothing."""
        return max(Decimal(0), CONTEXT.subtract(self.limit, self.used))


def check_limits(limits: Iterable[Utilisation], value: Decimal) -> None:
    """Refuse (WITHDRAWAL_LIMIT_EXCEEDED with window, limit, used, asked) what would pass one of them."""
    for each in limits:
        if CONTEXT.add(each.used, value) > each.limit:
            raise Refusal(
                "WITHDRAWAL_LIMIT_EXCEEDED",
                f"{each.window}: {plain_text(each.used)} of {plain_text(each.limit)} are used; {plain_text(value)} is asked.",
                meta={
                    "scope": each.scope,
                    "window": each.window,
                    "limit": plain_text(each.limit),
                    "used": plain_text(each.used),
                    "asked": plain_text(value),
                },
            )
