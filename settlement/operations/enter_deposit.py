"""Bring a final deposit into the books, and lift what keeps it from its client."""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Profile
from core.operations.record_audit import Actor
from settlement.models import Deposit, Entry
from settlement.operations.note_deposit import OBJECT_TYPE, note_deposit
from settlement.operations.open_client_account import open_client_account
from settlement.operations.open_suspense_account import open_suspense_account
from settlement.operations.post_entry import Move, post_entry
from settlement.queries.deposit_facts import next_reason


def post_arrival(
    deposit: Deposit, *, event_at: datetime, actor: Actor, at: datetime, approval_id: UUID | None = None
) -> None:
    """Post a deposit that is final: to its client, or to SUSPENSE while it is UNDER_REVIEW. Joins the caller's transaction.

    The row says already which of the two it is, and is stored.
    """
    asset = deposit.omnibus.asset
    is_credited = deposit.status == Deposit.Status.CREDITED
    destination = _client_account(deposit, asset.pk)
    if destination is None or not is_credited:
        destination = open_suspense_account(asset=asset, actor=actor, at=at)
    post_entry(
        kind=Entry.Kind.DEPOSIT if is_credited else Entry.Kind.DEPOSIT_RECEIVED,
        source_type=OBJECT_TYPE,
        source_id=deposit.pk,
        event_at=event_at,
        moves=[Move(deposit.omnibus_id, destination, asset.pk, deposit.amount)],
        actor_id=actor.id,
        narrative=f"Deposit {deposit.outside_reference}",
    )
    verb, topic = ("credit", "credited") if is_credited else ("receive", "received")
    note_deposit(
        deposit=deposit, verb=verb, topic=topic, reason=deposit.note, actor=actor, at=at, approval_id=approval_id
    )


def lift_review(  # noqa: PLR0913 - an act has this many parts
    deposit: Deposit,
    *,
    verb: str,
    reason: str,
    actor: Actor,
    at: datetime,
    profile: Profile | None = None,
    approval_id: UUID | None = None,
) -> None:
    """The locked deposit's reason to look is lifted: it waits for the next that holds, or is CREDITED out of SUSPENSE.

    Joins the caller's transaction; written down as ``verb``. ``profile`` is whose it turned out to be, ``approval_id`` by
    which it was let through.
    """
    whose: dict[str, Any] = {}
    if profile is not None:
        deposit.profile = profile
        whose = {"profile": profile}
    waits_for = next_reason(deposit, after=deposit.review_reason)
    if waits_for:
        deposit.mark(at=at, review_reason=waits_for, **whose)
        # Who hears of it for the first time is told; which step of the review it is at, nobody is.
        topic = "received" if profile is not None else None
        note_deposit(
            deposit=deposit, verb=verb, topic=topic, reason=reason, actor=actor, at=at, approval_id=approval_id
        )
        return
    assert deposit.profile_id is not None
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
    deposit.mark(Deposit.Status.CREDITED, at=at, credited_at=at, credited_by=actor.id, **whose)
    note_deposit(
        deposit=deposit, verb=verb, topic="credited", reason=reason, actor=actor, at=at, approval_id=approval_id
    )


def _client_account(deposit: Deposit, asset_id: UUID) -> UUID | None:
    """Opened for what waits too: the client sees beside its balance what is under review."""
    if deposit.profile_id is None:
        return None
    return open_client_account(profile_id=deposit.profile_id, asset_id=asset_id)
