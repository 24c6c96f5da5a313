"""`manage.py demo_flow`: the demo's clients trade over the REST API, until Ctrl-C."""

import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.demo.flow.blocks import Blocks
from config.demo.flow.loop import Flow
from config.demo.sheet import FILE_NAME, read_sheet

LEAST_RATE, HIGHEST_RATE = 0.01, 1_000.0


class Command(BaseCommand):
    """Reads the keys that `manage.py demo` wrote; needs no database."""

    help = __doc__ or ""
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """How busily, where and by which chance."""
        parser.add_argument("--rate", type=float, default=8.0, help="actions a second (default 8)")
        parser.add_argument("--base-url", default="http://127.0.0.1:8000", help="where the house answers")
        parser.add_argument("--seed", type=int, default=1, help="the seed of who does what (default 1)")
        parser.add_argument("--actions", type=int, default=None, help="stop after so many (default: never)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Trade until a signal."""
        if not LEAST_RATE <= options["rate"] <= HIGHEST_RATE:
            raise CommandError(f"--rate is from {LEAST_RATE} to {HIGHEST_RATE:.0f} actions a second")
        sheet = read_sheet(settings.STATE_DIR)
        if not sheet.clients:
            raise CommandError(f"no keys in {settings.STATE_DIR / FILE_NAME}: run `manage.py demo` first")
        flow = Flow(
            sheet=sheet, base_url=options["base_url"], rate=options["rate"], seed=options["seed"], say=self._say
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: flow.stop.set())
        self._say(f"flow: {options['rate']:g} actions a second, seed {options['seed']}")
        if not settings.CUSTODIAN_INBOX:
            Blocks(sheet=sheet, state_dir=settings.STATE_DIR, say=self._say, stop=flow.stop).start()
        flow.run(actions=options["actions"])
        flow.report()

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
