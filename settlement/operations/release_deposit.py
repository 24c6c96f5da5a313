"""Release a deposit from review: compliance has looked, and the client may have it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Profile
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor
from settlement.models import Deposit, Entry
from settlement.operations.lock_deposit import lock_deposit
from settlement.operations.note_deposit import OBJECT_TYPE, note_deposit
from settlement.operations.open_client_account import open_client_account
from settlement.operations.open_suspense_account import open_suspense_account
from settlement.operations.post_entry import Move, post_entry


def release_deposit(*, deposit_id: UUID, reason: str, actor: Actor, at: datetime) -> None:
    """Move an UNDER_REVIEW deposit from SUSPENSE to its client: CREDITED. Joins the caller's transaction.

    The review is the permission: what the client may not receive without it, compliance lets through, once, for ``reason``.
    Released already, nothing happens. Refuses one that is not there or on its way back (409 STATE_CHANGED), no reason
    (REASON_MISSING), and a profile that is closed (ACTION_NOT_PERMITTED): such a deposit goes back.
    """
    if not reason.strip():
        raise Refusal("REASON_MISSING", "A release says why.")
    with transaction.atomic():
        deposit = lock_deposit(deposit_id=deposit_id, expected=("UNDER_REVIEW", "CREDITED"), verb="released")
        if deposit.status == Deposit.Status.CREDITED:
            return
        if deposit.profile.status != Profile.Status.OPEN:
            raise Refusal("ACTION_NOT_PERMITTED", "The profile is closed.", meta={"action": "RECEIVE"})
        asset = deposit.omnibus.asset
        suspense = open_suspense_account(asset=asset, actor=actor, at=at)
        client = open_client_account(profile_id=deposit.profile_id, asset_id=asset.pk)
        post_entry(
            kind=Entry.Kind.DEPOSIT_RELEASED,
            source_type=OBJECT_TYPE,
            source_id=deposit.pk,
            event_at=at,
            moves=[Move(suspense, client, asset.pk, deposit.amount)],
            actor_id=actor.id,
            narrative=f"Deposit {deposit.outside_reference} released",
        )
        deposit.mark_credited(at=at, by=actor.id)
        note_deposit(deposit=deposit, verb="release", topic="credited", reason=reason, actor=actor, at=at)
