"""Why a hold could not be taken."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import connection

from core.domain.decimals import format_scaled
from core.domain.refusals import Refusal
from settlement.queries.withdrawal_limits import held_by_withdrawals


def refuse_shortfall(
    *, profile_id: UUID, account_id: UUID | None, asset_id: UUID, code: str, scale: int, needed: Decimal
) -> Refusal:
    """INSUFFICIENT_AVAILABLE: what is needed, what is available, and what holds the rest."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT balance, held FROM settlement_ledgeraccount WHERE id = %s", [account_id])
        balance, held = cursor.fetchone() or (Decimal(0), Decimal(0))
    leaving = held_by_withdrawals(profile_id=profile_id, asset_id=asset_id)
    return shortfall(profile_id=profile_id, code=code, scale=scale, needed=needed, purse=Purse(balance, held, leaving))


@dataclass(frozen=True, slots=True)
class Purse:
    """What an account has: its balance, what of it is held, and how much of that by withdrawals."""

    balance: Decimal
    held: Decimal
    leaving: Decimal


def shortfall(*, profile_id: UUID, code: str, scale: int, needed: Decimal, purse: Purse) -> Refusal:
    """INSUFFICIENT_AVAILABLE of this purse."""
    available, wanted = format_scaled(purse.balance - purse.held, scale), format_scaled(needed, scale)
    return Refusal(
        "INSUFFICIENT_AVAILABLE",
        f"The order needs {wanted} {code}; {available} is available.",
        meta={
            "profile_id": str(profile_id),
            "asset": code,
            "available": available,
            "needed": wanted,
            "held_by": {
                "orders": format_scaled(purse.held - purse.leaving, scale),
                "withdrawals": format_scaled(purse.leaving, scale),
            },
        },
    )
