"""Value that is held where nobody may hold it any more: refused by nothing, and to be looked at by somebody."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from accounts.domain.permissions import Action
from settlement.models import LedgerAccount

MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class UnlawfulBalance:
    """A client's balance, at its asset's scale, whose owners' statuses and controls deny HOLD."""

    account_id: UUID
    profile_reference: str
    owner: str
    balance: Decimal
    scale: int
    payment_scale: int
    asset: str


def list_balances_without_right_to_hold() -> "QuerySet[LedgerAccount]":
    """Client accounts with a balance whose profile may not HOLD, by profile and asset."""
    return (
        LedgerAccount.objects.filter(
            kind=LedgerAccount.Kind.CLIENT, balance__gt=0, profile__denied_actions__contains=[Action.HOLD.value]
        )
        .select_related("asset", "profile__entity")
        .order_by("profile__reference", "asset__code")
    )


def unlawful_balances() -> list[UnlawfulBalance]:
    """The first ``MOST_SHOWN`` of them, for a page."""
    return [
        UnlawfulBalance(
            account.pk,
            account.profile.reference,
            account.profile.entity.shown_name,
            account.balance,
            account.asset.scale,
            account.asset.payment_scale,
            account.asset.code,
        )
        for account in list_balances_without_right_to_hold()[:MOST_SHOWN]
        if account.profile is not None
    ]
