"""`manage.py rewrap_keys`: wrap every data key under the current key-encryption key, in batches. May be killed and run again.

With --new-key ID it only prints a fresh key, as COUNTINGHOUSE_VAULT_KEYS wants it. See docs/runbooks/keys.md.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.gateways.key_ring import installed_ring, new_key_text
from accounts.gateways.key_store import installed_keys
from core import clock
from core.operations.record_audit import SYSTEM, record_audit


class Command(BaseCommand):
    """Rotates; prints how many keys hang on which key-encryption key before and after."""

    help = __doc__ or ""
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """How much at once, and how much at all."""
        parser.add_argument("--batch", type=int, default=500, help="keys in one transaction (1 to 5000)")
        parser.add_argument("--most", type=int, help="stop after about so many keys")
        parser.add_argument("--new-key", metavar="ID", help="print a fresh key of this id and end")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rewrap until nothing is left."""
        if options["new_key"]:
            self.stdout.write(new_key_text(options["new_key"]))
            return
        batch = min(max(options["batch"], 1), 5_000)
        store, done = installed_keys(), 0
        while options["most"] is None or done < options["most"]:
            wrapped = store.rewrap(batch)
            if not wrapped:
                break
            done += wrapped
        current = installed_ring().current_id
        if done:
            self._note(current, done)
        self.stdout.write(f"{done} keys wrapped again; the current key-encryption key is {current}")
        for key_id, number in store.count_by_key_id().items():
            self.stdout.write(f"{key_id}: {number}")

    def _note(self, current: str, done: int) -> None:
        record_audit(
            actor=SYSTEM,
            action="accounts.vault.rewrap",
            object_type="accounts.key_encryption_key",
            object_id=current,
            at=clock.now(),
            changes=[{"field": "keys_wrapped_again", "before": None, "after": str(done)}],
            reason="manage.py rewrap_keys",
        )
