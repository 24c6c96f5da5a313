"""Withdrawals as their clients and the desk see them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from accounts.models import ApprovalDecision
from accounts.queries.shown_names import is_named
from core.domain.refusals import NotFound
from core.models import AuditEntry
from settlement.models import Entry, LedgerAccount, Posting, Withdrawal

WAITING = ("IN_REVIEW", "AWAITING_APPROVAL", "APPROVED", "SENT", "ERRORED")
OBJECT_TYPE = "settlement.withdrawal"
MOST_HAPPENINGS = 200

# For settlement/holders.py: gross is held from the request to the end, which is one row's two instants.
HOLDS_SINCE = """
SELECT w.profile_id, r.asset_id, side.change
FROM settlement_withdrawal w
JOIN settlement_rail r ON r.id = w.rail_id
CROSS JOIN LATERAL (VALUES (w.requested_at, w.gross_amount), (w.ended_at, -w.gross_amount)) AS side (at, change)
WHERE side.at >= %(since)s
"""


def list_withdrawals(*, text: str = "") -> "QuerySet[Withdrawal]":
    """All withdrawals whose references, profile or entity have ``text`` in their names; the caller orders and cuts."""
    found = Withdrawal.objects.select_related("profile__entity", "rail__asset", "destination", "approval")
    if text:
        found = found.filter(
            Q(client_reference__icontains=text)
            | Q(outside_reference__icontains=text)
            | Q(profile__reference__icontains=text)
            | is_named(text, "profile__entity__")
        )
    return found


def list_client_withdrawals(*, entity_id: UUID) -> "QuerySet[Withdrawal]":
    """The withdrawals of an entity's profiles."""
    return list_withdrawals().filter(profile__entity_id=entity_id)


def access_withdrawal(*, withdrawal_id: UUID, entity_id: UUID) -> Withdrawal:
    """The withdrawal, if it is of a profile of the entity; otherwise there is no such withdrawal."""
    withdrawal = list_client_withdrawals(entity_id=entity_id).filter(pk=withdrawal_id).first()
    if withdrawal is None:
        raise NotFound("withdrawal")
    return withdrawal


def get_withdrawal(*, withdrawal_id: UUID) -> Withdrawal:
    """The withdrawal, whosever it is: for the house itself."""
    withdrawal = list_withdrawals().filter(pk=withdrawal_id).first()
    if withdrawal is None:
        raise NotFound("withdrawal")
    return withdrawal


def list_withdrawal_postings(withdrawal: Withdrawal) -> "QuerySet[Posting]":
    """What moved for a withdrawal, in order."""
    entries = Entry.objects.filter(source_id=withdrawal.pk, source_type="settlement.withdrawal")
    return Posting.objects.filter(entry__in=entries).select_related("entry", "source", "destination").order_by("id")


def list_holding_withdrawals(account: LedgerAccount) -> "QuerySet[Withdrawal]":
    """The withdrawals that hold something of the account's balance, the largest first."""
    if account.profile_id is None or account.label:
        return Withdrawal.objects.none()
    held = Withdrawal.objects.filter(profile_id=account.profile_id, rail__asset_id=account.asset_id, held__gt=0)
    return held.select_related("rail", "destination").order_by("-held", "id")


def sum_held_by_withdrawals(account: LedgerAccount) -> Decimal:
    """What they hold together."""
    held: Decimal = list_holding_withdrawals(account).order_by().aggregate(sum=Sum("held", default=Decimal(0)))["sum"]
    return held or Decimal(0)


def count_waiting_withdrawals() -> dict[str, int]:
    """How many have not ended, by status."""
    waiting = Withdrawal.objects.filter(status__in=WAITING).order_by()
    return dict(waiting.values_list("status").annotate(count=Count("id")))


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened to a withdrawal: what, by whom, when; the status it led to where that changed, and why.

    ``id`` tells the order in which it was written down.
    """

    id: UUID
    at: datetime
    what: str
    actor_kind: str
    actor_id: UUID | None
    status: str
    reason: str
    facts: tuple[tuple[str, str], ...] = ()


def list_happenings(withdrawal: Withdrawal) -> list[Happening]:
    """Everything that happened to a withdrawal, approvers' decisions among it, the oldest first; at most ``MOST_HAPPENINGS``."""
    entries = AuditEntry.objects.filter(object_id=str(withdrawal.pk), object_type=OBJECT_TYPE).order_by("id")
    found = [_happening(entry) for entry in entries[:MOST_HAPPENINGS]]
    if withdrawal.approval_id is not None:
        found += [
            Happening(each.pk, each.decided_at, each.verdict.lower(), "PERSON", each.approver_id, "", each.note)
            for each in ApprovalDecision.objects.filter(request_id=withdrawal.approval_id).order_by("decided_at")
        ]
    return sorted(found, key=lambda each: each.id)


def _happening(entry: AuditEntry) -> Happening:
    changes = {change["field"]: change for change in entry.changes}
    status = changes.pop("status", {})
    # What the page says beside it already.
    for name in ("gross_amount", "destination_id", "approval"):
        changes.pop(name, None)
    return Happening(
        entry.pk,
        entry.event_at,
        entry.action.rpartition(".")[2],
        entry.actor_kind,
        entry.actor_id,
        status.get("after", "") if status.get("before") != status.get("after") else "",
        entry.reason,
        tuple((name, str(change["after"])) for name, change in changes.items() if change["after"]),
    )
