"""`manage.py create_administrators EMAIL NAME EMAIL NAME`: the first two people of a new house; prints their invitation links."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from accounts.domain.staff_states import INVITATION_HOURS
from accounts.operations.appoint_administrators import appoint_administrators
from core.clock import now
from core.domain.refusals import Refusal
from core.operations.record_audit import SYSTEM


class Command(BaseCommand):
    """Works only while there is no active administrator; until somebody comes in it may be run again, for new links."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Two people, each by e-mail address and name."""
        parser.add_argument("people", nargs=4, metavar="EMAIL NAME")
        parser.add_argument("--origin", default="", help="where the back office is, as in https://desk.example.com")

    def handle(self, *args: Any, **options: Any) -> None:
        """Invite both and print a link for each: nothing else shows it again."""
        said = options["people"]
        try:
            invited = appoint_administrators(people=[(said[0], said[1]), (said[2], said[3])], actor=SYSTEM, at=now())
        except Refusal as refusal:
            raise CommandError(f"{refusal.code}: {refusal.detail}") from refusal
        origin = (options["origin"] or next(iter(settings.CSRF_TRUSTED_ORIGINS), "http://localhost:8000")).rstrip("/")
        for (email, name), each in zip(((said[0], said[1]), (said[2], said[3])), invited, strict=True):
            self.stdout.write(f"{name} <{email}>\n  {origin}{reverse('ops:invitation', args=[each.token])}")
        self.stdout.write(f"Each link is good once and for {INVITATION_HOURS} hours. Hand it to that person alone.")
