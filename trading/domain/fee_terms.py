"""Terms of fees as they are proposed: tiers by volume, and which of them a volume comes to."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.domain.decimals import LIMIT, has_scale
from core.domain.refusals import Refusal

MOST_TIERS = 20
RATE_SCALE, VOLUME_SCALE = 6, 2
LEAST_MAKER, MOST_TAKER = Decimal("-0.01"), Decimal("0.1")


@dataclass(frozen=True, slots=True)
class TierTerms:
    """Rates (fractions: 0.002 is 0.2 %) from a 30-day volume in the reporting asset upwards; a negative one is a rebate."""

    from_volume: Decimal
    maker_rate: Decimal
    taker_rate: Decimal


def check_tiers(tiers: Sequence[TierTerms]) -> None:
    """Refuse (FEES_INVALID) tiers that do not begin at nothing and rise, or under which the house would pay for trades."""
    if not 1 <= len(tiers) <= MOST_TIERS:
        raise _invalid(f"There are 1 to {MOST_TIERS} tiers.")
    volumes = [tier.from_volume for tier in tiers]
    if volumes[0] != 0 or volumes != sorted(set(volumes)):
        raise _invalid("Tiers begin at 0 and rise, each once.")
    for tier in tiers:
        _check_tier(tier)


def _check_tier(tier: TierTerms) -> None:
    if not all(number.is_finite() for number in (tier.from_volume, tier.maker_rate, tier.taker_rate)):
        raise _invalid("A rate or a volume is not a number.")
    if not (tier.from_volume < LIMIT and has_scale(tier.from_volume, VOLUME_SCALE)):
        raise _invalid("A volume is below 1e20 and has two digits.")
    if not (has_scale(tier.maker_rate, RATE_SCALE) and has_scale(tier.taker_rate, RATE_SCALE)):
        raise _invalid("A rate has six digits.")
    if not LEAST_MAKER <= tier.maker_rate <= tier.taker_rate <= MOST_TAKER:
        raise _invalid("The maker rate is from -0.01 up to the taker rate, and that at most 0.1.")
    if tier.maker_rate + tier.taker_rate < 0:
        raise _invalid("Maker and taker rate together are not below nothing: the house would pay for trades.")


def _invalid(detail: str) -> Refusal:
    return Refusal("FEES_INVALID", detail)


def tier_of(tiers: Sequence[TierTerms], volume: Decimal) -> TierTerms:
    """The last tier that ``volume`` reaches; tiers rise from 0."""
    return [tier for tier in tiers if tier.from_volume <= volume][-1]
