"""`manage.py demo`: markets, invented clients with money and keys, and two sign-ins. Run again, it adds what is missing."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.demo.custodian import tell_custodian
from config.demo.sheet import FILE_NAME, read_sheet, write_sheet
from config.demo.world import build_world
from core.clock import now


class Command(BaseCommand):
    """Writes sign-ins and credentials to STATE_DIR/demo.json (mode 0600). Refused in production."""

    help = __doc__ or ""
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Build what is missing, keep the secrets, say what was new."""
        if settings.IS_PRODUCTION:
            raise CommandError("The demo world has sign-ins with known passwords: it is not for production.")
        known = read_sheet(settings.STATE_DIR)
        at = now()
        world = build_world(known=known, at=at)
        if not settings.CUSTODIAN_INBOX:
            tell_custodian(settings.STATE_DIR, at=at)
        if world.sheet != known:
            write_sheet(settings.STATE_DIR, world.sheet)
        if options["verbosity"] == 0:
            return
        new = ", ".join(f"{number} {what}" for what, number in world.created.items())
        self.stdout.write(f"demo world: {new or 'all there'}; keys in {settings.STATE_DIR / FILE_NAME}")
