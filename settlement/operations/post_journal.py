"""Post a journal that others have approved; and end one that they have not."""

from typing import Any
from uuid import UUID

from accounts.approvable import Description, Ending, Execution, Payload
from core.domain.decimals import plain_text
from core.domain.refusals import NotFound, Refusal
from settlement.domain.transferring import CANCELLED, REJECTED
from settlement.models import Entry, JournalLine, LedgerAccount, ManualJournal
from settlement.operations.draft_journal import refuse_closed
from settlement.operations.note_journal import OBJECT_TYPE, note_journal
from settlement.operations.post_entry import Move, post_entry
from settlement.operations.reverse_entry import reverse_entry
from settlement.operations.submit_journal import lock_journal, payload_of
from settlement.queries.journals import weigh_lines

# Accounts whose balances an approver is told in words.
MOST_TOLD = 6
# What an ended request makes of its journal, and why. What failed as it was posted is as good as rejected.
ENDS = {
    "REJECTED": (REJECTED, "rejected", "reject", ""),
    "CANCELLED": (CANCELLED, "cancelled", "cancel", ""),
    "EXPIRED": (CANCELLED, "cancelled", "expire", "APPROVAL_EXPIRED"),
}


def execute_journal(execution: Execution) -> dict[str, str]:
    """What MANUAL_JOURNAL does: one entry with the journal's lines, or the mirror of the entry that it takes back.

    Refuses to be done without an approval (APPROVAL_NEEDED), approved by who drafted it (APPROVER_IS_REQUESTER), for what is no
    longer as it was approved (PAYLOAD_CHANGED, 409 STATE_CHANGED), ACCOUNT_CLOSED and INSUFFICIENT_AVAILABLE.
    """
    said = execution.payload
    if execution.approval_id is None:
        raise Refusal(
            "APPROVAL_NEEDED", "A journal is posted once another person has approved it, whatever the policy."
        )
    journal = lock_journal(journal_id=UUID(said["journal_id"]), expected=("SUBMITTED",), verb="posted")
    if journal.drafted_by_id in execution.approvers:
        raise Refusal("APPROVER_IS_REQUESTER", "Who drafted a journal does not approve it.")
    lines = list(journal.lines.select_related("asset", "source__profile", "destination__profile").order_by("number"))
    if payload_of(journal, lines) != dict(said):
        raise Refusal("PAYLOAD_CHANGED", "The journal is not what was approved.")
    for line in lines:
        refuse_closed(line.number, line.source)
        refuse_closed(line.number, line.destination)
    entry_id = _post(journal, lines, execution) if journal.reverses_id is None else _take_back(journal, execution)
    journal.mark_posted(at=execution.at)
    note_journal(
        journal,
        verb="post",
        topic="posted",
        actor=execution.requester,
        at=execution.at,
        approval_id=execution.approval_id,
    )
    return {"journal_id": str(journal.pk), "entry_id": str(entry_id)}


def _post(journal: ManualJournal, lines: list[JournalLine], execution: Execution) -> UUID:
    return post_entry(
        kind=Entry.Kind.MANUAL_JOURNAL,
        source_type=OBJECT_TYPE,
        source_id=journal.pk,
        event_at=execution.at,
        moves=[Move(line.source_id, line.destination_id, line.asset_id, line.amount) for line in lines],
        actor_id=execution.requester.id,
        narrative=f"{journal.category}: {journal.reason}"[:200],
    )


def _take_back(journal: ManualJournal, execution: Execution) -> UUID:
    assert journal.reverses_id is not None
    original = lock_journal(journal_id=journal.reverses_id, expected=("POSTED",), verb="taken back")
    entry_id = reverse_entry(
        entry_id=Entry.objects.get(source_type=OBJECT_TYPE, source_id=original.pk).pk,
        source_type=OBJECT_TYPE,
        source_id=journal.pk,
        event_at=execution.at,
        actor_id=execution.requester.id,
        narrative=f"Taken back: {journal.reason}"[:200],
    )
    original.mark_reversed(at=execution.at)
    note_journal(
        original,
        verb="reverse",
        topic="reversed",
        actor=execution.requester,
        at=execution.at,
        approval_id=execution.approval_id,
    )
    return entry_id


def end_journal(ending: Ending) -> None:
    """What a request that came to nothing makes of its journal: REJECTED or CANCELLED."""
    status, topic, verb, code = ENDS.get(ending.status, (REJECTED, "rejected", "fail", ending.code))
    journals = ManualJournal.objects.select_for_update(no_key=True, of=("self",))
    for journal in journals.filter(approval_id=ending.approval_id, status="SUBMITTED"):
        journal.mark_ended(status, reason_code=code, at=ending.at)
        note_journal(journal, verb=verb, topic=topic, actor=ending.actor, at=ending.at)


def describe_journal(payload: Payload) -> Description:
    """The journal in words, and what its accounts would have now. Refuses one that is not there."""
    said: list[dict[str, Any]] = list(payload["lines"])
    accounts = LedgerAccount.objects.in_bulk(
        {UUID(each[side]) for each in said for side in ("source_id", "destination_id")}
    )
    if not ManualJournal.objects.filter(pk=UUID(payload["journal_id"])).exists() or not accounts:
        raise NotFound("journal")
    lines = JournalLine.objects.filter(journal_id=UUID(payload["journal_id"])).select_related("source", "destination")
    touched = weigh_lines([(line.source, line.destination, line.amount) for line in lines.order_by("number")])
    told = [f"{each.account.code} {plain_text(each.before)} → {plain_text(each.after)}" for each in touched[:MOST_TOLD]]
    short = [each.account.code for each in touched if each.is_short]
    more = f" and {len(touched) - MOST_TOLD} more" if len(touched) > MOST_TOLD else ""
    warning = f" Short now: {', '.join(short)}." if short else ""
    count = f"{len(said)} line" if len(said) == 1 else f"{len(said)} lines"
    verb = "Take back a journal" if payload["reverses"] else "Post a journal"
    return Description(
        title=f"{verb}: {payload['category']}, {count}",
        changes=[
            (
                f"line {each['number']}",
                None,
                f"{each['amount']} {each['asset']}: {accounts[UUID(each['source_id'])].code} → "
                f"{accounts[UUID(each['destination_id'])].code}",
            )
            for each in said
        ]
        + [("attachment", None, sha256) for sha256 in payload["attachments"]],
        effect=f"One entry. Balances: {'; '.join(told)}{more}.{warning}",
    )
