"""Four eyes: which actions need other people's approval, how many, by which permission, and what a request may become.

Pure. A policy has tiers by value in the reporting asset; the tier that fires is that of the highest ``from_value`` which the
value reaches. A request is bound to the SHA-256 of its payload's canonical bytes: who approves, approves those bytes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import pairwise
from typing import Any, Final

from core.domain.canonical import canonical_json
from core.domain.decimals import NumberInvalid, parse_decimal

PENDING: Final = "PENDING"
APPROVED: Final = "APPROVED"
REJECTED: Final = "REJECTED"
CANCELLED: Final = "CANCELLED"
EXPIRED: Final = "EXPIRED"
EXECUTED: Final = "EXECUTED"
FAILED: Final = "FAILED"

MOVES: Final[Mapping[str, frozenset[str]]] = {
    PENDING: frozenset({APPROVED, REJECTED, CANCELLED, EXPIRED}),
    APPROVED: frozenset({EXECUTED, FAILED}),
}

FRESH_FACTOR_SECONDS: Final = 300
"""How long ago the second factor may have been used by who decides."""
MOST_APPROVALS: Final = 9
MOST_TIERS: Final = 9
MOST_HOURS: Final = 720
# These guard the guards: they always need somebody else, whatever the policy's value.
ALWAYS_APPROVED: Final = frozenset({"POLICY_CHANGE", "ROLE_GRANT"})


@dataclass(frozen=True, slots=True)
class Tier:
    """From ``from_value`` (reporting asset) upwards, ``approvals`` people who hold ``permission`` must approve; 0: nobody."""

    from_value: Decimal
    approvals: int
    permission: str


class TiersInvalid(ValueError):
    """The tiers of a policy are not sound; says why."""


def read_tiers(tiers: Any) -> tuple[Tier, ...]:
    """The tiers of a stored or proposed policy. Refuses, with ``TiersInvalid``, what is not sound: the first begins at 0,
    each begins higher than the one before and asks for no fewer people, and who asks for somebody names the permission.
    """
    if not isinstance(tiers, list) or not 1 <= len(tiers) <= MOST_TIERS:
        raise TiersInvalid(f"A policy has 1 to {MOST_TIERS} tiers.")
    found = tuple(_read_tier(tier) for tier in tiers)
    if found[0].from_value != 0:
        raise TiersInvalid("The first tier begins at 0.")
    for lower, higher in pairwise(found):
        if higher.from_value <= lower.from_value:
            raise TiersInvalid("Each tier begins higher than the one before.")
        if higher.approvals < lower.approvals:
            raise TiersInvalid("More value never needs fewer approvals.")
    return found


def _read_tier(tier: Any) -> Tier:
    if not isinstance(tier, dict) or set(tier) != {"from_value", "approvals", "permission"}:
        raise TiersInvalid("A tier has from_value, approvals and permission.")
    if not all(isinstance(part, str) for part in tier.values()):
        raise TiersInvalid("The parts of a tier are text.")
    try:
        from_value = parse_decimal(tier["from_value"])
    except NumberInvalid:
        raise TiersInvalid("A tier begins at 0 or at a plain number above it.") from None
    text = tier["approvals"]
    if not (text.isascii() and text.isdigit() and int(text) <= MOST_APPROVALS):
        raise TiersInvalid(f"A tier needs 0 to {MOST_APPROVALS} approvals.")
    approvals, permission = int(text), tier["permission"]
    if approvals and not permission:
        raise TiersInvalid("A tier that needs approval names the permission to give it.")
    return Tier(from_value, approvals, permission)


def tiers_json(tiers: Iterable[Tier]) -> list[dict[str, str]]:
    """The tiers as they are stored: text alone, so that they can be hashed."""
    return [
        {"from_value": f"{tier.from_value:f}", "approvals": str(tier.approvals), "permission": tier.permission}
        for tier in tiers
    ]


def choose_tier(tiers: Sequence[Tier], value: Decimal | None, *, is_over_limit: bool = False) -> Tier:
    """The tier that fires for ``value`` (reporting asset).

    Without a value, and above the day's limit, it is the highest: what cannot be measured is not let through as small.
    """
    if value is None or is_over_limit:
        return tiers[-1]
    return [tier for tier in tiers if tier.from_value <= value][-1]


def payload_sha256(payload: Mapping[str, Any]) -> str:
    """Hexadecimal SHA-256 of the payload's canonical bytes. Refuses numbers: amounts are text (``TypeError``)."""
    return sha256(canonical_json(dict(payload))).hexdigest()


def is_factor_fresh(factor_at: datetime | None, *, at: datetime) -> bool:
    """Whether a second factor was used in the ``FRESH_FACTOR_SECONDS`` before ``at``."""
    return factor_at is not None and timedelta(0) <= at - factor_at <= timedelta(seconds=FRESH_FACTOR_SECONDS)


def _of_money(*, permission: str, is_free_below: Decimal | None = None) -> tuple[Tier, ...]:
    two = Tier(Decimal(10_000), 2, permission)
    if is_free_below is None:
        return (Tier(Decimal(0), 1, permission), two)
    return (Tier(Decimal(0), 0, permission), Tier(is_free_below, 1, permission), two)


def _one(permission: str) -> tuple[Tier, ...]:
    return (Tier(Decimal(0), 1, permission),)


_THOUSAND = Decimal(1_000)
DEFAULT_TIERS: Final[Mapping[str, tuple[Tier, ...]]] = {
    "WITHDRAWAL": _of_money(permission="withdrawal.approve", is_free_below=_THOUSAND),
    "INTERNAL_TRANSFER": _of_money(permission="transfer.approve", is_free_below=_THOUSAND),
    "MANUAL_JOURNAL": _of_money(permission="journal.approve"),
    "DEPOSIT_ATTRIBUTION": _of_money(permission="deposit.approve"),
    "DEPOSIT_ENTRY": _of_money(permission="deposit.approve"),
    "DEPOSIT_RELEASE": _one("deposit.release"),
    "DEPOSIT_REVERSAL": _of_money(permission="deposit.approve"),
    "LIMIT_CHANGE": _one("limit.approve"),
    "RAIL_CHANGE": _one("limit.approve"),
    "FEE_SCHEDULE": _one("limit.approve"),
    "FEE_ASSIGNMENT": _one("limit.approve"),
    "DESTINATION_ADD": _one("destination.approve"),
    "VALUATION_PRICE": _one("price.approve"),
    "MARKET_RESUME": _one("market.approve"),
    "REFERENCE_PRICE": _one("market.approve"),
    "QUOTE_TERMS": _one("quote.approve"),
    "MARKET_CHANGE": _one("market.approve"),
    "MARKET_SESSION": _one("market.approve"),
    "KILL_SWITCH_RELEASE": _one("kill.approve"),
    "CONTROL_CLEAR": _one("control.clear.approve"),
    "CREDENTIAL_CREATE": _one("credential.approve"),
    "ROLE_GRANT": _one("role.approve"),
    "POLICY_CHANGE": _one("policy.approve"),
}
"""What is in force on the first day for actions that exist or are next. An action without a policy is refused."""
DEFAULT_EXPIRES_AFTER_HOURS: Final = 24
