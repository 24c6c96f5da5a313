"""What trading costs: schedules and assignments in line, a client's own rates, and what other rates would have cost."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from core.domain.refusals import Refusal
from core.ids import first_id_at
from trading.domain.fee_terms import TierTerms, check_tiers
from trading.models import FeeAssignment, FeeSchedule

ZERO = Decimal(0)
LONGEST_SIMULATION_DAYS = 31


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """What a profile pays in a market now. ``volume_30d`` is its entity's, in the reporting asset, as last measured."""

    market: str
    schedule: str
    schedule_version: int
    from_volume: Decimal
    maker_rate: Decimal
    taker_rate: Decimal
    volume_30d: Decimal
    measured_at: datetime | None
    next_volume: Decimal | None
    next_maker_rate: Decimal | None
    next_taker_rate: Decimal | None


TERMS = """
SELECT m.symbol, s.name, s.schedule_version, t.from_volume, t.maker_rate, t.taker_rate, COALESCE(e.value, 0), e.measured_at,
       following.from_volume, following.maker_rate, following.taker_rate
FROM accounts_profile p
CROSS JOIN trading_market m
LEFT JOIN trading_feeplan f ON f.profile_id = p.id AND f.market_id = m.id
JOIN trading_feetier first ON first.schedule_id = m.fee_schedule_id AND first.from_volume = 0
JOIN trading_feetier t ON t.id = COALESCE(f.tier_id, first.id)
JOIN trading_feeschedule s ON s.id = t.schedule_id
LEFT JOIN trading_entityvolume e ON e.entity_id = p.entity_id
LEFT JOIN LATERAL (
    SELECT x.from_volume, x.maker_rate, x.taker_rate FROM trading_feetier x
    WHERE x.schedule_id = s.id AND x.from_volume > t.from_volume ORDER BY x.from_volume LIMIT 1
) following ON true
WHERE p.id = %(profile)s AND (%(market)s::text IS NULL OR m.symbol = %(market)s)
ORDER BY m.symbol
"""


def list_fee_terms(*, profile_id: UUID, market: str | None = None) -> list[FeeTerms]:
    """What the profile pays in each market, or in the one that is named. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(TERMS, {"profile": profile_id, "market": market})
        return [FeeTerms(*row) for row in cursor.fetchall()]


def list_schedules() -> QuerySet[FeeSchedule]:
    """Every version of every schedule, with its tiers."""
    return FeeSchedule.objects.prefetch_related("tiers")


def list_newest_schedules() -> list[FeeSchedule]:
    """The newest version of each name."""
    return list(list_schedules().order_by("name", "-schedule_version").distinct("name"))


def list_schedules_in_line(*, at: datetime) -> list[FeeSchedule]:
    """Of each name the version in force at ``at`` and those that follow, in their order."""
    rows = list(list_schedules().order_by("name", "schedule_version"))
    current: dict[str, int] = {}
    for row in rows:
        if row.in_force_from <= at:
            current[row.name] = row.schedule_version
    return [row for row in rows if row.schedule_version >= current.get(row.name, 0)]


def list_assignments() -> QuerySet[FeeAssignment]:
    """Every assignment there was, is, and is to come."""
    return FeeAssignment.objects.select_related("entity", "profile__entity", "market")


def list_assignments_in_line(*, at: datetime) -> list[FeeAssignment]:
    """Of each client and market what is in force at ``at``, and what follows; what was taken back is left out."""
    rows = list_assignments().order_by("entity_id", "profile_id", "market_id", "in_force_from")
    kept: list[FeeAssignment] = []
    for row in rows:
        is_next = bool(kept) and _key(kept[-1]) == _key(row)
        if is_next and row.in_force_from <= at:
            kept[-1] = row
        else:
            kept.append(row)
    return [row for row in kept if row.schedule_name or row.in_force_from > at]


def _key(row: FeeAssignment) -> tuple[UUID | None, UUID | None, UUID | None]:
    return row.entity_id, row.profile_id, row.market_id


def assignment_in_force(
    *, entity_id: UUID | None, profile_id: UUID | None, market_id: UUID | None, at: datetime
) -> FeeAssignment | None:
    """The one of just this client and market (none: all of them) at ``at``; none where there is none."""
    rows = list_assignments_of(entity_id=entity_id, profile_id=profile_id, market_id=market_id)
    return rows.filter(in_force_from__lte=at).order_by("-in_force_from").first()


def list_assignments_of(
    *, entity_id: UUID | None, profile_id: UUID | None, market_id: UUID | None
) -> QuerySet[FeeAssignment]:
    """Those of just this client and market (none: all of them)."""
    whose: dict[str, Any] = {"entity": entity_id, "profile": profile_id, "market": market_id}
    return FeeAssignment.objects.filter(
        **{f"{name}__isnull": True for name, value in whose.items() if value is None},
        **{f"{name}_id": value for name, value in whose.items() if value is not None},
    )


@dataclass(frozen=True, slots=True)
class SimulatedFees:
    """What an entity paid in a market, and what it would have: in the market's quote asset."""

    entity_id: UUID
    entity: str
    market: str
    asset: str
    scale: int
    notional: Decimal
    orders: int
    paid: Decimal
    would_pay: Decimal

    @property
    def difference(self) -> Decimal:
        """More than nothing where it would have paid more."""
        return self.would_pay - self.paid


