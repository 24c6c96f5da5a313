"""Give a client's statement to somebody, on the record."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from compliance.reports.client_statement.prints import StatementFormat
from compliance.reports.client_statement.told import tell_statement
from core.operations.record_audit import Actor, record_audit
from settlement.models import ClientStatement

OBJECT_TYPE = "settlement.client_statement"


@dataclass(frozen=True, slots=True)
class PrintedStatement:
    """A statement in one format; ``name`` says whose number and what period, never when it was printed."""

    name: str
    media_type: str
    content: bytes
    sha256: str


def print_statement(statement: ClientStatement, as_format: StatementFormat) -> PrintedStatement:
    """The statement in the format, from what was kept when it was issued: the same bytes whenever it is printed.

    Refuses a client whose key was destroyed (409 SUBJECT_ERASED), what was damaged (409 STATEMENT_DAMAGED), and more pages than
    paper may have (STATEMENT_TOO_LARGE).
    """
    content = as_format.prints(tell_statement(statement))
    return PrintedStatement(
        name=f"statement-{statement.profile.reference}-{statement.number}.{as_format.extension}",
        media_type=as_format.media_type,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
    )


def take_statement(
    *, statement: ClientStatement, as_format: StatementFormat, actor: Actor, at: datetime
) -> PrintedStatement:
    """The printed statement, for ``actor``; that it was taken, and the hash of what was taken, is committed before this returns.

    Refuses what ``print_statement`` refuses; then nothing was given out.
    """
    printed = print_statement(statement, as_format)
    said: dict[str, Any] = {"format": as_format.extension, "sha256": printed.sha256}
    with transaction.atomic(durable=True):
        record_audit(
            actor=actor,
            action="compliance.client_statement.download",
            object_type=OBJECT_TYPE,
            object_id=statement.pk,
            at=at,
            changes=[{"field": name, "before": None, "after": value} for name, value in said.items()],
        )
    return printed
