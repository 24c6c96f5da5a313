"""Deposits as the desk sees them."""

from contextlib import suppress
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Profile
from accounts.queries.shown_names import is_named, shown_name
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
            | is_named(text, "profile__entity__")
        )
    return deposits


def find_open_profiles(text: str) -> "QuerySet[Profile]":
    """The open profiles of an id or a reference; two at most, for more than one is one too many."""
    named = Q(reference=text)
    with suppress(ValueError):
        named |= Q(id=UUID(text))
    return Profile.objects.filter(named, status="OPEN").select_related("entity")[:2]


def list_profile_choices(limit: int = 500) -> list[tuple[str, str]]:
    """Reference and owner of open profiles, for the field's suggestions; the newest ``limit``."""
    profiles = Profile.objects.filter(status="OPEN").order_by("-id")[:limit]
    return list(profiles.values_list("reference", shown_name("entity__")))
