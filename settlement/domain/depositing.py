"""The rules of a deposit: its states, why one is looked at, and whether enough is known of who sent it. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from core.domain.refusals import Refusal

MOVES: Final[Mapping[str, tuple[str, ...]]] = {
    "DETECTED": ("CREDITED", "UNDER_REVIEW", "FAILED"),
    "UNDER_REVIEW": ("CREDITED", "RETURNING"),
    "CREDITED": ("REVERSED",),
    "RETURNING": ("RETURNED",),
    "RETURNED": (),
    "REVERSED": (),
    "FAILED": ("DETECTED",),
}
"""From each state the states after it. What vanished before it was final may be seen again, in a later block."""
STATUSES: Final = tuple(MOVES)
BEFORE_THE_BOOKS: Final = ("DETECTED", "FAILED")
"""Nothing is posted for it: it was never final."""
THE_CLIENTS: Final = ("CREDITED", "REVERSED")
"""The client has it, or had it."""
IN_SUSPENSE: Final = ("UNDER_REVIEW", "RETURNING")

REASONS: Final = ("UNATTRIBUTED", "TRAVEL_RULE", "SCREENING", "PERMISSION", "BELOW_MINIMUM")
"""Why a deposit is looked at, in the order in which they are looked at: one at a time."""
AFTER_SCREENING: Final = REASONS[REASONS.index("SCREENING") + 1 :]
"""What is asked once the screening was lifted."""
SOURCES: Final = ("OPENING", "OPERATOR", "BANK", "CHAIN")
"""Who told of it. OPENING: nobody; it is what the house had when its books were opened."""
SCREENINGS: Final = ("", "PENDING", "CLEAR", "HIT")
"""What the screening said; nothing for what the house opened with: no screener was asked."""

SENDER_FIELDS: Final = ("full_name", "address", "national_id", "date_of_birth")
"""What may be told of a sender; kept in the vault alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the decision on a deposit is made of. Amounts are in its asset."""

    is_attributed: bool
    lacks_information: bool
    screening: str
    may_receive: bool
    amount: Decimal
    minimum: Decimal


def review_reason(facts: Facts, *, after: str = "") -> str:
    """The first reason to look that holds, in the order of ``REASONS``; nothing where the client may have it at once.

    ``after`` is the reason that was lifted: it and those before it are not asked again.
    """
    holds = {
        "UNATTRIBUTED": not facts.is_attributed,
        "TRAVEL_RULE": facts.lacks_information,
        "SCREENING": facts.screening in {"PENDING", "HIT"},
        "PERMISSION": not facts.may_receive,
        "BELOW_MINIMUM": facts.amount < facts.minimum,
    }
    first = REASONS.index(after) + 1 if after else 0
    return next((reason for reason in REASONS[first:] if holds[reason]), "")


def knows_sender(names: Collection[str]) -> bool:
    """Whether the fields in ``names`` say who sent it: the name, and one more thing that tells two of a name apart.

    FATF Recommendation 16, interpretive note, paragraph 6: name, account, and address, national identity number, or date of
    birth. The account is the address that it came from.
    """
    return "full_name" in names and len(set(names) & set(SENDER_FIELDS)) > 1


def wants_information(*, source: str, is_coin: bool, vasp: str, value: Decimal | None, threshold: Decimal) -> bool:
    """Whether the travel rule asks who sent it: it came over a chain, from another provider (``vasp``), and is worth
    ``threshold`` or more. What has no value (None: no price) is never taken for little; and of a coin (``is_coin``) that an
    operator entered, nobody but a feed can say that no provider sent it.
    """
    is_from_provider = (source == "CHAIN" and bool(vasp)) or (source == "OPERATOR" and is_coin)
    return is_from_provider and (value is None or value >= threshold)


def is_final(*, is_booked: bool, confirmations: int, needed: int) -> bool:
    """Whether the house believes it: whoever holds it has booked it, and the chain has confirmed it as often as we want."""
    return is_booked and confirmations >= needed


def check_move(before: str, after: str) -> None:
    """Refuse (409 STATE_CHANGED) a move that the table does not know."""
    if after not in MOVES[before]:
        raise Refusal(
            "STATE_CHANGED",
            f"A deposit that is {before} does not become {after}.",
            meta={"from": before, "to": after},
            status=409,
        )
