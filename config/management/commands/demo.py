"""`manage.py demo`: markets, invented clients with money and keys, and people of each role. Run again, it adds what is missing.

`manage.py demo code [EMAIL]` says the one-time code of one of these people, or of each.
"""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import StaffUser
from config.demo.arrivals import bring_arrivals
from config.demo.closed_day import close_first_day
from config.demo.custodian import tell_custodian
from config.demo.sheet import FILE_NAME, read_sheet, write_sheet
from config.demo.staff import code_now
from config.demo.statements import bring_statements
from config.demo.world import build_world
from core.clock import now


class Command(BaseCommand):
    """Writes sign-ins and credentials to STATE_DIR/demo.json (mode 0600). Refused in production."""

    help = __doc__ or ""
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Nothing, or `code` and whose."""
        parser.add_argument("what", nargs="?", choices=["world", "code"], default="world")
        parser.add_argument("email", nargs="?", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Build what is missing, keep the secrets, say what was new; or say codes."""
        if settings.IS_PRODUCTION:
            raise CommandError("The demo world has sign-ins with known passwords: it is not for production.")
        if options["what"] == "code":
            self._say_codes(options["email"].strip().lower())
        else:
            self._build(options)

    def _say_codes(self, email: str) -> None:
        sheets = [each for each in read_sheet(settings.STATE_DIR).staff if email in ("", each.email)]
        if not sheets:
            raise CommandError(f"The demo has no {email or 'people yet'}: see {settings.STATE_DIR / FILE_NAME}")
        for each in sheets:
            code = code_now(each.totp_secret, StaffUser.objects.get(email=each.email), now())
            self.stdout.write(code if email else f"{code}  {each.email}")

    def _build(self, options: dict[str, Any]) -> None:
        known = read_sheet(settings.STATE_DIR)
        at = now()
        world = build_world(known=known, at=at)
        if not settings.CUSTODIAN_INBOX:
            tell_custodian(settings.STATE_DIR, at=at)
            world.count("arrivals", bring_arrivals(settings.STATE_DIR, at=at))
        world.count("closed days", close_first_day(state_dir=settings.STATE_DIR, at=at))
        world.count("statements", bring_statements(at=at))
        if world.sheet != known:
            write_sheet(settings.STATE_DIR, world.sheet)
        if options["verbosity"] == 0:
            return
        new = ", ".join(f"{number} {what}" for what, number in world.created.items())
        self.stdout.write(f"demo world: {new or 'all there'}; keys in {settings.STATE_DIR / FILE_NAME}")
