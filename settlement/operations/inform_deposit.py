"""Say who sent a deposit that the travel rule asks about."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts.operations.keep_details import keep_details
from core.domain.refusals import FieldError, Refusal
from core.ids import new_id
from core.operations.record_audit import Actor
from settlement.domain.depositing import SENDER_FIELDS, knows_sender
from settlement.models import Deposit
from settlement.operations.lock_deposit import lock_deposit
from settlement.operations.note_deposit import note_deposit
from settlement.operations.receive_deposit import seal_of

ASK_AGAIN: Final = {"screening": Deposit.Screening.PENDING, "screening_words": ""}


def inform_deposit(*, deposit_id: UUID, details: Mapping[str, str], actor: Actor, at: datetime) -> Deposit:
    """Keep who sent it, in the vault alone; compliance decides. Answers the deposit. Joins the caller's transaction.

    ``details`` are among ``SENDER_FIELDS``: the full name, and one more of them. Told again, the newest counts. Whoever was
    named is screened (``screen_deposits``) before the deposit is anybody's; a HIT stays one, for a person. Refuses one that
    is not there, one that nobody asks about (409 INFORMATION_NOT_ASKED), and details that do not say who it was
    (INFORMATION_INCOMPLETE, by pointer, without values) or are none (DETAILS_INVALID).
    """
    given = {name: text for name, text in details.items() if text.strip()}
    strange = sorted(set(given) - set(SENDER_FIELDS))
    if strange or not knows_sender(given):
        raise Refusal(
            "INFORMATION_INCOMPLETE",
            f"The full name, and one more of {', '.join(SENDER_FIELDS[1:])}.",
            errors=[FieldError("/sender", "FIELD_INVALID", "It does not say who sent it.")],
        )
    with transaction.atomic():
        deposit = lock_deposit(deposit_id=deposit_id, expected=Deposit.Status.values, verb="informed about")
        is_asked = deposit.status == Deposit.Status.UNDER_REVIEW and (
            deposit.review_reason == Deposit.ReviewReason.TRAVEL_RULE
        )
        if not is_asked:
            raise Refusal("INFORMATION_NOT_ASKED", "Nobody asks who sent it.", status=409)
        subject_id = deposit.sender_subject_id or new_id()
        # What was said before and is not said now is said no more.
        keep_details(subject_id=subject_id, details={name: given.get(name, "") for name in SENDER_FIELDS}, at=at)
        # Until now nobody was asked about this name.
        asked = {} if deposit.screening == Deposit.Screening.HIT else ASK_AGAIN
        deposit.mark(
            at=at, sender_subject_id=subject_id, informed_at=at, information_sha256=seal_of(subject_id), **asked
        )
        note_deposit(
            deposit=deposit,
            verb="inform",
            topic="informed",
            reason=f"Said: {', '.join(name for name in SENDER_FIELDS if name in given)}.",
            actor=actor,
            at=at,
        )
    return deposit
