"""Execute internal transfers, all of a batch or none: at once, or when others have approved; and end what they did not."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.approvable import Description, Ending, Execution, Payload
from accounts.domain.permissions import Action, Verdict
from accounts.models import Profile
from accounts.queries.permissions import check_permission, get_verdict
from core.domain.refusals import NotFound, Refusal
from settlement.domain.transferring import CANCELLED, FAILED, REJECTED
from settlement.models import Asset, Entry, InternalTransfer
from settlement.operations.lock_accounts import lock_accounts
from settlement.operations.note_transfer import OBJECT_TYPE, note_transfer
from settlement.operations.open_client_account import open_client_account
from settlement.operations.post_entry import Move, post_entry
from settlement.operations.reverse_entry import reverse_entry

INTERNAL_TRANSFER = "INTERNAL_TRANSFER"
# What an ended request makes of its transfers, and why.
ENDS = {
    "REJECTED": (REJECTED, "rejected", "reject", ""),
    "CANCELLED": (CANCELLED, "cancelled", "cancel", ""),
    "EXPIRED": (CANCELLED, "cancelled", "expire", "APPROVAL_EXPIRED"),
}


def execute_transfers(execution: Execution) -> dict[str, str]:
    """What INTERNAL_TRANSFER does. Asks again what each profile may do, and posts every transfer; or refuses all of them.

    Refuses ACTION_NOT_PERMITTED, ASSET_SUSPENDED, INSUFFICIENT_AVAILABLE, and for what is not as it was (409 STATE_CHANGED).
    """
    said: list[dict[str, Any]] = list(execution.payload["transfers"])
    refuse_profiles([(UUID(each["from_profile_id"]), UUID(each["to_profile_id"])) for each in said])
    assets = Asset.objects.in_bulk({UUID(each["asset_id"]) for each in said})
    refuse_suspended(assets.values())
    accounts = open_accounts(said)
    lock_accounts(accounts.values())
    transfers = _rows(execution, said)
    for transfer in transfers:
        _book(transfer, accounts, execution)
    return {"batch_id": str(transfers[0].batch_id), "transfer_id": str(transfers[0].pk)}


def refuse_profiles(pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Refuse ACTION_NOT_PERMITTED where a source may not TRANSFER_OUT, or a destination not simply RECEIVE.

    What a destination waits for is nobody else's to know: the refusal names no identity of it.
    """
    for source in dict.fromkeys(source for source, _ in pairs):
        if check_permission(profile_id=source, action=Action.TRANSFER_OUT) != Verdict.ALLOWED:
            raise _not_permitted(source, Action.TRANSFER_OUT)
    for destination in dict.fromkeys(destination for _, destination in pairs):
        if get_verdict(profile_id=destination, action=Action.RECEIVE) != Verdict.ALLOWED:
            raise _not_permitted(destination, Action.RECEIVE)


def _not_permitted(profile_id: UUID, action: Action) -> Refusal:
    return Refusal(
        "ACTION_NOT_PERMITTED",
        f"The profile {profile_id} may not simply {action.value}.",
        meta={"action": action.value, "profile_id": str(profile_id), "identity_id": None, "blocked_by": []},
    )


def refuse_suspended(assets: Any) -> None:
    """Refuse ASSET_SUSPENDED for the first of ``assets`` that is not ACTIVE."""
    for asset in assets:
        if asset.status != Asset.Status.ACTIVE:
            raise Refusal("ASSET_SUSPENDED", f"{asset.code} is {asset.status}.", meta={"asset": asset.code})


def open_accounts(said: Sequence[Mapping[str, Any]]) -> dict[tuple[UUID, UUID], UUID]:
    """(profile, asset) -> account, opened where there is none, in one order."""
    wanted = {
        (UUID(each[side]), UUID(each["asset_id"])) for each in said for side in ("from_profile_id", "to_profile_id")
    }
    return {pair: open_client_account(profile_id=pair[0], asset_id=pair[1]) for pair in sorted(wanted)}


def new_transfer(
    said: Mapping[str, Any], *, status: str, requester: Any, at: datetime, approval_id: UUID | None
) -> InternalTransfer:
    """The row of what was asked."""
    return InternalTransfer(
        id=UUID(said["transfer_id"]),
        from_profile_id=UUID(said["from_profile_id"]),
        to_profile_id=UUID(said["to_profile_id"]),
        asset_id=UUID(said["asset_id"]),
        amount=Decimal(said["amount"]),
        client_reference=said["client_reference"],
        status=status,
        reverses_id=UUID(said["reverses"]) if said["reverses"] else None,
        batch_id=UUID(said["batch_id"]),
        reason=said["reason"],
        value=Decimal(said["value"]) if said["value"] else None,
        value_price=Decimal(said["value_price"]) if said["value_price"] else None,
        requested_by_kind=requester.kind,
        requested_by_id=requester.id,
        requested_at=at,
        approval_id=approval_id,
        executed_at=at if status == InternalTransfer.Status.EXECUTED else None,
        updated_at=at,
    )


