"""Deposits as the desk sees them."""

from contextlib import suppress
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from accounts.models import Profile
from accounts.queries.shown_names import is_named, shown_name
from core.domain.refusals import NotFound
from settlement.domain.depositing import REASONS
from settlement.models import ArrivalRefusal, Deposit, Entry, Posting

# Gone by one payment and sent back by another: it was paid out twice.
_PAID_TWICE = Q(status="RETURNED") & (
    (~Q(recall_reference="") & ~Q(recall_reference=F("return_reference")))
    | Q(recall_reference="", recalled_at__gt=F("returned_at"))
)
# In the books and gone outside, and nobody has decided yet; or sent back, and gone all the same.
RECALLED = Q(recalled_at__isnull=False) & (Q(status__in=["UNDER_REVIEW", "CREDITED", "RETURNING"]) | _PAID_TWICE)


def list_deposits(*, text: str = "") -> "QuerySet[Deposit]":
    """The deposits whose outside reference, profile or entity has ``text`` in its name; the caller orders
    and cuts.
    """
    deposits = Deposit.objects.select_related("profile__entity", "omnibus__asset", "rail")
    if text:
        deposits = deposits.filter(
            Q(outside_reference__icontains=text)
            | Q(profile__reference__icontains=text)
            | is_named(text, "profile__entity__")
        )
    return deposits


def get_deposit(*, deposit_id: UUID) -> Deposit:
    """The deposit, whosever it is: for the house itself."""
    deposit = Deposit.objects.select_related("profile__entity", "omnibus__asset", "rail").filter(pk=deposit_id).first()
    if deposit is None:
        raise NotFound("deposit")
    return deposit


def access_deposit(*, deposit_id: UUID, entity_id: UUID) -> Deposit:
    """The deposit, if it is for a profile of the entity; otherwise there is no such deposit."""
    deposit = list_client_deposits(entity_id=entity_id).filter(pk=deposit_id).first()
    if deposit is None:
        raise NotFound("deposit")
    return deposit


def list_client_deposits(*, entity_id: UUID) -> "QuerySet[Deposit]":
    """The deposits for the profiles of an entity."""
    return Deposit.objects.select_related("omnibus__asset", "rail").filter(profile__entity_id=entity_id)


def count_waiting_deposits() -> int:
    """How many are under review or on their way back: value in SUSPENSE."""
    return Deposit.objects.filter(status__in=[Deposit.Status.UNDER_REVIEW, Deposit.Status.RETURNING]).count()


def list_deposit_postings(deposit: Deposit) -> "QuerySet[Posting]":
    """What moved for a deposit, in order."""
    entries = Entry.objects.filter(source_id=deposit.pk, source_type="settlement.deposit")
    postings = Posting.objects.filter(entry__in=entries).select_related("entry", "source", "destination")
    return postings.order_by("entry__event_at", "id")


def list_alike(*, omnibus_id: UUID, amount: Decimal, other_than: str) -> "QuerySet[Deposit]":
    """The newest few deposits of this amount that came in at the account, but under another reference: the same money may have
    been told of twice.
    """
    alike = Deposit.objects.filter(omnibus_id=omnibus_id, amount=amount).exclude(outside_reference=other_than)
    return alike.filter(
        pk__in=Deposit.objects.filter(omnibus_id=omnibus_id).order_by("-id").values("pk")[:1000]
    ).order_by("-id")[:3]


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


def count_by_reason() -> dict[str, int]:
    """How many deposits are under review, reason by reason; every reason is named."""
    waiting = Deposit.objects.filter(status=Deposit.Status.UNDER_REVIEW).order_by().values("review_reason")
    found = {each["review_reason"]: each["count"] for each in waiting.annotate(count=Count("id"))}
    return {reason: found.get(reason, 0) for reason in REASONS}


def list_recalled_deposits() -> "QuerySet[Deposit]":
    """Deposits that are gone outside, on which somebody has to decide (``RECALLED``); the caller orders and cuts."""
    return list_deposits().filter(RECALLED)


def list_arrival_refusals() -> "QuerySet[ArrivalRefusal]":
    """What of the feeds could not be booked, with the deposit that has the reference; the caller orders and cuts."""
    return ArrivalRefusal.objects.select_related("deposit__omnibus__asset")
