"""`manage.py doctor`: every pin with what was found, and the servers' own word."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection
from kombu.exceptions import OperationalError as BrokerAway

from config.checks import pins_of_this_mode, unknown_variables
from config.live_pins import LivePin
from config.refusing import EXIT_CONFIGURATION, live_pins


class Command(BaseCommand):
    """Prints settings and servers pin by pin; status 78 when one has another value."""

    help = __doc__ or ""
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Print all pins, then the verdict."""
        wrong = 0
        self.stdout.write(f"mode {settings.MODE}, state in {settings.STATE_DIR}")
        for pin in pins_of_this_mode():
            holds = pin.holds()
            wrong += not holds
            found = "as wanted" if holds and callable(pin.wanted) else repr(pin.found())
            self._line(holds, pin.id, f"{pin.setting} = {found}", pin.reason)
        for name in unknown_variables():
            wrong += 1
            self._line(False, "house.E030", name, "nothing reads a variable of this name")
        for live in self._ask_servers():
            wrong += not live.holds()
            self._line(live.holds(), live.server, f"{live.setting} = {live.found}", live.reason)
        connection.close()
        self.stdout.write("all pins hold" if not wrong else f"{wrong} pins differ")
        if wrong:
            raise SystemExit(EXIT_CONFIGURATION)

    def _ask_servers(self) -> list[LivePin]:
        try:
            return live_pins(with_broker=True)
        except (BrokerAway, OSError) as error:
            self._line(False, "broker", f"away: {error}", "markets wait for their doorbells; orders are taken")
            raise SystemExit(EXIT_CONFIGURATION) from error

    def _line(self, holds: bool, where: str, what: str, reason: str) -> None:
        verdict = "ok   " if holds else "WRONG"
        self.stdout.write(f"{verdict} {where:<11} {what}" + ("" if holds else f"  ({reason})"))
