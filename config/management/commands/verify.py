"""Checks the invariants: what must always be true of the stored data. Exit 0 all hold, 1 a breach, 2 not all could be checked."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from compliance.queries.house_invariants import INVARIANTS
from core.clock import now
from core.invariants import Verdict
from core.queries.verifying import verify_all

CLEAN, BREACH, NOT_ALL_RUN = 0, 1, 2


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document")
        parser.add_argument(
            "--full", action="store_true", help="also what takes long: each sealed record against its seal"
        )
        parser.add_argument(
            "--only", action="append", metavar="V1", help="only invariants of this number; may be repeated"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = now()
        only = options["only"]
        asked = [each for each in INVARIANTS if (each.number in only if only else options["full"] or not each.is_slow)]
        verdicts = verify_all(asked, at=at)
        status = status_of(verdicts) if verdicts else NOT_ALL_RUN
        if options["json"]:
            self.stdout.write(json.dumps(_document(verdicts, status, at.isoformat()), indent=1))
        else:
            self._print(verdicts, status)
        if status != CLEAN:
            sys.exit(status)

    def _print(self, verdicts: list[Verdict], status: int) -> None:
        for verdict in verdicts:
            mark = "????" if verdict.error else ("FAIL" if verdict.count else "ok")
            line = f"{verdict.number:<4} {mark:<4} {verdict.rows:>10,} rows {verdict.seconds:>7.3f} s  {verdict.says}"
            self.stdout.write(line)
            if verdict.error:
                self.stdout.write(f"       not checked: {verdict.error}")
            for key, what in verdict.examples:
                self.stdout.write(f"       {key}: {what}")
            if verdict.count > len(verdict.examples):
                self.stdout.write(f"       and {verdict.count - len(verdict.examples):,} more")
        seconds = sum(verdict.seconds for verdict in verdicts)
        breaches = sum(verdict.count for verdict in verdicts)
        words = {CLEAN: "all hold", BREACH: f"{breaches:,} breaches", NOT_ALL_RUN: "not all could be checked"}
        self.stdout.write(f"{len(verdicts)} checks in {seconds:.2f} s: {words[status]}")


def status_of(verdicts: list[Verdict]) -> int:
    """1 for a breach, else 2 where something was not checked, else 0."""
    if any(verdict.count for verdict in verdicts):
        return BREACH
    return NOT_ALL_RUN if any(verdict.error for verdict in verdicts) else CLEAN


def _document(verdicts: list[Verdict], status: int, at: str) -> dict[str, Any]:
    return {
        "checked_at": at,
        "status": status,
        "seconds": round(sum(verdict.seconds for verdict in verdicts), 3),
        "checks": [
            {
                "number": verdict.number,
                "says": verdict.says,
                "rows": verdict.rows,
                "breaches": verdict.count,
                "examples": [{"id": key, "what": what} for key, what in verdict.examples],
                "seconds": round(verdict.seconds, 4),
                "error": verdict.error,
            }
            for verdict in verdicts
        ],
    }
