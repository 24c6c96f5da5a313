"""Take in what a bank or custodian says of one payment: book it once, whatever is said how often, and in which order."""

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from accounts.operations.keep_details import keep_details
from accounts.queries.details import newest_records
from core.domain.decimals import LIMIT, has_scale
from core.domain.refusals import Refusal
from core.fields import REFERENCE_PATTERN
from core.ids import new_id
from core.operations.record_audit import SYSTEM
from settlement.domain.depositing import AFTER_SCREENING, BEFORE_THE_BOOKS, is_final, knows_sender
from settlement.gateways.arrivals import NOBODY, Arrival, ArrivalStatus
from settlement.models import Deposit, Entry, Rail
from settlement.operations.enter_deposit import post_arrival
from settlement.operations.note_deposit import OBJECT_TYPE, note_deposit
from settlement.queries.deposit_facts import next_reason
from settlement.queries.deposit_instructions import find_owner
from settlement.queries.valuation import find_value

log = structlog.get_logger(__name__)
# What the column holds.
MOST_CONFIRMATIONS = 2**31 - 1
Status = Deposit.Status
FOUND = "Where it arrived is a client's by now."
TO_RESTORE = (Status.UNDER_REVIEW, Status.CREDITED)


@dataclass(frozen=True, slots=True)
class Screening:
    """What the screener said of the sender: CLEAR, HIT in its ``words``, or PENDING while it does not answer."""

    verdict: str = "PENDING"
    words: str = ""


UNSCREENED = Screening()


def receive_deposit(*, arrival: Arrival, at: datetime, screening: Screening = UNSCREENED) -> UUID | None:
    """The id of the deposit that ``arrival`` is about, as far as there is one now. Joins the caller's transaction.

    Not final yet, it is DETECTED with its confirmations; FINAL at its holder and confirmed as often as the rail asks, it is
    in the books: CREDITED, or UNDER_REVIEW in SUSPENSE. GONE before that, it is FAILED. GONE after it, the books stay as they
    are: the deposit is marked recalled, an alarm is logged, and somebody decides; booked anew there, it is so no more.
    Idempotent: what is known already changes nothing.

    Refuses what cannot be booked: a rail we do not have (RAIL_UNKNOWN), a reference that is not plain (REFERENCE_INVALID), an
    amount that is nothing (AMOUNT_BELOW_MINIMUM), finer than the asset (SCALE_EXCEEDED) or more than the books hold
    (AMOUNT_TOO_LARGE), confirmations or a time of booking that are none (NOTICE_INVALID), and another amount or rail than the
    deposit has that stands under this reference (CLIENT_REFERENCE_REUSED with deposit_id). Refuses with 503 UNAVAILABLE while the
    vault's keys are away: then it is to be told again.
    """
    rail = _rail_of(arrival)
    with transaction.atomic():
        deposit = _find(arrival, rail)
        if deposit is None:
            if arrival.status == ArrivalStatus.GONE:
                return None
            deposit = _open(arrival, rail, at)
        if deposit.amount != arrival.amount or deposit.rail_id not in {rail.pk, None}:
            raise Refusal(
                "CLIENT_REFERENCE_REUSED",
                "This reference is known already, with another amount or rail.",
                meta={"deposit_id": str(deposit.pk)},
            )
        if deposit.status in BEFORE_THE_BOOKS:
            _follow(deposit, arrival, screening, at)
        else:
            _look_back(deposit, arrival, at)
            if (
                deposit.source == Deposit.Source.OPERATOR
                and deposit.confirmed_at is None
                and _is_final(arrival, deposit)
            ):
                _confirm(deposit, arrival, rail, screening, at)
    return deposit.pk


def _rail_of(arrival: Arrival) -> Rail:
    if not 0 <= arrival.confirmations <= MOST_CONFIRMATIONS:
        raise Refusal("NOTICE_INVALID", "It is confirmed as often as nothing can be.")
    if arrival.booked_at is not None and arrival.booked_at.tzinfo is None:
        raise Refusal("NOTICE_INVALID", "It was booked at a time of no zone.")
    rail = (
        Rail.objects.select_related("asset", "omnibus")
        .filter(asset__code=arrival.asset, network=arrival.network)
        .first()
    )
    if rail is None:
        raise Refusal("RAIL_UNKNOWN", f"There is no rail {arrival.rail_code}.")
    if not all(re.fullmatch(REFERENCE_PATTERN, text) for text in (arrival.reference, arrival.gone_reference or "-")):
        raise Refusal("REFERENCE_INVALID", "A reference is 1 to 64 of A-Z a-z 0-9 . _ : -")
    if not arrival.amount.is_finite() or arrival.amount <= 0:
        raise Refusal("AMOUNT_BELOW_MINIMUM", "A deposit brings more than nothing.")
    if arrival.amount >= LIMIT:
        raise Refusal("AMOUNT_TOO_LARGE", "No amount is as large as that.")
    if not has_scale(arrival.amount, rail.asset.scale):
        raise Refusal("SCALE_EXCEEDED", f"{rail.asset.code} has {rail.asset.scale} digits.")
    return rail


