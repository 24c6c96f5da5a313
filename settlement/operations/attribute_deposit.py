"""Say whose a deposit is that nobody could tell."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Profile
from core.domain.refusals import NotFound, Refusal
from core.operations.record_audit import Actor
from settlement.models import Deposit
from settlement.operations.enter_deposit import lift_review
from settlement.operations.lock_deposit import lock_deposit
from settlement.operations.open_client_account import open_client_account


def attribute_deposit(*, deposit_id: UUID, profile_id: UUID, actor: Actor, at: datetime, reason: str) -> Deposit:
    """The UNATTRIBUTED deposit is this profile's, for ``reason``: CREDITED, or waiting for the next reason that holds.

    Answers the deposit as it is then. Joins the caller's transaction. Told again, nothing happens. Refuses one that is not there
    or not under review (409 STATE_CHANGED), one that is somebody's already (409 DEPOSIT_ATTRIBUTED with profile_id), one that was
    recalled (409 DEPOSIT_RECALLED), an unknown profile, one that is closed (ACTION_NOT_PERMITTED), and no reason
    (REASON_MISSING).
    """
    if not reason.strip():
        raise Refusal("REASON_MISSING", "Say by what you know whose it is.")
    with transaction.atomic():
        deposit = lock_deposit(deposit_id=deposit_id, expected=("UNDER_REVIEW", "CREDITED"), verb="attributed")
        if deposit.profile_id == profile_id:
            return deposit
        if deposit.profile_id is not None:
            raise Refusal(
                "DEPOSIT_ATTRIBUTED",
                "It is somebody's already.",
                meta={"profile_id": str(deposit.profile_id)},
                status=409,
            )
        if deposit.recalled_at is not None:
            raise Refusal("DEPOSIT_RECALLED", "Whoever held it says that it is gone.", status=409)
        profile = Profile.objects.select_for_update(no_key=True).filter(pk=profile_id).first()
        if profile is None:
            raise NotFound("profile")
        if profile.status != Profile.Status.OPEN:
            raise Refusal("ACTION_NOT_PERMITTED", "The profile is closed.", meta={"action": "RECEIVE"})
        # Opened for what waits too: the client sees beside its balance what is under review.
        open_client_account(profile_id=profile_id, asset_id=deposit.omnibus.asset_id)
        lift_review(deposit, verb="attribute", reason=reason, actor=actor, at=at, profile=profile)
    return deposit
