"""A deposit has gone back: the bank or chain has sent it."""

import re
from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.domain.refusals import Refusal
from core.fields import REFERENCE_PATTERN
from core.operations.record_audit import Actor
from settlement.models import Deposit, Entry
from settlement.operations.lock_deposit import lock_deposit
from settlement.operations.note_deposit import OBJECT_TYPE, note_deposit
from settlement.operations.open_suspense_account import open_suspense_account
from settlement.operations.post_entry import Move, post_entry


def complete_return(*, deposit_id: UUID, return_reference: str, actor: Actor, at: datetime) -> None:
    """Book a RETURNING deposit out of SUSPENSE: RETURNED by the payment ``return_reference``. Joins the caller's transaction.

    The same again does nothing. Refuses one that is not there, one that nobody has said goes back (409 STATE_CHANGED), another
    reference than it went back by, and a reference that is not plain or has sent another deposit back (CLIENT_REFERENCE_REUSED).
    One that was recalled goes back by the recall and by nothing else (409 DEPOSIT_RECALLED with recall_reference): who holds it
    has taken it, and would be paid twice.
    """
    if not re.fullmatch(REFERENCE_PATTERN, return_reference):
        raise Refusal("REFERENCE_INVALID", "A reference is 1 to 64 of A-Z a-z 0-9 . _ : -")
    with transaction.atomic():
        deposit = lock_deposit(deposit_id=deposit_id, expected=("RETURNING", "RETURNED"), verb="returned")
        used = Deposit.objects.filter(omnibus=deposit.omnibus, return_reference=return_reference).first()
        if used == deposit:
            return
        if used is not None or deposit.status == Deposit.Status.RETURNED:
            raise Refusal(
                "CLIENT_REFERENCE_REUSED",
                "The reference has sent another deposit back, or this one went back by another.",
                meta={"deposit_id": str((used or deposit).pk)},
            )
        if deposit.recall_reference not in {"", return_reference}:
            raise Refusal(
                "DEPOSIT_RECALLED",
                "Whoever held it has taken it back by another payment.",
                meta={"recall_reference": deposit.recall_reference},
                status=409,
            )
        asset = deposit.omnibus.asset
        suspense = open_suspense_account(asset=asset, actor=actor, at=at)
        post_entry(
            kind=Entry.Kind.DEPOSIT_RETURNED,
            source_type=OBJECT_TYPE,
            source_id=deposit.pk,
            event_at=at,
            moves=[Move(suspense, deposit.omnibus_id, asset.pk, deposit.amount)],
            actor_id=actor.id,
            narrative=f"Deposit {deposit.outside_reference} sent back",
        )
        deposit.mark(Deposit.Status.RETURNED, at=at, returned_at=at, return_reference=return_reference)
        note_deposit(
            deposit=deposit, verb="complete_return", topic="returned", reason=return_reference, actor=actor, at=at
        )
