"""Issue a statement again where its figures have changed: a new number that names the old one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from core.domain.refusals import FieldError, NotFound, Refusal
from core.operations.record_audit import Actor
from settlement.models import ClientStatement
from settlement.operations.issue_statement import Correction, put_statement
from settlement.queries.client_statements import read_document
from settlement.queries.statement import Period
from settlement.queries.statement_facts import read_facts

SHORTEST_REASON, LONGEST_REASON = 10, 200
# What differs between two statements of the same figures.
ITS_OWN = ("number", "known_at", "supersedes")


def reissue_statement(*, statement_id: UUID, reason: str, actor: Actor, at: datetime) -> UUID:
    """State the same period once more, as of what is sealed by now; answers the id of the new statement, which names the old.

    The client reads ``reason``, of 10 to 200 characters (REASON_TOO_SHORT, REASON_TOO_LONG). Refuses a statement that is not
    there, one that was corrected already (409 STATEMENT_SUPERSEDED), and one whose figures are what they were (409
    STATEMENT_UNCHANGED): what came late or was corrected stands in ``later``, and nothing else of closed days ever changes but
    names and prices.
    """
    _refuse_careless(reason.strip())
    with transaction.atomic(durable=True):
        old = ClientStatement.objects.select_related("profile__entity").filter(pk=statement_id).first()
        if old is None:
            raise NotFound("client statement")
        new = put_statement(
            profile=old.profile,
            period=Period(old.period_start, old.period_end),
            correction=Correction(old, reason.strip()),
            actor=actor,
            at=at,
        )
        before, after = (_figures(read_document(each)) for each in (old, new))
        if before == after:
            raise Refusal("STATEMENT_UNCHANGED", "Its figures are what they were: nothing is to correct.", status=409)
    return new.pk


def has_changed(statement: ClientStatement, *, known_at: int) -> bool:
    """Whether the period would be told otherwise by what is sealed at ``known_at``."""
    period = Period(statement.period_start, statement.period_end)
    facts = read_facts(profile=statement.profile, period=period, known_at=known_at)
    return _figures(facts.body) != _figures(read_document(statement))


def _figures(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in ITS_OWN}


def _refuse_careless(reason: str) -> None:
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        code = "REASON_TOO_SHORT" if len(reason) < SHORTEST_REASON else "REASON_TOO_LONG"
        detail = f"Say why, in {SHORTEST_REASON} to {LONGEST_REASON} characters."
        raise Refusal(code, detail, errors=[FieldError("/reason", "VALUE_INVALID", detail)])
