"""Where clients' value comes in, and what a feed said that could not be booked, as the desk sees them."""

from django.db.models import Q, QuerySet

from accounts.queries.shown_names import is_named
from settlement.models import ArrivalRefusal, DepositInstruction


def list_places(*, text: str = "") -> "QuerySet[DepositInstruction]":
    """The deposit instructions whose address, profile or entity has ``text`` in its name; the caller orders and cuts."""
    rows = DepositInstruction.objects.select_related("profile__entity", "rail__asset")
    if text:
        rows = rows.filter(
            Q(address__icontains=text) | Q(profile__reference__icontains=text) | is_named(text, "profile__entity__")
        )
    return rows


def list_refused_arrivals(*, is_every: bool = False) -> "QuerySet[ArrivalRefusal]":
    """The notices that could not be booked and that nobody has looked at, or every one; with their known deposits."""
    rows = ArrivalRefusal.objects.select_related("deposit", "look")
    return rows if is_every else rows.filter(look__isnull=True)
