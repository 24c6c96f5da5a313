"""manage.py verify_audit: the whole record against its seals, and the seals against what was published."""

import json
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from compliance.gateways.installed import installed_keys
from compliance.gateways.manifest_keys import KeyUnusable, read_public_key
from compliance.queries.audit_check import CLEAN, NOT_ALL_CHECKED, AuditVerdict, check_audit
from compliance.queries.published import read_published
from core.clock import now


class Command(BaseCommand):
    """Names the first bad seal and the kind of damage. Ends with 0 all is whole, 1 damage, 2 not all could be checked."""

    help = "Check each seal, each sealed record as it is now, and the published checkpoints."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the checkpoints are, whom to believe, how to answer."""
        parser.add_argument(
            "--from-checkpoint",
            type=Path,
            metavar="FILE_OR_DIR",
            help="read records only after the last good checkpoint there; without it everything is read",
        )
        parser.add_argument(
            "--checkpoints", type=Path, metavar="FILE_OR_DIR", help="compare with these, read everything"
        )
        parser.add_argument(
            "--public-key",
            type=Path,
            action="append",
            metavar="PEM",
            help="believe only this key, in place of those that the installation has published; may be repeated",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check and say so."""
        asked = options["from_checkpoint"] or options["checkpoints"]
        if asked is not None and not asked.exists():
            raise CommandError(f"there is nothing at {asked}", returncode=NOT_ALL_CHECKED)
        try:
            paths = options["public_key"]
            keys = [read_public_key(path) for path in paths] if paths else installed_keys().public_keys()
            published = read_published(
                asked or settings.CHECKPOINT_DIR, origin=settings.CHECKPOINT_ORIGIN, public_keys=keys
            )
            verdict = check_audit(at=now(), published=published, is_from_last=options["from_checkpoint"] is not None)
        except (DatabaseError, OSError, ValueError, KeyUnusable) as error:
            raise CommandError(f"could not be checked: {error}", returncode=NOT_ALL_CHECKED) from None
        if asked is not None and not published.good and not published.findings:
            verdict.not_checked.append(f"there is no checkpoint in {asked}")
        if options["json"]:
            self.stdout.write(json.dumps(_document(verdict), indent=1))
        else:
            self._print(verdict)
        if verdict.status != CLEAN:
            sys.exit(verdict.status)

    def _print(self, verdict: AuditVerdict) -> None:
        for finding in verdict.findings:
            self.stdout.write(f"seal {finding.seal_seq:>12,}  {finding.damage:<18} {finding.what}")
        if verdict.count > len(verdict.findings):
            self.stdout.write(f"and {verdict.count - len(verdict.findings):,} more")
        for what in verdict.not_checked:
            self.stdout.write(f"not checked: {what}")
        covered = f", {verdict.covered:,} covered by a checkpoint" if verdict.covered else ""
        self.stdout.write(
            f"{verdict.seals:,} seals{covered}, {verdict.records:,} records read, "
            f"{len(verdict.matched):,} of {verdict.published:,} checkpoints matched, {verdict.seconds:.2f} s"
        )
        if not verdict.published:
            self.stdout.write("no checkpoint: a chain that was rewritten as a whole cannot be told from the true one")
        self.stdout.write(f"tree of {verdict.seals:,}: root {verdict.root.hex()}")
        if verdict.count:
            first = verdict.findings[0]
            self.stdout.write(f"{verdict.count:,} damages; the first bad seal is {first.seal_seq}: {first.damage}")
        else:
            self.stdout.write("not all could be checked" if verdict.not_checked else "all is whole")


def _document(verdict: AuditVerdict) -> dict[str, Any]:
    return {
        "checked_at": verdict.checked_at.isoformat(),
        "status": verdict.status,
        "seals": verdict.seals,
        "covered_by_checkpoint": verdict.covered,
        "records": verdict.records,
        "root": verdict.root.hex(),
        "last_leaf_hash": verdict.leaf,
        "checkpoints": verdict.published,
        "checkpoints_matched": [each.size for each in verdict.matched],
        "damages": verdict.count,
        "first_bad_seal_seq": verdict.findings[0].seal_seq if verdict.findings else None,
        "findings": [
            {"seal_seq": each.seal_seq, "damage": each.damage, "what": each.what} for each in verdict.findings
        ],
        "not_checked": verdict.not_checked,
        "seconds": round(verdict.seconds, 3),
    }
