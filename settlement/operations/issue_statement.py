"""Issue a client's statement of a period of closed days."""

import hashlib
import zlib
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from accounts.gateways import document_store
from accounts.models import Profile
from core.domain.canonical import canonical_json
from core.domain.refusals import NotFound, Refusal
from core.models import SealHead
from core.operations.record_audit import Actor
from settlement.models import BusinessDay, ClientStatement
from settlement.operations.note_statement import note_statement
from settlement.queries.statement import LONGEST_PERIOD_DAYS, Period
from settlement.queries.statement_facts import StatementFacts, read_facts


@dataclass(frozen=True, slots=True)
class Correction:
    """Which statement is corrected, and why; the client reads the reason."""

    statement: ClientStatement
    reason: str


def issue_statement(*, profile_id: UUID, period_start: date, period_end: date, actor: Actor, at: datetime) -> UUID:
    """State the profile's figures for the days from ``period_start`` to ``period_end`` as they are known now; answers its id.

    Refuses a profile that is not there, a period that is none or of more than 366 days (PERIOD_INVALID), whose last day is not
    closed (DAY_NOT_CLOSED), that was stated before (409 STATEMENT_ALREADY_ISSUED with its id: a correction is
    ``reissue_statement``), and what ``read_facts`` refuses.
    """
    if not 0 <= (period_end - period_start).days < LONGEST_PERIOD_DAYS:
        detail = f"A period is 1 to {LONGEST_PERIOD_DAYS} days, the last not before the first."
        raise Refusal("PERIOD_INVALID", detail)
    with transaction.atomic(durable=True):
        profile = Profile.objects.select_related("entity").filter(pk=profile_id).first()
        if profile is None:
            raise NotFound("profile")
        statement = put_statement(
            profile=profile, period=Period(period_start, period_end), correction=None, actor=actor, at=at
        )
    return statement.pk


def put_statement(
    *, profile: Profile, period: Period, correction: Correction | None, actor: Actor, at: datetime
) -> ClientStatement:
    """Read the figures, give them the profile's next number of the year, keep them, and write down that it was done; in the
    caller's transaction.

    The document is stored before the row: what fails afterwards leaves an encrypted file that no row names.
    """
    refuse_open_days(period)
    known_at = SealHead.objects.values_list("seal_seq", flat=True).get(pk=1)
    facts = read_facts(profile=profile, period=period, known_at=known_at)
    # Numbers of a profile are given out one after the other; readers and orders of the profile do not wait for it.
    Profile.objects.select_for_update(no_key=True).get(pk=profile.pk)
    _refuse_stated(profile, period, correction)
    sequence = _next_sequence(profile, period)
    number = f"{period.last.year}-{sequence:04d}"
    content = make_document(facts, number=number, known_at=known_at, correction=correction)
    statement = ClientStatement.objects.create(
        profile=profile,
        period_start=period.first,
        period_end=period.last,
        year=period.last.year,
        sequence=sequence,
        number=number,
        supersedes=None if correction is None else correction.statement,
        reason="" if correction is None else correction.reason,
        known_at=known_at,
        totals=facts.totals,
        movement_count=facts.movement_count,
        subject_id=facts.subject_id,
        storage_key=document_store.put(facts.subject_id, zlib.compress(content)),
        sha256=hashlib.sha256(content).hexdigest(),
        issued_at=at,
        issued_by_kind=actor.kind,
        issued_by_id=actor.id,
    )
    note_statement(statement, entity_id=profile.entity_id, actor=actor, at=at)
    return statement


def make_document(facts: StatementFacts, *, number: str, known_at: int, correction: Correction | None) -> bytes:
    """The bytes that are kept and hashed: canonical JSON, the same for the same facts."""
    told = None if correction is None else {"number": correction.statement.number, "reason": correction.reason}
    return canonical_json(facts.body | {"number": number, "known_at": str(known_at), "supersedes": told})


def refuse_open_days(period: Period) -> None:
    """Days close one after the other: where the last one is closed, all before it are."""
    last = BusinessDay.objects.filter(pk=period.last).first()
    if last is None or last.status != BusinessDay.Status.CLOSED:
        raise Refusal("DAY_NOT_CLOSED", f"{period.last} is not closed: only closed days are stated.")


def _refuse_stated(profile: Profile, period: Period, correction: Correction | None) -> None:
    stated = ClientStatement.objects.filter(profile=profile)
    if correction is None:
        before = stated.filter(period_start=period.first, period_end=period.last, supersedes__isnull=True).first()
        code, detail = "STATEMENT_ALREADY_ISSUED", "The period was stated before; figures that changed are re-issued."
    else:
        before = stated.filter(supersedes=correction.statement).first()
        code, detail = "STATEMENT_SUPERSEDED", "A later statement corrects this one already: correct that one."
    if before is not None:
        raise Refusal(code, detail, meta={"statement_id": str(before.pk), "number": before.number}, status=409)


def _next_sequence(profile: Profile, period: Period) -> int:
    of_year = ClientStatement.objects.filter(profile=profile, year=period.last.year)
    last: int | None = of_year.aggregate(last=Max("sequence"))["last"]
    return 1 + (last or 0)
