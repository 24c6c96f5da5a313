"""manage.py sign_checkpoint: sign what the chain of seals is now, and keep it outside the database."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from compliance.gateways.installed import installed_checkpoints, installed_keys
from compliance.gateways.manifest_keys import KeyUnusable
from compliance.operations.sign_checkpoint import sign_checkpoint
from core.clock import now
from core.domain.refusals import Refusal


class Command(BaseCommand):
    """Prints the checkpoint, or that nothing is new; ends with 1 when what is there must not be signed."""

    help = "Sign what the chain of seals is now, and keep the checkpoint outside the database."

    def handle(self, *args: Any, **options: Any) -> None:
        """Sign and say so."""
        try:
            signed = sign_checkpoint(
                store=installed_checkpoints(), keys=installed_keys(), origin=settings.CHECKPOINT_ORIGIN, at=now()
            )
        except (Refusal, KeyUnusable, OSError) as error:
            raise CommandError(str(error)) from None
        if signed is None:
            self.stdout.write("nothing new since the last checkpoint")
        else:
            self.stdout.write(f"{signed.size:,} seals, root {signed.root.hex()}, kept in {settings.CHECKPOINT_DIR}")
