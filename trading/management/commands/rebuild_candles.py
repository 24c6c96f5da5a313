"""manage.py rebuild_candles: make a market's candles anew from its trades."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.domain.refusals import NotFound
from trading.operations.rebuild_candles import rebuild_candles
from trading.queries.markets import get_market_row


class Command(BaseCommand):
    """Says how many candles there are then."""

    help = "Make a market's candles anew from its trades; they come out the same unless something had gone wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which market."""
        parser.add_argument("--market", required=True, metavar="SYMBOL")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild and say so."""
        symbol = options["market"]
        try:
            count = rebuild_candles(market_id=get_market_row(symbol=symbol).pk)
        except NotFound:
            raise CommandError(f"there is no market {symbol}") from None
        self.stdout.write(f"{symbol}: {count:,} candles")