def _find(arrival: Arrival, rail: Rail) -> Deposit | None:
    return (
        Deposit.objects.select_for_update(no_key=True, of=("self",))
        .select_related("profile", "omnibus__asset", "rail")
        .filter(omnibus_id=rail.omnibus_id, outside_reference=arrival.reference)
        .first()
    )


def _open(arrival: Arrival, rail: Rail, at: datetime) -> Deposit:
    """The deposit, DETECTED, stored and locked; where another process was first, theirs."""
    owner = find_owner(rail=rail, source=arrival.source, address=arrival.address, memo=arrival.memo)
    opened = Deposit(
        id=new_id(),
        profile=owner.profile if owner else None,
        instruction=owner,
        omnibus=rail.omnibus,
        rail=rail,
        source=arrival.source,
        amount=arrival.amount,
        outside_reference=arrival.reference,
        address=arrival.address[:140],
        memo=arrival.memo[:64],
        tx_hash=arrival.tx_hash[:100],
        status=Status.DETECTED,
        value_date=arrival.value_date,
        received_at=at,
    )
    Deposit.objects.bulk_create([opened], ignore_conflicts=True)
    deposit = _find(arrival, rail)
    assert deposit is not None
    if deposit.pk == opened.pk and not _is_final(arrival, deposit):
        note_deposit(deposit=deposit, verb="detect", topic="detected", reason="", actor=SYSTEM, at=at)
    return deposit


def _is_final(arrival: Arrival, deposit: Deposit) -> bool:
    needed = deposit.rail.confirmations if deposit.rail is not None and arrival.source == "CHAIN" else 0
    is_booked = arrival.status == ArrivalStatus.FINAL
    return is_final(is_booked=is_booked, confirmations=arrival.confirmations, needed=needed)


def _follow(deposit: Deposit, arrival: Arrival, screening: Screening, at: datetime) -> None:
    """A deposit that is not in the books: count, give it up, take it up again, or book it."""
    if arrival.status == ArrivalStatus.GONE:
        if deposit.status == Status.DETECTED:
            deposit.mark(Status.FAILED, at=at, confirmations_seen=0)
            note_deposit(deposit=deposit, verb="fail", topic="failed", reason="", actor=SYSTEM, at=at)
        return
    if deposit.status == Status.FAILED:
        deposit.mark(Status.DETECTED, at=at)
        note_deposit(deposit=deposit, verb="detect", topic="detected", reason="", actor=SYSTEM, at=at)
    if _is_final(arrival, deposit):
        _book(deposit, arrival, screening, at)
    elif arrival.confirmations != deposit.confirmations_seen:
        deposit.mark(at=at, confirmations_seen=arrival.confirmations)


def _book(deposit: Deposit, arrival: Arrival, screening: Screening, at: datetime) -> None:
    known = {
        "confirmations_seen": arrival.confirmations,
        "value_date": arrival.value_date,
        "screening": screening.verdict,
        "screening_words": screening.words[:300],
        "final_at": at,
        **_owner_of(deposit, arrival),
        **_sender_of(deposit, arrival, at),
        **_value_of(deposit, at),
    }
    for name, value in known.items():
        setattr(deposit, name, value)
    reason = next_reason(deposit)
    if reason:
        deposit.mark(Status.UNDER_REVIEW, at=at, review_reason=reason, **known)
    else:
        deposit.mark(Status.CREDITED, at=at, credited_at=at, **known)
    if "profile" in known:
        # When it was seen, it was nobody's: that it is not any more is a fact of its own.
        note_deposit(deposit=deposit, verb="attribute", topic=None, reason=FOUND, actor=SYSTEM, at=at)
    # When it happened is when its holder booked it; which day it counts for, the calendar says.
    event_at = min(arrival.booked_at or at, at)
    post_arrival(deposit, event_at=event_at, actor=SYSTEM, at=at)


def _owner_of(deposit: Deposit, arrival: Arrival) -> dict[str, Any]:
    """Whose it is, where nobody knew when it was detected."""
    if deposit.profile_id is not None or deposit.rail is None:
        return {}
    owner = find_owner(rail=deposit.rail, source=arrival.source, address=arrival.address, memo=arrival.memo)
    return {"profile": owner.profile, "instruction": owner} if owner else {}


def _sender_of(deposit: Deposit, arrival: Arrival, at: datetime) -> dict[str, Any]:
    """Who sent it: the account here, a person's details in the vault."""
    sender = arrival.sender
    said: dict[str, Any] = {"sender_address": sender.account[:128], "sender_vasp": sender.vasp[:200]}
    details = {name: text for name, text in sender.details.items() if text.strip()}
    if not details:
        return said
    subject_id = new_id()
    try:
        keep_details(subject_id=subject_id, details=details, at=at)
    except Refusal as refusal:
        if refusal.status >= 500:
            raise
        # What the vault does not take is not known; the money is here all the same.
        log.warning("a sender's details were not kept", deposit=str(deposit.pk), code=refusal.code)
        return said
    said["sender_subject_id"] = subject_id
    if knows_sender(details):
        said |= {"informed_at": at, "information_sha256": seal_of(subject_id)}
    return said


