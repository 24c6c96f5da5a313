"""Open the ledger account of a profile in an asset."""

from uuid import UUID

from django.db import connection

from core.ids import new_id

OPEN = """
INSERT INTO settlement_ledgeraccount (id, code, name, kind, asset_id, profile_id, label, balance, held, status)
SELECT %(id)s, 'CLIENT:' || p.id || ':' || a.code,
       left(coalesce(nullif(e.legal_name, ''), e.reference) || ', ' || p.name, 200), 'CLIENT',
       a.id, p.id, '', 0, 0, 'OPEN'
FROM accounts_profile p
JOIN accounts_entity e ON e.id = p.entity_id
JOIN settlement_asset a ON a.id = %(asset)s
WHERE p.id = %(profile)s
ON CONFLICT DO NOTHING
"""

FIND = """
SELECT id FROM settlement_ledgeraccount
WHERE kind = 'CLIENT' AND profile_id = %(profile)s AND asset_id = %(asset)s AND label = ''
"""


def open_client_account(*, profile_id: UUID, asset_id: UUID) -> UUID:
    """The id of the profile's account in the asset, opened if there is none. Runs in the caller's transaction, or in its own."""
    values = {"id": new_id(), "profile": profile_id, "asset": asset_id}
    with connection.cursor() as cursor:
        cursor.execute(OPEN, values)
        cursor.execute(FIND, values)
        found: UUID = cursor.fetchone()[0]
    return found
