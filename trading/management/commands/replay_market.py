"""manage.py replay_market: apply a market's instructions again and compare with its record. Exit 0 the same, 1 a difference."""

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.domain.refusals import NotFound
from trading.queries.replay_market import replay_market


class Command(BaseCommand):
    """Says what was compared, and the first difference with its place."""

    help = "Apply a market's instructions to an empty book and compare all that comes of it with the record. Writes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which market, and how far."""
        parser.add_argument("symbol", metavar="SYMBOL")
        parser.add_argument(
            "--until", type=int, metavar="POSITION", help="stop there, instead of at the last instruction"
        )
        parser.add_argument(
            "--from-position", type=int, default=1, metavar="POSITION",
            help="compare rows from there on only; before it state hashes alone",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay and say so."""
        began = time.monotonic()
        try:
            verdict = replay_market(
                symbol=options["symbol"], until=options["until"], from_position=options["from_position"]
            )
        except NotFound:
            raise CommandError(f"there is no market {options['symbol']}") from None
        self.stdout.write(
            f"{verdict.symbol}: {verdict.position:,} of {verdict.until:,} instructions in {time.monotonic() - began:.1f} s:"
            f" {verdict.hashes:,} state hashes, {verdict.events:,} events, {verdict.trades:,} trades,"
            f" {verdict.postings:,} postings, {verdict.orders:,} orders"
        )
        self.stdout.write(f"state hash {verdict.state_hash}")
        if verdict.difference is not None:
            self.stderr.write(str(verdict.difference))
            sys.exit(1)
        self.stdout.write("the record is what its instructions come to")