def seal_of(subject_id: UUID) -> str:
    """A SHA-256 over what the vault keeps of a sender, sealed: it proves what was kept, and tells nobody what."""
    records = newest_records([subject_id])
    lines = [f"{record.field} {record.record_version} {bytes(record.ciphertext).hex()}" for record in records]
    return sha256("\n".join(lines).encode()).hexdigest()


def _value_of(deposit: Deposit, at: datetime) -> dict[str, Any]:
    valued = find_value(deposit.omnibus.asset_id, deposit.amount, at)
    return {"value": valued.value, "value_price": valued.price} if valued else {}


def _confirm(deposit: Deposit, arrival: Arrival, rail: Rail, screening: Screening, at: datetime) -> None:
    """Its feed tells of what an operator entered: whose it was sent to, and who sent it, is looked at as for any other.

    Not the client's yet, it waits for a person where either is wrong. The client's already, the notice is refused: an alarm.
    """
    owner = find_owner(rail=rail, source=arrival.source, address=arrival.address, memo=arrival.memo)
    is_anothers = owner is not None and owner.profile_id != deposit.profile_id
    if deposit.status == Status.CREDITED:
        _refuse_other(deposit, is_anothers=is_anothers, verdict=screening.verdict)
    said: dict[str, Any] = {"confirmed_at": at, "rail": rail, "confirmations_seen": arrival.confirmations}
    said |= {"address": arrival.address[:140], "memo": arrival.memo[:64], "tx_hash": arrival.tx_hash[:100]}
    if owner is not None and not is_anothers:
        said["instruction"] = owner
    if deposit.status == Status.UNDER_REVIEW:
        if arrival.sender != NOBODY:
            said |= _sender_of(deposit, arrival, at)
        said |= _verdict_of(deposit, screening, is_anothers=is_anothers)
    deposit.mark(at=at, **said)
    note_deposit(deposit=deposit, verb="confirm", topic=None, reason="", actor=SYSTEM, at=at)


def _refuse_other(deposit: Deposit, *, is_anothers: bool, verdict: str) -> None:
    meta = {"deposit_id": str(deposit.pk)}
    if is_anothers:
        raise Refusal("OWNER_DIFFERS", "It was entered for another client than it was sent to, who has it.", meta=meta)
    if verdict != Deposit.Screening.CLEAR:
        raise Refusal(
            "SENDER_NOT_CLEAR", f"Its client has it, and the screening of its sender is {verdict}.", meta=meta
        )


def _verdict_of(deposit: Deposit, screening: Screening, *, is_anothers: bool) -> dict[str, Any]:
    """A hit stays one; who was named by the feed is asked about, whoever was named by hand."""
    held: dict[str, Any] = {"screening": Deposit.Screening.HIT}
    if is_anothers:
        held["screening_words"] = "It was entered for another client than it was sent to."
    elif screening.verdict == Deposit.Screening.HIT:
        held["screening_words"] = screening.words[:300]
    elif deposit.screening == Deposit.Screening.HIT:
        return {}
    else:
        held = {"screening": Deposit.Screening.PENDING, "screening_words": ""}
    if deposit.review_reason in AFTER_SCREENING:
        # Somebody let it on before this was known.
        held["review_reason"] = Deposit.ReviewReason.SCREENING
    return held


def _is_booked_anew(deposit: Deposit, arrival: Arrival) -> bool:
    """Whether its holder has booked it once more: seen in the pool again is hearsay, and the old line told again is old."""
    if arrival.booked_at is None or not _is_final(arrival, deposit):
        return False
    entered = Entry.objects.filter(source_type=OBJECT_TYPE, source_id=deposit.pk).order_by("id").first()
    return entered is not None and arrival.booked_at > entered.event_at


def _look_back(deposit: Deposit, arrival: Arrival, at: datetime) -> None:
    """A deposit that is in the books: what its holder says now changes no posting. Gone is an alarm, for people to decide."""
    if arrival.status == ArrivalStatus.GONE:
        if deposit.recalled_at is not None:
            return
        deposit.mark(at=at, recalled_at=at, recall_reference=arrival.gone_reference)
        note_deposit(deposit=deposit, verb="recall", topic="recalled", reason="", actor=SYSTEM, at=at)
        log.error("a deposit that is in the books is gone", deposit=str(deposit.pk), status=deposit.status)
    elif deposit.recalled_at is not None and deposit.status in TO_RESTORE and _is_booked_anew(deposit, arrival):
        deposit.mark(at=at, recalled_at=None, recall_reference="")
        note_deposit(deposit=deposit, verb="restore", topic="restored", reason="", actor=SYSTEM, at=at)
