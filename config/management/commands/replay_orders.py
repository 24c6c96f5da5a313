"""`manage.py replay_orders FILE.csv`: send a recorded order stream along the road of every order, and say what came of it."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.demo.sheet import FILE_NAME, read_sheet
from config.replay.journal import RefusalJournal, file_sha256
from config.replay.operations_road import OperationsRoad
from config.replay.outcome import MarketOutcome, Outcome
from config.replay.replay import NotMatched, Replay
from config.replay.rest_road import RestRoad
from config.replay.road import Road
from config.replay.rows import COLUMNS, FileRefused

JOURNALS = "replays"


class Command(BaseCommand):
    """A second run of the same file changes nothing. Status 1 when rows were malformed or not all was matched."""

    help = f"{__doc__} Columns: {', '.join(COLUMNS)}; type is LIMIT, MARKET or cancel."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and which road."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--match", action="store_true", help="match in this process instead of waiting for workers")
        parser.add_argument("--base-url", help="send over the REST API of a running house (keys from `manage.py demo`)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay, report."""
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"{path}: no such file")
        road = self._road(options)
        try:
            with RefusalJournal(settings.STATE_DIR / JOURNALS, file_sha256(path), road.house()) as journal:
                outcome = Replay(road, journal, self.stderr.write).run(path)
        except (FileRefused, NotMatched) as error:
            raise CommandError(str(error)) from None
        self._report(outcome, road.outcomes(), is_rest=bool(options["base_url"]))
        if outcome.malformed.count:
            raise CommandError(f"{outcome.malformed.count} rows are malformed; the others were sent")

    def _road(self, options: dict[str, Any]) -> Road:
        if not options["base_url"]:
            return OperationsRoad(is_matching=options["match"])
        if options["match"]:
            raise CommandError("--match is for the operations: a house behind --base-url matches by itself")
        sheet = read_sheet(settings.STATE_DIR)
        if not sheet.clients:
            raise CommandError(f"no keys in {settings.STATE_DIR / FILE_NAME}: run `manage.py demo` first")
        return RestRoad(options["base_url"], sheet)

    def _report(self, outcome: Outcome, markets: list[MarketOutcome], *, is_rest: bool) -> None:
        say = self.stdout.write
        for problem in outcome.problems:
            say(f"malformed  {problem}")
        if outcome.malformed.count > len(outcome.problems):
            say(f"malformed  … and {outcome.malformed.count - len(outcome.problems)} more rows")
        refused = sum(tally.count for tally in outcome.refused.values())
        rate = outcome.rows / outcome.seconds if outcome.seconds else 0.0
        say(f"rows       {outcome.rows} in {outcome.seconds:.1f} s, {rate:.0f} instructions/s")
        say(f"orders     {outcome.placed} placed, {outcome.cancelled} cancels asked for, {outcome.known} known already")
        say(f"refused    {refused}")
        for code, tally in sorted(outcome.refused.items()):
            say(f"           {code} {tally}")
        for market in markets:
            fees = "" if market.fees is None else f", fees {market.fees.normalize():f} {market.quote}"
            volume = f"{market.base_volume.normalize():f} for {market.quote_volume.normalize():f} {market.quote}"
            say(f"{market.symbol:<10} {market.fills} fills, {volume}{fees}")
            say(f"           book: {market.resting} {'levels' if is_rest else 'orders'}, sha256 {market.book_sha256}")
        if not outcome.has_changed_something:
            say("Nothing has changed: every row was known already or is refused as before.")
