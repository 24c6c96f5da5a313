"""The postings of a profile's accounts as the profile sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection

from core.domain.decimals import at_scale
from core.ids import first_id_at

# From each account the newest rows of either side by their index, then the newest of all: a page costs the
# same at any depth and of any number of postings.
_PAGE = """
SELECT p.id, p.entry_id, e.kind, p.direction, a.code, a.scale, p.amount, e.source_type, e.source_id, e.event_at,
       e.recorded_at, e.business_date, e.corrects_id
FROM (
    SELECT side.* FROM settlement_ledgeraccount account
    CROSS JOIN LATERAL (
        (SELECT id, entry_id, asset_id, amount, 'CREDIT' AS direction FROM settlement_posting
         WHERE destination_id = account.id {bounds} ORDER BY id {order} LIMIT %(limit)s)
        UNION ALL
        (SELECT id, entry_id, asset_id, amount, 'DEBIT' FROM settlement_posting
         WHERE source_id = account.id {bounds} ORDER BY id {order} LIMIT %(limit)s)
    ) side
    WHERE account.profile_id = %(profile)s AND account.kind = 'CLIENT'
      AND (%(assets)s::text[] IS NULL
           OR account.asset_id IN (SELECT id FROM settlement_asset WHERE code = ANY(%(assets)s)))
    ORDER BY id {order} LIMIT %(limit)s
) p
JOIN settlement_entry e ON e.id = p.entry_id
JOIN settlement_asset a ON a.id = p.asset_id
ORDER BY p.id {order}
"""
_NEWER = "AND id > %(after)s AND entry_id < %(before_entry)s"
_OLDER = "AND id < %(after)s"
_PAGES = {
    (True, True): _PAGE.format(bounds=_NEWER, order="ASC"),
    (True, False): _PAGE.format(bounds="AND entry_id < %(before_entry)s", order="ASC"),
    (False, True): _PAGE.format(bounds=_OLDER, order="DESC"),
    (False, False): _PAGE.format(bounds="", order="DESC"),
}


@dataclass(frozen=True, slots=True)
class ProfilePosting:
    """One posting: CREDIT came in, DEBIT went out; ``amount`` is positive and at the asset's scale."""

    id: int
    entry_id: UUID
    kind: str
    direction: str
    asset: str
    amount: Decimal
    source_type: str
    source_id: UUID
    event_at: datetime
    recorded_at: datetime
    business_date: date
    corrects_id: UUID | None


@dataclass(frozen=True, slots=True)
class PostingsWish:
    """Which page: up to ``limit`` rows after posting ``after``; ascending ones stop before ``settled_at``."""

    limit: int
    is_ascending: bool
    after: int | None
    assets: Sequence[str] | None
    settled_at: datetime


def list_profile_postings(*, profile_id: UUID, wish: PostingsWish) -> list[ProfilePosting]:
    """The page of the postings into and out of a profile's accounts. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            _PAGES[wish.is_ascending, wish.after is not None],
            {
                "profile": profile_id,
                "limit": wish.limit,
                "after": wish.after,
                "assets": list(wish.assets) if wish.assets is not None else None,
                "before_entry": first_id_at(wish.settled_at),
            },
        )
        return [_posting(row) for row in cursor.fetchall()]


def _posting(row: Sequence[object]) -> ProfilePosting:
    key, entry_id, kind, direction, asset, scale, amount, *rest = row
    assert isinstance(amount, Decimal) and isinstance(scale, int)
    return ProfilePosting(key, entry_id, kind, direction, asset, at_scale(amount, scale), *rest)  # type: ignore[arg-type]
