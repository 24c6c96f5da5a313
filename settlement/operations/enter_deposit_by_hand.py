"""Enter a deposit that no feed has told of: an operator has seen it at the bank or custodian, and others agree."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid5

from django.db import transaction

from accounts.approvable import Description, Execution, Payload
from accounts.models import Profile
from accounts.operations.carry_out import Outcome, Wish, carry_out
from accounts.operations.keep_details import keep_details
from core.domain.decimals import format_scaled
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.operations.record_audit import Actor
from settlement.domain.depositing import knows_sender
from settlement.gateways.arrivals import NOBODY, Sender
from settlement.models import Deposit, LedgerAccount
from settlement.operations.credit_deposit import check_entered, rail_into
from settlement.operations.enter_deposit import post_arrival
from settlement.operations.receive_deposit import seal_of
from settlement.queries.deposit_facts import next_reason
from settlement.queries.deposits import list_alike
from settlement.queries.valuation import find_value

DEPOSIT_ENTRY: Final = "DEPOSIT_ENTRY"
SUBJECT_TYPE: Final = "settlement.deposit_entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPayment:
    """What an operator saw. ``omnibus_id`` is the account of ours that has it, ``outside_reference`` its id there; ``rail_id``
    by which rail, where that is known. ``sender`` is who sent it, as far as the bank or chain shows.
    """

    profile_id: UUID
    omnibus_id: UUID
    amount: Decimal
    outside_reference: str
    value_date: date
    rail_id: UUID | None = None
    note: str = ""
    sender: Sender = NOBODY


@dataclass(frozen=True, slots=True)
class Entered:
    """Either the deposit that has this reference already, of the same profile and amount, or what the asking came to."""

    known: Deposit | None
    outcome: Outcome | None


def enter_deposit_by_hand(*, seen: SeenPayment, actor: Actor, at: datetime) -> Entered:
    """Ask under the policy DEPOSIT_ENTRY that it be booked; others decide. Joins the caller's transaction.

    Nothing is booked until they do. If its feed tells of it before, that is the deposit, with all that is asked of one. Who sent
    it goes to the vault. Refuses an unknown profile, account or rail, an amount that is nothing or too fine, a suspended asset,
    a reference that is known with another profile or amount (CLIENT_REFERENCE_REUSED with deposit_id), one that is asked for
    already (409 APPROVAL_ALREADY_PENDING), a sender of whom nothing is said (SENDER_MISSING), and a policy that would ask
    nobody (APPROVAL_NEEDED). Without a fresh price it is of the policy's highest tier.
    """
    omnibus = _omnibus(seen.omnibus_id)
    check_entered(omnibus, seen.amount)
    rail_into(seen.rail_id, omnibus)
    profile = Profile.objects.filter(pk=seen.profile_id).first()
    if profile is None:
        raise NotFound("profile")
    known = _find(omnibus, seen.outside_reference)
    if known is not None:
        return Entered(_the_same(known, seen.profile_id, seen.amount), None)
    details = {name: text for name, text in seen.sender.details.items() if text.strip()}
    if not seen.sender.account.strip() and not details:
        raise Refusal("SENDER_MISSING", "From which account or address it came, or who sent it: that is screened.")
    valued = find_value(omnibus.asset_id, seen.amount, at)
    with transaction.atomic():
        subject_id = new_id() if details else None
        if subject_id is not None:
            keep_details(subject_id=subject_id, details=details, at=at)
        payload = _payload(seen, omnibus) | {
            "sender_subject_id": str(subject_id or ""),
            "sender_is_known": "yes" if knows_sender(details) else "",
        }
        wish = Wish(
            action=DEPOSIT_ENTRY,
            subject_type=SUBJECT_TYPE,
            # One is asked for a payment at a time.
            subject_id=uuid5(omnibus.pk, seen.outside_reference),
            payload=payload,
            reason=seen.note,
            value=valued.value if valued else None,
            entity_id=profile.entity_id,
        )
        return Entered(None, carry_out(wish=wish, actor=actor, at=at))


def _payload(seen: SeenPayment, omnibus: LedgerAccount) -> dict[str, Any]:
    return {
        "deposit_id": str(new_id()),
        "profile_id": str(seen.profile_id),
        "omnibus_id": str(omnibus.pk),
        "rail_id": str(seen.rail_id or ""),
        "asset": omnibus.asset.code,
        "amount": format_scaled(seen.amount, omnibus.asset.scale),
        "outside_reference": seen.outside_reference,
        "value_date": seen.value_date.isoformat(),
        "sender_account": seen.sender.account[:128],
        "sender_vasp": seen.sender.vasp[:200],
        "note": seen.note,
    }


def execute_entry(execution: Execution) -> dict[str, str]:
    """Book it: in SUSPENSE until its sender is screened, and for every other reason to look that holds.

    Told by its feed meanwhile, for the same profile, it stays as it is. Refuses another profile or amount under its reference
    (CLIENT_REFERENCE_REUSED with deposit_id), and a suspended asset.
    """
    payload, at = execution.payload, execution.at
    if not execution.approvers:
        raise Refusal("APPROVAL_NEEDED", "A deposit by hand always takes another person.")
    omnibus = _omnibus(UUID(payload["omnibus_id"]))
    amount, profile_id = Decimal(payload["amount"]), UUID(payload["profile_id"])
    check_entered(omnibus, amount)
    deposit = Deposit(
        id=UUID(payload["deposit_id"]),
        profile=Profile.objects.get(pk=profile_id),
        omnibus=omnibus,
        rail=rail_into(UUID(payload["rail_id"]) if payload["rail_id"] else None, omnibus),
        source=Deposit.Source.OPERATOR,
        status=Deposit.Status.UNDER_REVIEW,
        amount=amount,
        outside_reference=payload["outside_reference"],
        value_date=date.fromisoformat(payload["value_date"]),
        note=payload["note"],
        screening=Deposit.Screening.PENDING,
        received_at=at,
        final_at=at,
        entry_approval_id=execution.approval_id,
        **_sender_of(payload, at),
    )
    valued = find_value(omnibus.asset_id, amount, at)
    if valued:
        deposit.value, deposit.value_price = valued.value, valued.price
    deposit.review_reason = next_reason(deposit)
    Deposit.objects.bulk_create([deposit], ignore_conflicts=True)
    stored = Deposit.objects.get(omnibus=omnibus, outside_reference=deposit.outside_reference)
    if stored.pk != deposit.pk:
        stored = _the_same(stored, profile_id, amount)
    else:
        post_arrival(deposit, event_at=at, actor=execution.requester, at=at, approval_id=execution.approval_id)
    return {"deposit_id": str(stored.pk), "status": stored.status}


def _sender_of(payload: Payload, at: datetime) -> dict[str, Any]:
    said: dict[str, Any] = {"sender_address": payload["sender_account"], "sender_vasp": payload["sender_vasp"]}
    if payload["sender_subject_id"]:
        subject_id = UUID(payload["sender_subject_id"])
        said["sender_subject_id"] = subject_id
        if payload["sender_is_known"]:
            said |= {"informed_at": at, "information_sha256": seal_of(subject_id)}
    return said


def describe_entry(payload: Payload) -> Description:
    """The payment, whose it is to be, and what of the same amount came in there lately under another reference."""
    profile = Profile.objects.select_related("entity").get(pk=UUID(payload["profile_id"]))
    omnibus = _omnibus(UUID(payload["omnibus_id"]))
    alike = list_alike(
        omnibus_id=omnibus.pk, amount=Decimal(payload["amount"]), other_than=payload["outside_reference"]
    )
    told = ", ".join(f"{each.outside_reference} of {each.received_at:%Y-%m-%d}, {each.status}" for each in alike)
    return Description(
        title=f"Enter a deposit of {payload['amount']} {payload['asset']}",
        changes=[
            ("client", None, f"{profile.entity.shown_name}, {profile.reference}"),
            ("arrived at", None, omnibus.name),
            ("reference", None, payload["outside_reference"]),
            ("value date", None, payload["value_date"]),
            ("from", None, payload["sender_account"] or None),
            ("of the same amount lately", None, told or "none"),
        ],
        effect="It is booked to SUSPENSE; once its sender is screened and nothing else keeps it, the client has it.",
    )


def _omnibus(omnibus_id: UUID) -> LedgerAccount:
    found = LedgerAccount.objects.select_related("asset").filter(pk=omnibus_id, kind=LedgerAccount.Kind.OMNIBUS).first()
    if found is None:
        raise NotFound("omnibus account")
    return found


def _find(omnibus: LedgerAccount, outside_reference: str) -> Deposit | None:
    return Deposit.objects.filter(omnibus=omnibus, outside_reference=outside_reference).first()


def _the_same(known: Deposit, profile_id: UUID, amount: Decimal) -> Deposit:
    if known.profile_id == profile_id and known.amount == amount:
        return known
    raise Refusal(
        "CLIENT_REFERENCE_REUSED",
        "This reference is booked already, for another profile or amount.",
        meta={"deposit_id": str(known.pk)},
    )
