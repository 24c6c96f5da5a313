"""Credit a deposit to a client: an operator has seen the money at the bank or custodian."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.models import Profile
from core.domain.decimals import format_scaled, has_scale, plain_text
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.operations.publish_message import publish_message
from core.operations.record_audit import Actor, record_audit
from settlement.models import Deposit, Entry, LedgerAccount
from settlement.operations.open_client_account import open_client_account
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
        _check(omnibus, profile, amount)
        deposit = Deposit(
            id=new_id(),
            profile=profile,
            omnibus=omnibus,
            amount=amount,
            outside_reference=outside_reference,
            status=Deposit.Status.CREDITED,
            value_date=value_date,
            note=note,
            credited_by=actor.id,
            credited_at=at,
        )
        Deposit.objects.bulk_create([deposit], ignore_conflicts=True)
        stored = Deposit.objects.get(omnibus=omnibus, outside_reference=outside_reference)
        if stored.pk != deposit.pk:
            return _replay(stored, profile_id, amount)
        client = open_client_account(profile_id=profile_id, asset_id=omnibus.asset_id)
        post_entry(
            kind=Entry.Kind.DEPOSIT,
            source_type="settlement.deposit",
            source_id=deposit.pk,
            event_at=at,
            moves=[Move(omnibus.pk, client, omnibus.asset_id, amount)],
            actor_id=actor.id,
            narrative=f"Deposit {outside_reference}",
        )
        record_audit(
            actor=actor,
            action="settlement.deposit.credit",
            object_type="settlement.deposit",
            object_id=deposit.pk,
            at=at,
            changes=[{"field": "amount", "before": None, "after": f"{plain_text(amount)} {omnibus.asset.code}"}],
            reason=note,
        )
        publish_message(
            topic="settlement.deposit.credited",
            channel="TRANSFERS",
            entity_id=profile.entity_id,
            subject_type="settlement.deposit",
            subject_id=deposit.pk,
            payload={
                "profile_id": str(profile_id),
                "asset": omnibus.asset.code,
                "amount": format_scaled(amount, omnibus.asset.scale),
            },
        )
    return deposit.pk


def _check(omnibus: LedgerAccount, profile: Profile, amount: Decimal) -> None:
    if profile.status != Profile.Status.OPEN:
        raise Refusal("ACTION_NOT_PERMITTED", "The profile is closed.", meta={"action": "DEPOSIT"})
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
