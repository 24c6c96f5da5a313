"""Let the house check itself, and keep what came of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction

from compliance.gateways.manifest_keys import KeyUnusable
from compliance.models import CheckRun
from compliance.queries.audit_check import check_audit
from compliance.queries.house_invariants import INVARIANTS
from compliance.queries.published import read_published
from core.queries.verifying import verify_all

log = structlog.get_logger(__name__)

MOST_FINDINGS = 20
LONGEST_WORDS = 300
TOOK_TOO_LONG = "it took longer than a task may"


@dataclass(frozen=True, slots=True)
class Publication:
    """Where the checkpoints are, whose they are, and whom to believe."""

    directory: Path
    origin: str
    public_keys: Callable[[], list[bytes]]


@dataclass(slots=True)
class Found:
    """What a check came to."""

    looked_at: int = 0
    breaches: int = 0
    findings: list[dict[str, str]] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)

    def add(self, where: str, what: str) -> None:
        """Keep a finding, if it is among the first."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append({"where": where, "what": what[:LONGEST_WORDS]})

    @property
    def result(self) -> str:
        """BREACHED for a breach, else NOT_ALL_CHECKED where something was not, else HOLDS."""
        if self.breaches:
            return CheckRun.Result.BREACHED
        return CheckRun.Result.NOT_ALL_CHECKED if self.not_checked else CheckRun.Result.HOLDS


def run_check(*, kind: str, publication: Publication, clock: Callable[[], datetime], stop: type[Exception]) -> UUID:
    """Check the books or the record as ``kind`` says, and store one CheckRun; answers its id.

    It reads one picture of the database, beside a running house and without a lock. ``stop`` is what the task runner raises when
    the time is over: the run is then kept as NOT_ALL_CHECKED, and so it is when the database or a key cannot be read. A breach is
    an error in the log as well.
    """
    began, found = clock(), Found()
    try:
        if kind in (CheckRun.Kind.BOOKS, CheckRun.Kind.BOOKS_FULL):
            _check_books(found, is_full=kind == CheckRun.Kind.BOOKS_FULL, at=began)
        else:
            _check_record(found, publication, is_full=kind == CheckRun.Kind.RECORD_FULL, at=began)
    except stop:
        found.not_checked.append(TOOK_TOO_LONG)
    except (DatabaseError, OSError, ValueError, KeyUnusable) as error:
        found.not_checked.append((str(error) or repr(error)).splitlines()[0])
    for what in found.not_checked:
        found.add("not checked", what)
    with transaction.atomic(durable=True):
        run = CheckRun.objects.create(
            kind=kind,
            result=found.result,
            looked_at=found.looked_at,
            breaches=found.breaches,
            findings=found.findings,
            began_at=began,
            ended_at=max(clock(), began),
        )
    if found.result == CheckRun.Result.BREACHED:
        log.error("check found a breach", kind=kind, breaches=found.breaches, first=found.findings[:1])
    elif found.result == CheckRun.Result.NOT_ALL_CHECKED:
        log.warning("not all could be checked", kind=kind, why=found.not_checked[:3])
    return run.pk


def _check_books(found: Found, *, is_full: bool, at: datetime) -> None:
    for verdict in verify_all([each for each in INVARIANTS if is_full or not each.is_slow], at=at):
        found.looked_at += verdict.rows
        found.breaches += verdict.count
        for key, what in verdict.examples:
            found.add(f"{verdict.number} {key}", what)
        if verdict.error:
            found.not_checked.append(f"{verdict.number}: {verdict.error}")


def _check_record(found: Found, publication: Publication, *, is_full: bool, at: datetime) -> None:
    published = read_published(publication.directory, origin=publication.origin, public_keys=publication.public_keys())
    verdict = check_audit(at=at, published=published, is_from_last=not is_full)
    found.looked_at, found.breaches = verdict.seals, verdict.count
    for finding in verdict.findings:
        found.add(f"seal {finding.seal_seq}", f"{finding.damage}: {finding.what}")
    found.not_checked.extend(verdict.not_checked)
