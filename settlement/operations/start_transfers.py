"""Move value between profiles: one transfer, or up to a hundred that all go or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.approvable import Execution
from accounts.models import Profile
from accounts.operations.carry_out import Outcome, Wish, carry_out
from core.domain.decimals import has_scale, plain_text
from core.domain.refusals import NotFound, Refusal
from core.ids import new_id
from core.operations.record_audit import Actor
from settlement.domain.transferring import MOST_TRANSFERS
from settlement.models import Asset, InternalTransfer
from settlement.operations.book_transfers import (
    INTERNAL_TRANSFER,
    execute_transfers,
    new_transfer,
    open_accounts,
    refuse_profiles,
    refuse_suspended,
)
from settlement.operations.lock_accounts import lock_accounts
from settlement.operations.note_transfer import OBJECT_TYPE, note_transfer
from settlement.queries.valuation import value_of


@dataclass(frozen=True, slots=True)
class TransferWish:
    """``amount`` of ``asset`` (its code) from one profile to another under the client's own reference."""

    from_profile_id: UUID
    to_profile_id: UUID
    asset: str
    amount: Decimal
    client_reference: str
    reason: str = ""
    reverses: UUID | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """The transfers in the order of the wishes; ``approval_id`` where others have to approve them first."""

    transfers: tuple[InternalTransfer, ...]
    approval_id: UUID | None
    is_replay: bool = False


def start_transfers(*, wishes: Sequence[TransferWish], actor: Actor, at: datetime) -> Started:
    """Execute the wishes, or ask for them: all or none, in the caller's transaction.

    Within an entity they go at once. Where one goes to another entity, the whole batch is under the policy INTERNAL_TRANSFER by
    the value of what leaves the entity; a reversal always is. Idempotent by (from_profile, client_reference), for ever: the same
    again answers what is stored, other terms are refused (422 CLIENT_REFERENCE_REUSED with the differences).

    Refuses an unknown profile or asset (404), one that goes to where it comes from (TRANSFER_GOES_NOWHERE), amounts that are
    nothing (AMOUNT_BELOW_MINIMUM) or too fine (SCALE_EXCEEDED), ACTION_NOT_PERMITTED, ASSET_SUSPENDED, PRICE_MISSING where a
    value is needed, INSUFFICIENT_AVAILABLE where it goes at once.
    """
    if not 1 <= len(wishes) <= MOST_TRANSFERS:
        raise Refusal("REQUEST_INVALID", f"A batch has 1 to {MOST_TRANSFERS} transfers.", status=400)
    with transaction.atomic():
        stored = _replay(wishes)
        if stored is not None:
            return stored
        said, value, entity_id = _say(wishes, at)
        lock_accounts(open_accounts(said).values())
        try:
            with transaction.atomic():
                return _go(said, value, entity_id, actor, at)
        except IntegrityError as error:
            return _lost_race(error, wishes)


def _go(
    said: list[dict[str, Any]], value: Decimal | None, entity_id: UUID | None, actor: Actor, at: datetime
) -> Started:
    payload = {"transfers": said}
    if value is None:
        execute_transfers(Execution(None, payload, actor, (), at))
        return _started(said, None)
    is_single = len(said) == 1
    wish = Wish(
        action=INTERNAL_TRANSFER,
        subject_type=OBJECT_TYPE if is_single else f"{OBJECT_TYPE}_batch",
        subject_id=said[0]["transfer_id"] if is_single else said[0]["batch_id"],
        payload=payload,
        reason=said[0]["reason"],
        value=value,
        entity_id=entity_id,
    )
    outcome: Outcome = carry_out(wish=wish, actor=actor, at=at)
    if outcome.is_pending:
        _wait(said, outcome.approval_id, actor, at)
    return _started(said, outcome.approval_id)


def _wait(said: list[dict[str, Any]], approval_id: UUID | None, actor: Actor, at: datetime) -> None:
    status = InternalTransfer.Status.AWAITING_APPROVAL
    InternalTransfer.objects.bulk_create(
        new_transfer(each, status=status, requester=actor, at=at, approval_id=approval_id) for each in said
    )
    for transfer in _started(said, approval_id).transfers:
        note_transfer(transfer, verb="request", topic="requested", actor=actor, at=at)


def _started(said: list[dict[str, Any]], approval_id: UUID | None) -> Started:
    rows = InternalTransfer.objects.select_related("asset", "from_profile", "to_profile").in_bulk(
        [UUID(each["transfer_id"]) for each in said]
    )
    return Started(tuple(rows[UUID(each["transfer_id"])] for each in said), approval_id)


