"""Credit a deposit to a client: an operator has seen the money at the bank or custodian."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.domain.permissions import Action, Verdict
from accounts.models import Profile
from accounts.queries.permissions import get_verdict
from core.domain.decimals import has_scale
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.operations.record_audit import Actor
from settlement.models import Deposit, Entry, LedgerAccount
from settlement.operations.note_deposit import OBJECT_TYPE, note_deposit
from settlement.operations.open_client_account import open_client_account
from settlement.operations.open_suspense_account import open_suspense_account
from settlement.operations.post_entry import Move, post_entry


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
) -> UUID:
    """Book ``amount`` from the omnibus account to the profile; answers the deposit's id.

    Money that arrives is booked, whatever its owner may do: where the profile may not simply RECEIVE (or is closed) it goes to
    SUSPENSE, UNDER_REVIEW for PERMISSION, and compliance releases it or it is sent back.

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
        _check(omnibus, amount)
        is_allowed = get_verdict(profile_id=profile_id, action=Action.RECEIVE) == Verdict.ALLOWED
        deposit = Deposit(
            id=new_id(),
            profile=profile,
            omnibus=omnibus,
            amount=amount,
            outside_reference=outside_reference,
            status=Deposit.Status.CREDITED if is_allowed else Deposit.Status.UNDER_REVIEW,
            review_reason="" if is_allowed else Deposit.ReviewReason.PERMISSION,
            value_date=value_date,
            note=note,
            received_at=at,
            credited_by=actor.id if is_allowed else None,
            credited_at=at if is_allowed else None,
        )
        Deposit.objects.bulk_create([deposit], ignore_conflicts=True)
        stored = Deposit.objects.get(omnibus=omnibus, outside_reference=outside_reference)
        if stored.pk != deposit.pk:
            return _replay(stored, profile_id, amount)
        # Opened for what waits too: the client sees beside its balance what is under review.
        destination = open_client_account(profile_id=profile_id, asset_id=omnibus.asset_id)
        if not is_allowed:
            destination = open_suspense_account(asset=omnibus.asset, actor=actor, at=at)
        post_entry(
            kind=Entry.Kind.DEPOSIT if is_allowed else Entry.Kind.DEPOSIT_RECEIVED,
            source_type=OBJECT_TYPE,
            source_id=deposit.pk,
            event_at=at,
            moves=[Move(omnibus.pk, destination, omnibus.asset_id, amount)],
            actor_id=actor.id,
            narrative=f"Deposit {outside_reference}",
        )
        verb, topic = ("credit", "credited") if is_allowed else ("receive", "received")
        note_deposit(deposit=deposit, verb=verb, topic=topic, reason=note, actor=actor, at=at)
    return deposit.pk


def _check(omnibus: LedgerAccount, amount: Decimal) -> None:
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
