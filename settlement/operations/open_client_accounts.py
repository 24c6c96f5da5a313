"""Open ledger accounts of profiles, many in one statement."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from core.ids import new_id

# By profile and asset, so that of two who open the same accounts one waits for the other, and never each for each.
OPEN = """
INSERT INTO settlement_ledgeraccount (id, code, name, kind, asset_id, profile_id, label, balance, held, status)
SELECT w.id, 'CLIENT:' || p.id || ':' || a.code,
       left(coalesce(nullif(e.legal_name, ''), e.reference) || ', ' || p.name, 200), 'CLIENT',
       a.id, p.id, '', 0, 0, 'OPEN'
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS w (id, profile_id, asset_id)
JOIN accounts_profile p ON p.id = w.profile_id
JOIN accounts_entity e ON e.id = p.entity_id
JOIN settlement_asset a ON a.id = w.asset_id
ORDER BY p.id, a.id
ON CONFLICT DO NOTHING
RETURNING profile_id, asset_id
"""


def open_client_accounts(*, wanted: Collection[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Open the account of each (profile, asset) that has none, in the caller's transaction; answers those that were opened."""
    profiles, assets = [profile for profile, _ in wanted], [asset for _, asset in wanted]
    with connection.cursor() as cursor:
        cursor.execute(OPEN, [[new_id() for _ in wanted], profiles, assets])
        return {(profile, asset) for profile, asset in cursor.fetchall()}