def _say(wishes: Sequence[TransferWish], at: datetime) -> tuple[list[dict[str, Any]], Decimal | None, UUID | None]:
    """The wishes as text, the value that the policy measures (none: nobody is asked), and the entity that it is for."""
    ids = {profile for wish in wishes for profile in (wish.from_profile_id, wish.to_profile_id)}
    profiles = Profile.objects.in_bulk(ids)
    if len(profiles) != len(ids):
        raise NotFound("profile")
    assets = {asset.code: asset for asset in Asset.objects.filter(code__in={wish.asset for wish in wishes})}
    if any(wish.asset not in assets for wish in wishes):
        raise NotFound("asset")
    refuse_suspended(assets.values())
    batch_id, total, said = new_id(), None, []
    for wish in wishes:
        _check(wish, assets[wish.asset])
        text = _text(wish, assets[wish.asset], batch_id)
        is_between = profiles[wish.from_profile_id].entity_id != profiles[wish.to_profile_id].entity_id
        if is_between or wish.reverses is not None:
            valued = value_of(assets[wish.asset].pk, wish.amount, at)
            total = (total or Decimal(0)) + valued.value
            text |= {"value": plain_text(valued.value), "value_price": plain_text(valued.price)}
        said.append(text)
    refuse_profiles([(wish.from_profile_id, wish.to_profile_id) for wish in wishes])
    entities = {profiles[wish.from_profile_id].entity_id for wish in wishes if wish.reverses is None}
    return said, total, entities.pop() if len(entities) == 1 else None


def _check(wish: TransferWish, asset: Asset) -> None:
    if wish.from_profile_id == wish.to_profile_id:
        raise Refusal("TRANSFER_GOES_NOWHERE", "A transfer goes to another profile.")
    if not wish.amount.is_finite() or wish.amount <= 0:
        raise Refusal("AMOUNT_BELOW_MINIMUM", "A transfer moves more than nothing.")
    if not has_scale(wish.amount, asset.scale):
        raise Refusal("SCALE_EXCEEDED", f"{asset.code} has {asset.scale} digits.", meta={"scale": asset.scale})


def _text(wish: TransferWish, asset: Asset, batch_id: UUID) -> dict[str, Any]:
    return {
        "transfer_id": str(new_id()),
        "batch_id": str(batch_id),
        "from_profile_id": str(wish.from_profile_id),
        "to_profile_id": str(wish.to_profile_id),
        "asset_id": str(asset.pk),
        "asset": asset.code,
        "amount": plain_text(wish.amount),
        "client_reference": wish.client_reference,
        "reverses": str(wish.reverses) if wish.reverses else "",
        "reason": wish.reason,
        "value": "",
        "value_price": "",
    }


def _replay(wishes: Sequence[TransferWish]) -> Started | None:
    """What is stored under the references, where all of it is the same; nothing where none of it is known."""
    keys = [(wish.from_profile_id, wish.client_reference) for wish in wishes]
    if len(set(keys)) != len(keys):
        raise Refusal(
            "CLIENT_REFERENCE_REUSED", "Two transfers of one batch have one reference.", meta={"differences": []}
        )
    named = Q()
    for profile_id, reference in keys:
        named |= Q(from_profile_id=profile_id, client_reference=reference)
    rows = InternalTransfer.objects.filter(named).select_related("asset", "from_profile", "to_profile")
    stored = {(row.from_profile_id, row.client_reference): row for row in rows}
    if not stored:
        return None
    differences = [
        difference
        for number, (key, wish) in enumerate(zip(keys, wishes, strict=True))
        for difference in _differences(stored.get(key), wish, f"/items/{number}" if len(wishes) > 1 else "")
    ]
    if differences:
        raise Refusal(
            "CLIENT_REFERENCE_REUSED",
            "This reference names a transfer with other terms.",
            meta={"transfer_id": str(next(iter(stored.values())).pk), "differences": differences},
        )
    transfers = tuple(stored[key] for key in keys)
    return Started(transfers, None, is_replay=True)


def _differences(row: InternalTransfer | None, wish: TransferWish, pointer: str) -> list[dict[str, Any]]:
    if row is None:
        # Of a batch that is sent again all is there, or it is another batch.
        return [{"pointer": f"{pointer}/client_reference", "stored": None, "sent": wish.client_reference}]
    pairs = {
        "to_profile_id": (str(row.to_profile_id), str(wish.to_profile_id)),
        "asset": (row.asset.code, wish.asset),
        "amount": (plain_text(row.amount), plain_text(wish.amount)),
    }
    return [
        {"pointer": f"{pointer}/{name}", "stored": stored, "sent": sent}
        for name, (stored, sent) in pairs.items()
        if stored != sent
    ]


def _lost_race(error: IntegrityError, wishes: Sequence[TransferWish]) -> Started:
    """Somebody was first, between the look and the insert: answer, or refuse, as if it had been seen."""
    fact = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    stored = _replay(wishes) if fact == "transfer_reference_is_unique" else None
    if stored is not None:
        return stored
    if fact == "transfer_is_reversed_once":
        raise Refusal("STATE_CHANGED", "It is being taken back already.", status=409) from None
    raise error