def _rows(execution: Execution, said: Sequence[Mapping[str, Any]]) -> list[InternalTransfer]:
    """The transfers, EXECUTED: stored now where nobody was asked, else those that waited."""
    ids = [UUID(each["transfer_id"]) for each in said]
    if execution.approval_id is None:
        InternalTransfer.objects.bulk_create(
            new_transfer(
                each,
                status=InternalTransfer.Status.EXECUTED,
                requester=execution.requester,
                at=execution.at,
                approval_id=None,
            )
            for each in said
        )
    rows = InternalTransfer.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "asset", "from_profile", "to_profile", "reverses"
    )
    found = {row.pk: row for row in rows.filter(pk__in=ids).order_by("pk")}
    transfers = [found[key] for key in ids if key in found]
    if len(transfers) != len(ids):
        raise NotFound("internal transfer")
    if execution.approval_id is not None:
        for transfer in transfers:
            if transfer.status != InternalTransfer.Status.AWAITING_APPROVAL:
                raise Refusal("STATE_CHANGED", f"The transfer is {transfer.status}.", status=409)
            transfer.mark_executed(at=execution.at, approval_id=execution.approval_id)
    return transfers


def _book(transfer: InternalTransfer, accounts: Mapping[tuple[UUID, UUID], UUID], execution: Execution) -> None:
    if transfer.reverses is not None:
        _take_back(transfer, transfer.reverses.pk, execution)
    else:
        move = Move(
            accounts[transfer.from_profile_id, transfer.asset_id],
            accounts[transfer.to_profile_id, transfer.asset_id],
            transfer.asset_id,
            transfer.amount,
        )
        post_entry(
            kind=Entry.Kind.INTERNAL_TRANSFER,
            source_type=OBJECT_TYPE,
            source_id=transfer.pk,
            event_at=execution.at,
            moves=[move],
            actor_id=execution.requester.id,
            narrative=f"Transfer {transfer.client_reference}",
            group_id=transfer.batch_id,
        )
    note_transfer(
        transfer,
        verb="execute",
        topic="executed",
        actor=execution.requester,
        at=execution.at,
        approval_id=execution.approval_id,
    )


def _take_back(transfer: InternalTransfer, original_id: UUID, execution: Execution) -> None:
    """Post the mirror, and say so of what it mirrors."""
    original = (
        InternalTransfer.objects.select_for_update(no_key=True, of=("self",))
        .select_related("asset", "from_profile", "to_profile")
        .get(pk=original_id)
    )
    if original.status != InternalTransfer.Status.EXECUTED:
        raise Refusal("STATE_CHANGED", f"The transfer is {original.status}.", status=409)
    entry = Entry.objects.get(source_type=OBJECT_TYPE, source_id=original.pk)
    reverse_entry(
        entry_id=entry.pk,
        source_type=OBJECT_TYPE,
        source_id=transfer.pk,
        event_at=execution.at,
        actor_id=execution.requester.id,
        narrative=f"Transfer {original.client_reference} taken back",
    )
    original.mark_reversed(at=execution.at)
    note_transfer(
        original,
        verb="reverse",
        topic="reversed",
        actor=execution.requester,
        at=execution.at,
        approval_id=execution.approval_id,
    )


def end_transfers(ending: Ending) -> None:
    """What a request that came to nothing makes of the transfers that waited for it: REJECTED, CANCELLED or FAILED."""
    status, topic, verb, code = ENDS.get(ending.status, (FAILED, "failed", "fail", ending.code))
    waiting = InternalTransfer.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "asset", "from_profile", "to_profile"
    )
    for transfer in waiting.filter(approval_id=ending.approval_id, status="AWAITING_APPROVAL").order_by("pk"):
        transfer.mark_ended(status, reason_code=code, at=ending.at)
        note_transfer(transfer, verb=verb, topic=topic, actor=ending.actor, at=ending.at)


def describe_transfers(payload: Payload) -> Description:
    """The wish in words. Who receives is named where staff read it, not in the title that the asking client sees too."""
    said: list[dict[str, Any]] = list(payload["transfers"])
    profiles = Profile.objects.select_related("entity").in_bulk(
        {UUID(each[side]) for each in said for side in ("from_profile_id", "to_profile_id")}
    )
    changes = [
        (
            each["client_reference"],
            None,
            f"{each['amount']} {each['asset']}: {_name(profiles, each['from_profile_id'])} → "
            f"{_name(profiles, each['to_profile_id'])}",
        )
        for each in said
    ]
    first = said[0]
    what = f"{first['amount']} {first['asset']}" if len(said) == 1 else f"{len(said)} amounts"
    verb = "Take back a transfer of" if first["reverses"] else "Transfer"
    return Description(
        title=f"{verb} {what} between profiles",
        changes=changes,
        effect="The value moves at once from profile to profile, all of it or nothing; short, it fails.",
    )


def _name(profiles: Mapping[UUID, Profile], profile_id: str) -> str:
    profile = profiles.get(UUID(profile_id))
    if profile is None:
        raise NotFound("profile")
    return f"{profile.entity.shown_name}, {profile.reference}"
