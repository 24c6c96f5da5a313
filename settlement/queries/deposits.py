"""Deposits as the desk sees them."""

from django.db.models import Q, QuerySet

from settlement.models import Deposit


def list_deposits(*, text: str = "") -> "QuerySet[Deposit]":
    """The deposits whose outside reference, profile or entity has ``text`` in its name; the caller orders
    and cuts.
    """
    deposits = Deposit.objects.select_related("profile__entity", "omnibus__asset")
    if text:
        deposits = deposits.filter(
            Q(outside_reference__icontains=text)
            | Q(profile__reference__icontains=text)
            | Q(profile__entity__legal_name__icontains=text)
        )
    return deposits
