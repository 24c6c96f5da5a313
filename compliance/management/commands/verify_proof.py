"""manage.py verify_proof FILE: whether a proof that was handed out is good. Needs the public key, and no database."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.domain.proof import MOST_BYTES, ProofRefused, Proved, check_proof
from compliance.gateways.manifest_keys import KeyUnusable, read_public_key
from compliance.gateways.note_signing import is_note_signed

GOOD, REFUSED, NOT_CHECKED = 0, 1, 2


class Command(BaseCommand):
    """Ends with 0 the record is in the published record, 1 it is not shown to be, 2 it could not be checked."""

    help = "Check a proof of inclusion against a public key."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The proof, and whom to believe."""
        parser.add_argument("file", type=Path, help="the proof as it was downloaded")
        parser.add_argument(
            "--public-key",
            type=Path,
            action="append",
            required=True,
            metavar="PEM",
            help="a public key that is believed; may be repeated",
        )
        parser.add_argument("--origin", default="", help="the installation's name; another one's checkpoint is refused")
        parser.add_argument("--json", action="store_true", help="print the record as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check and say so."""
        try:
            keys = [read_public_key(path) for path in options["public_key"]]
            with options["file"].open("rb") as file:
                text = file.read(MOST_BYTES + 1)
        except (OSError, ValueError, KeyUnusable) as error:
            raise CommandError(f"could not be checked: {error}", returncode=NOT_CHECKED) from None
        try:
            proved = check_proof(text, is_signed=lambda note: is_note_signed(note, keys))
            if options["origin"] and proved.origin != options["origin"]:
                raise ProofRefused(f"the checkpoint is one of {proved.origin}")
        except ProofRefused as refused:
            self.stdout.write(f"refused: {refused}")
            sys.exit(REFUSED)
        self._print(proved, is_json=options["json"])

    def _print(self, proved: Proved, *, is_json: bool) -> None:
        if is_json:
            self.stdout.write(json.dumps(dict(proved.record), indent=1, sort_keys=True))
            return
        link = proved.link
        self.stdout.write(
            f"good: {link.kind} {link.kind_seq} ({link.object_id}), sealed at {link.sealed_at}, is seal {link.seal_seq:,}"
            f" of the first {proved.size:,} of {proved.origin}"
        )
