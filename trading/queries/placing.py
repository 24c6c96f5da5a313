"""What the door reads before it takes an order: everything in one statement."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from accounts.models import Profile
from core.domain.refusals import NotFound
from core.prepared import prepared_cursor
from trading.contracts import PlacingContext

_COLUMNS = """
       m.id, m.symbol, m.phase, m.base_id, b.code, b.scale, m.quote_id, q.code, q.scale, m.price_scale,
       m.tick_size * m.tick_step, m.lot_size * m.lot_step, m.min_amount, m.max_amount, m.min_notional, m.max_notional,
       m.execution_band, COALESCE(m.last_price, m.reference_price), t.id, t.maker_rate, t.taker_rate, s.fee_scale,
       p.status, p.denied_actions, p.self_trade_group, ba.id, qa.id
"""
# Of a profile ``p`` in a market ``m``.
_JOINS = """
JOIN settlement_asset b ON b.id = m.base_id
JOIN settlement_asset q ON q.id = m.quote_id
LEFT JOIN trading_feeplan f ON f.profile_id = p.id AND f.market_id = m.id
JOIN trading_feetier first ON first.schedule_id = m.fee_schedule_id AND first.from_volume = 0
JOIN trading_feetier t ON t.id = COALESCE(f.tier_id, first.id)
JOIN trading_feeschedule s ON s.id = t.schedule_id
LEFT JOIN settlement_ledgeraccount ba
    ON ba.kind = 'CLIENT' AND ba.asset_id = m.base_id AND ba.profile_id = p.id AND ba.label = ''
LEFT JOIN settlement_ledgeraccount qa
    ON qa.kind = 'CLIENT' AND qa.asset_id = m.quote_id AND qa.profile_id = p.id AND qa.label = ''
"""

CONTEXT = f"""
SELECT {_COLUMNS}, o.id, o.request_sha256
FROM accounts_profile p
JOIN trading_market m ON m.symbol = %(symbol)s
{_JOINS}
LEFT JOIN trading_order o ON o.profile_id = p.id AND o.client_order_id = %(client_order_id)s
WHERE p.id = %(profile)s AND p.entity_id = %(entity)s
"""  # noqa: S608 - of constants

# Each pair once, with what the profile has placed already under any of the ids.
CONTEXTS = f"""
SELECT {_COLUMNS}, NULL, NULL, p.id, (
    SELECT array_agg(ARRAY[o.client_order_id::text, o.id::text, o.request_sha256::text])
    FROM trading_order o WHERE o.profile_id = p.id AND o.client_order_id = ANY(%(client_order_ids)s::text[])
)
FROM unnest(%(profiles)s::uuid[], %(symbols)s::text[]) AS w (profile_id, symbol)
JOIN accounts_profile p ON p.id = w.profile_id AND p.entity_id = %(entity)s
JOIN trading_market m ON m.symbol = w.symbol
{_JOINS}
"""  # noqa: S608 - of constants

Pair = tuple[UUID, str]


@dataclass(frozen=True, slots=True)
class PairContext:
    """The context of a profile's orders in a market; ``stored`` are its orders by the client's ids: id and the wish's hash."""

    context: PlacingContext
    stored: Mapping[str, tuple[UUID, str]]


def get_placing_context(*, profile_id: UUID, entity_id: UUID, symbol: str, client_order_id: str) -> PlacingContext:
    """The context of an order of ``profile_id`` in ``symbol``. Another entity's profile is not found, nor an unknown market."""
    with prepared_cursor() as cursor:
        cursor.execute(
            CONTEXT,
            {
                "symbol": symbol,
                "client_order_id": client_order_id,
                "profile": profile_id,
                "entity": entity_id,
            },
        )
        row = cursor.fetchone()
        if row is not None:
            return PlacingContext(*row)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM accounts_profile WHERE id = %s AND entity_id = %s", [profile_id, entity_id])
        raise NotFound("profile" if cursor.fetchone() is None else "market")


def list_placing_contexts(
    *, pairs: Iterable[Pair], entity_id: UUID, client_order_ids: Collection[str]
) -> dict[Pair, PairContext]:
    """Contexts of orders of these profiles in these markets, in one statement; another entity's and unknown ones are missing."""
    distinct = list(dict.fromkeys(pairs))
    with prepared_cursor() as cursor:
        cursor.execute(
            CONTEXTS,
            {
                "profiles": [profile_id for profile_id, _ in distinct],
                "symbols": [symbol for _, symbol in distinct],
                "entity": entity_id,
                "client_order_ids": list(client_order_ids),
            },
        )
        rows = cursor.fetchall()
    return {
        (profile_id, row[1]): PairContext(
            PlacingContext(*row), {name: (UUID(order_id), sha256) for name, order_id, sha256 in stored or ()}
        )
        for *row, profile_id, stored in rows
    }


def list_own_profiles(*, profile_ids: Collection[UUID], entity_id: UUID) -> set[UUID]:
    """Which of these profiles are the entity's."""
    return set(Profile.objects.filter(pk__in=profile_ids, entity_id=entity_id).values_list("pk", flat=True))
