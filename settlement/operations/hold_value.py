"""Reserve a part of a client's balance, and give it back."""

from decimal import Decimal
from uuid import UUID

from django.db import connection

HOLD = """
UPDATE settlement_ledgeraccount SET held = held + %(amount)s
WHERE kind = 'CLIENT' AND profile_id = %(profile)s AND asset_id = %(asset)s AND label = ''
    AND balance - held >= %(amount)s AND status = 'OPEN' AND EXISTS (
        SELECT 1 FROM accounts_profile p
        WHERE p.id = %(profile)s AND p.status = 'OPEN' AND NOT p.denied_actions @> ARRAY[%(action)s]::varchar[]
    )
"""
RELEASE = """
UPDATE settlement_ledgeraccount SET held = held - %(amount)s
WHERE kind = 'CLIENT' AND profile_id = %(profile)s AND asset_id = %(asset)s AND label = ''
"""


def hold_value(*, profile_id: UUID, asset_id: UUID, amount: Decimal, action: str) -> bool:
    """Hold ``amount`` in one conditional statement; false where so much is not available, or the profile may not do ``action``.

    Joins the caller's transaction, which writes down in its own row what it holds.
    """
    with connection.cursor() as cursor:
        cursor.execute(HOLD, {"amount": amount, "profile": profile_id, "asset": asset_id, "action": action})
        return bool(cursor.rowcount == 1)


def release_value(*, profile_id: UUID, asset_id: UUID, amount: Decimal) -> None:
    """Give a hold back, in the transaction that sets the holder's own ``held`` to nothing under its lock."""
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, {"amount": amount, "profile": profile_id, "asset": asset_id})
        if cursor.rowcount != 1:
            raise LookupError(f"profile {profile_id} has no account in {asset_id}")
