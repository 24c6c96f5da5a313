"""Say whose a deposit is that nobody could tell: somebody says so, and others decide."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts.approvable import Description, Execution, Payload
from accounts.models import Profile
from accounts.operations.carry_out import Outcome, Wish, carry_out
from core.domain.decimals import format_scaled
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor
from settlement.models import Deposit
from settlement.operations.enter_deposit import lift_review
from settlement.operations.lock_deposit import lock_deposit
from settlement.operations.note_deposit import OBJECT_TYPE
from settlement.operations.open_client_account import open_client_account
from settlement.queries.deposits import get_deposit
from settlement.queries.valuation import find_value

DEPOSIT_ATTRIBUTION: Final = "DEPOSIT_ATTRIBUTION"


def attribute_deposit(*, deposit_id: UUID, profile_id: UUID, reason: str, actor: Actor, at: datetime) -> Outcome:
    """Ask under the policy DEPOSIT_ATTRIBUTION that the UNATTRIBUTED deposit be this profile's; others decide.

    Joins the caller's transaction. It is theirs already, nothing happens. Refuses one that is not there or not under review (409
    STATE_CHANGED), one that is somebody else's (409 DEPOSIT_ATTRIBUTED with profile_id), one that was recalled (409
    DEPOSIT_RECALLED), an unknown profile, one that is closed (ACTION_NOT_PERMITTED), no reason (REASON_MISSING), and a policy
    that would ask nobody (APPROVAL_NEEDED). Without a fresh price it is of the policy's highest tier.
    """
    if not reason.strip():
        raise Refusal("REASON_MISSING", "Say by what you know whose it is.")
    deposit = get_deposit(deposit_id=deposit_id)
    if deposit.profile_id == profile_id:
        return Outcome(None, _done(deposit))
    _refuse(deposit)
    profile = _open_profile(Profile.objects.filter(pk=profile_id).first())
    asset = deposit.omnibus.asset
    valued = find_value(asset.pk, deposit.amount, at)
    wish = Wish(
        action=DEPOSIT_ATTRIBUTION,
        subject_type=OBJECT_TYPE,
        subject_id=deposit.pk,
        payload={
            "deposit_id": str(deposit.pk),
            "profile_id": str(profile.pk),
            "asset": asset.code,
            "amount": format_scaled(deposit.amount, asset.scale),
            "outside_reference": deposit.outside_reference,
            "reason": reason,
        },
        reason=reason,
        value=valued.value if valued else None,
        entity_id=profile.entity_id,
    )
    with transaction.atomic():
        return carry_out(wish=wish, actor=actor, at=at)


def execute_attribution(execution: Execution) -> dict[str, str]:
    """It is this profile's, says the person who approved last: CREDITED, or waiting for the next reason that holds.

    Refuses what ``attribute_deposit`` refuses, as things are by now.
    """
    payload, at = execution.payload, execution.at
    if not execution.approvers:
        raise Refusal("APPROVAL_NEEDED", "Whose a deposit is always takes another person.")
    deposit = lock_deposit(
        deposit_id=UUID(payload["deposit_id"]), expected=("UNDER_REVIEW", "CREDITED"), verb="attributed"
    )
    if str(deposit.profile_id) == payload["profile_id"]:
        return _done(deposit)
    _refuse(deposit)
    profile = _open_profile(
        Profile.objects.select_for_update(no_key=True).filter(pk=UUID(payload["profile_id"])).first()
    )
    # Opened for what waits too: the client sees beside its balance what is under review.
    open_client_account(profile_id=profile.pk, asset_id=deposit.omnibus.asset_id)
    lift_review(
        deposit,
        verb="attribute",
        reason=payload["reason"],
        actor=Actor("PERSON", execution.approvers[-1]),
        at=at,
        profile=profile,
        approval_id=execution.approval_id,
    )
    return _done(deposit)


def describe_attribution(payload: Payload) -> Description:
    """Whose it is to be, and by what it is known."""
    profile = Profile.objects.select_related("entity").get(pk=UUID(payload["profile_id"]))
    deposit = get_deposit(deposit_id=UUID(payload["deposit_id"]))
    return Description(
        title=f"Attribute a deposit of {payload['amount']} {payload['asset']}",
        changes=[
            ("client", None, f"{profile.entity.shown_name}, {profile.reference}"),
            ("deposit", None, payload["outside_reference"]),
            ("quoted", None, deposit.address or None),
            ("from", None, deposit.sender_address or None),
            ("reason", None, payload["reason"]),
        ],
        effect="It is this client's for ever; without a further reason to look it is credited at once.",
    )


def _refuse(deposit: Deposit) -> None:
    if deposit.profile_id is not None:
        raise Refusal(
            "DEPOSIT_ATTRIBUTED", "It is somebody's already.", meta={"profile_id": str(deposit.profile_id)}, status=409
        )
    if deposit.status != Deposit.Status.UNDER_REVIEW:
        raise Refusal(
            "STATE_CHANGED",
            f"A deposit that is {deposit.status} is not attributed.",
            meta={"status": deposit.status, "expected": ["UNDER_REVIEW"]},
            status=409,
        )
    if deposit.recalled_at is not None:
        raise Refusal("DEPOSIT_RECALLED", "Whoever held it says that it is gone.", status=409)


def _open_profile(profile: Profile | None) -> Profile:
    if profile is None:
        raise NotFound("profile")
    if profile.status != Profile.Status.OPEN:
        raise Refusal("ACTION_NOT_PERMITTED", "The profile is closed.", meta={"action": "RECEIVE"})
    return profile


def _done(deposit: Deposit) -> dict[str, str]:
    return {"deposit_id": str(deposit.pk), "status": deposit.status}