# By order and not by fill, as fees are charged: exact per order, then up at the scale, and never more than was traded.
SIMULATE = """
WITH fills AS (
    SELECT market_id, buy_order_id AS order_id, buy_profile_id AS profile_id, quote_amount, buyer_fee AS fee,
           maker_side = 'BUY' AS is_maker
    FROM trading_trade WHERE id >= %(first)s AND business_date BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT market_id, sell_order_id, sell_profile_id, quote_amount, seller_fee, maker_side = 'SELL'
    FROM trading_trade WHERE id >= %(first)s AND business_date BETWEEN %(since)s AND %(until)s
), tiers AS (
    SELECT x.* FROM jsonb_to_recordset(%(tiers)s::jsonb) AS x (from_volume numeric, maker_rate numeric, taker_rate numeric)
), orders AS (
    SELECT f.market_id, p.entity_id, f.order_id, sum(f.quote_amount) AS notional, sum(f.fee) AS paid,
           COALESCE(sum(f.quote_amount) FILTER (WHERE f.is_maker), 0) AS made,
           COALESCE(sum(f.quote_amount) FILTER (WHERE f.is_maker IS NOT TRUE), 0) AS taken
    FROM fills f JOIN accounts_profile p ON p.id = f.profile_id
    JOIN trading_market m ON m.id = f.market_id
    WHERE (%(market)s::text IS NULL OR m.symbol = %(market)s)
    GROUP BY f.market_id, p.entity_id, f.order_id
)
SELECT o.entity_id, e.legal_name, e.reference, m.symbol, q.code, q.scale, sum(o.notional), count(*), sum(o.paid),
       sum(LEAST(o.notional, ceil((o.made * t.maker_rate + o.taken * t.taker_rate) * 10::numeric ^ %(scale)s)
           / 10::numeric ^ %(scale)s))
FROM orders o
JOIN accounts_entity e ON e.id = o.entity_id
JOIN trading_market m ON m.id = o.market_id
JOIN settlement_asset q ON q.id = m.quote_id
LEFT JOIN trading_entityvolume v ON v.entity_id = o.entity_id
JOIN LATERAL (
    SELECT * FROM tiers WHERE from_volume <= COALESCE(v.value, 0) ORDER BY from_volume DESC LIMIT 1
) t ON true
GROUP BY o.entity_id, e.legal_name, e.reference, m.symbol, q.code, q.scale
ORDER BY sum(o.notional) DESC
LIMIT %(most)s
"""
MOST_SHOWN = 200


def simulate_fees(
    *, tiers: Sequence[TierTerms], fee_scale: int, since: date, until: date, market: str | None = None
) -> list[SimulatedFees]:
    """What the trades of these business dates, both included, would have cost under ``tiers``, each entity at the tier of its
    volume as last measured; the largest first, at most 200 rows.

    Of an order that also traded outside these days, what it traded within them counts. Refuses (FEES_INVALID) rates that cannot
    be and more than 31 days.
    """
    check_tiers(tiers)
    if not since <= until < since + timedelta(days=LONGEST_SIMULATION_DAYS):
        raise Refusal(
            "FEES_INVALID", f"From 1 to {LONGEST_SIMULATION_DAYS} days.", meta={"most_days": LONGEST_SIMULATION_DAYS}
        )
    # Ids of trades begin with the time they were matched, which is never before the engine's; a day for clocks that differ.
    day = timedelta(days=1)
    values: dict[str, Any] = {
        "first": first_id_at(datetime.combine(since - day, time(), UTC)),
        "since": since,
        "until": until,
        "market": market,
        "scale": fee_scale,
        "most": MOST_SHOWN,
        "tiers": json.dumps(
            [
                {
                    "from_volume": f"{t.from_volume:f}",
                    "maker_rate": f"{t.maker_rate:f}",
                    "taker_rate": f"{t.taker_rate:f}",
                }
                for t in tiers
            ]
        ),
    }
    with connection.cursor() as cursor:
        cursor.execute(SIMULATE, values)
        rows = cursor.fetchall()
    return [SimulatedFees(row[0], row[1] or row[2], *row[3:]) for row in rows]
