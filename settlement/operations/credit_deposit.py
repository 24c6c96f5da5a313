"""Credit what a client had when the house opened its books: whoever sets the house up brings it, and no page and no API."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.models import Profile
from core.domain.decimals import has_scale
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.operations.record_audit import Actor
from settlement.models import Deposit, LedgerAccount, Rail
from settlement.operations.enter_deposit import post_arrival
from settlement.queries.deposit_facts import next_reason


def credit_deposit(  # noqa: PLR0913 - a deposit has this many parts
    *,
    profile_id: UUID,
    omnibus_id: UUID,
    amount: Decimal,
    outside_reference: str,
    value_date: date,
    actor: Actor,
    at: datetime,
    note: str = "",
    rail_id: UUID | None = None,
) -> UUID:
    """Book ``amount`` from the omnibus account to the profile as of OPENING; answers the deposit's id.

    Nothing is screened and nobody approves: what comes in later is told by a feed, or by an operator (``enter_deposit_by_hand``).
    Money that arrives is booked, whatever its owner may do: where the profile may not simply RECEIVE (or is closed) it goes to
    SUSPENSE, UNDER_REVIEW for PERMISSION, and compliance releases it or it is sent back; so it does below the minimum of the
    rail ``rail_id``, where one is said.

    Idempotent by (omnibus account, outside_reference): the same deposit again answers the first one's id, another amount or
    profile under the same reference is refused with CLIENT_REFERENCE_REUSED. Refuses an unknown profile or omnibus account, an
    amount that is not positive or has more digits than the asset, and a suspended asset.
    """
    with transaction.atomic(durable=True):
        omnibus = (
            LedgerAccount.objects.select_related("asset").filter(pk=omnibus_id, kind=LedgerAccount.Kind.OMNIBUS).first()
        )
        if omnibus is None:
            raise NotFound("omnibus account")
        profile = Profile.objects.filter(pk=profile_id).first()
        if profile is None:
            raise NotFound("profile")
        check_entered(omnibus, amount)
        deposit = Deposit(
            id=new_id(),
            profile=profile,
            omnibus=omnibus,
            rail=rail_into(rail_id, omnibus),
            source=Deposit.Source.OPENING,
            amount=amount,
            outside_reference=outside_reference,
            value_date=value_date,
            note=note,
            received_at=at,
            final_at=at,
        )
        deposit.review_reason = next_reason(deposit)
        deposit.status = Deposit.Status.UNDER_REVIEW if deposit.review_reason else Deposit.Status.CREDITED
        if deposit.status == Deposit.Status.CREDITED:
            deposit.credited_by, deposit.credited_at = actor.id, at
        Deposit.objects.bulk_create([deposit], ignore_conflicts=True)
        stored = Deposit.objects.get(omnibus=omnibus, outside_reference=outside_reference)
        if stored.pk != deposit.pk:
            return _replay(stored, profile_id, amount)
        post_arrival(deposit, event_at=at, actor=actor, at=at)
    return deposit.pk


def rail_into(rail_id: UUID | None, omnibus: LedgerAccount) -> Rail | None:
    """The rail it came over, where that is said: one that ends in this account."""
    if rail_id is None:
        return None
    rail = Rail.objects.filter(pk=rail_id, omnibus=omnibus).first()
    if rail is None:
        raise NotFound("rail")
    return rail


def check_entered(omnibus: LedgerAccount, amount: Decimal) -> None:
    """Refuses a suspended asset, and an amount that is nothing or has more digits than the asset."""
    if omnibus.asset.status != "ACTIVE":
        raise Refusal("ASSET_SUSPENDED", f"{omnibus.asset.code} is {omnibus.asset.status}.")
    if not amount.is_finite() or amount <= 0:
        raise Refusal("AMOUNT_BELOW_MINIMUM", "A deposit brings more than nothing.")
    if not has_scale(amount, omnibus.asset.scale):
        raise Refusal(
            "SCALE_EXCEEDED",
            f"{omnibus.asset.code} has {omnibus.asset.scale} digits.",
            meta={"scale": omnibus.asset.scale},
        )


def _replay(stored: Deposit, profile_id: UUID, amount: Decimal) -> UUID:
    if stored.profile_id == profile_id and stored.amount == amount:
        return stored.pk
    raise Refusal(
        "CLIENT_REFERENCE_REUSED",
        "This reference is booked already, for another profile or amount.",
        meta={"deposit_id": str(stored.pk)},
    )
