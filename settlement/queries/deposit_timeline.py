"""What happened to one deposit, in order: from the record of acts, the books and the requests for approval."""

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from accounts.models import ApprovalRequest
from accounts.queries.actors import name_actors
from core.domain.tones import word_of
from core.models import AuditEntry
from settlement.models import Deposit, Entry

OBJECT_TYPE: Final = "settlement.deposit"
# Of one deposit there are a few of each; what repeats without end is cut.
MOST_EACH: Final = 100
ACTS: Final = {
    "detect": "Seen",
    "confirm": "Told of by its feed",
    "receive": "Received, to be looked at",
    "credit": "Credited",
    "attribute": "Attributed",
    "inform": "Told who sent it",
    "screen": "Screened",
    "release": "Released",
    "return": "To go back",
    "complete_return": "Sent back",
    "recall": "Said to be gone",
    "restore": "There again",
    "reverse": "Taken back",
    "fail": "Vanished",
    "reveal": "Sender's details looked at",
}
# Acts after which it may stand in one place or another.
_OPEN_ENDED: Final = ("attribute", "release", "screen")


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened. ``who`` is a name, nothing for the house itself; of ``entry_id``, ``approval_id`` and ``audit_id``
    at most one is there.
    """

    at: datetime
    title: str
    words: str = ""
    who: str = ""
    entry_id: UUID | None = None
    approval_id: UUID | None = None
    audit_id: UUID | None = None


def list_happenings(deposit: Deposit) -> list[Happening]:
    """Acts, entries and requests for approval, oldest first; four statements."""
    acts = list(
        AuditEntry.objects.filter(object_id=str(deposit.pk), object_type=OBJECT_TYPE).order_by("id")[:MOST_EACH]
    )
    asked = list(
        ApprovalRequest.objects.filter(subject_type=OBJECT_TYPE, subject_id=str(deposit.pk)).order_by("id")[:MOST_EACH]
    )
    entries = Entry.objects.filter(source_type=OBJECT_TYPE, source_id=deposit.pk).order_by("id")[:MOST_EACH]
    names = name_actors([*(act.actor_id for act in acts), *(each.requested_by_id for each in asked)])
    happened = [_of_act(act, names) for act in acts]
    happened += [Happening(each.recorded_at, word_of(each.kind), "in the books", entry_id=each.pk) for each in entries]
    for each in asked:
        happened += _of_request(each, names)
    if not any(act.action.endswith((".detect", ".receive", ".credit")) for act in acts):
        happened.append(Happening(deposit.received_at, "Seen"))
    return sorted(happened, key=attrgetter("at"))


def _of_act(act: AuditEntry, names: dict[str, str]) -> Happening:
    verb = act.action.rpartition(".")[2]
    # What a screener said is for compliance, and stands with the screening.
    reason = "" if verb == "screen" else act.reason
    words = ": ".join(filter(None, [_where(act, verb), reason]))
    return Happening(
        act.event_at, ACTS.get(verb, word_of(verb.upper())), words, names.get(str(act.actor_id), ""), audit_id=act.pk
    )


def _where(act: AuditEntry, verb: str) -> str:
    """Where it stood after the act, in so far as the act does not say so itself."""
    after: dict[str, Any] = {change["field"]: change["after"] for change in act.changes}
    if after.get("status") == Deposit.Status.UNDER_REVIEW:
        return f"waits for {word_of(str(after.get('review_reason', ''))).lower()}"
    return word_of(str(after["status"])).lower() if verb in _OPEN_ENDED and "status" in after else ""


def _of_request(request: ApprovalRequest, names: dict[str, str]) -> list[Happening]:
    what = word_of(request.action)
    asker = names.get(str(request.requested_by_id), "")
    told = [Happening(request.requested_at, f"{what} asked for", request.reason, asker, approval_id=request.pk)]
    if request.ended_at is not None:
        words = request.outcome_code
        ended = Happening(request.ended_at, f"{what} {request.status.lower()}", words, approval_id=request.pk)
        told.append(ended)
    return told
