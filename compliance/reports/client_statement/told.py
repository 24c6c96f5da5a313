"""What is printed of a statement: the figures as they were issued, and beside each trade what the market says of it.

The figures are those that were kept; of a trade only append-only columns are read. So what is printed today is what was printed
on the day of issue.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from core.domain.decimals import format_scaled
from settlement.models import ClientStatement
from settlement.queries.client_statements import read_document
from trading.models import QuoteExecution, Trade

TRADES_AT_A_TIME = 5_000


def tell_statement(statement: ClientStatement) -> dict[str, Any]:
    """The data object of the statement: strings, lists and null only.

    Refuses what ``read_document`` refuses: SUBJECT_ERASED and STATEMENT_DAMAGED (409).
    """
    told = read_document(statement)
    moved = [*told["movements"], *told["later"]]
    trades = _trades({UUID(each["source_id"]) for each in moved if each["kind"] == "TRADE"}, statement.profile_id)
    trades |= _quotes({UUID(each["source_id"]) for each in moved if each["kind"] == "QUOTE_EXECUTION"})
    for each in moved:
        each["trade"] = trades.get(each["source_id"])
    return told


def _trades(ids: Collection[UUID], profile_id: UUID) -> dict[str, dict[str, str]]:
    """Trade id -> market, the profile's side, price and quantity."""
    found: dict[str, dict[str, str]] = {}
    ordered = sorted(ids)
    for start in range(0, len(ordered), TRADES_AT_A_TIME):
        trades = Trade.objects.filter(pk__in=ordered[start : start + TRADES_AT_A_TIME]).select_related("market")
        for trade in trades:
            side = "BUY" if trade.buy_profile_id == profile_id else "SELL"
            found[str(trade.pk)] = {
                "market": trade.market.symbol,
                "side": side,
                "price": format_scaled(trade.price, trade.market.price_scale),
                "quantity": format_scaled(trade.base_amount, trade.market.amount_scale),
                "liquidity": trade.liquidity_of(side),
            }
    return found


def _quotes(ids: Collection[UUID]) -> dict[str, dict[str, str]]:
    """The same of executions of quotes: id -> market, the client's side, price and quantity."""
    found: dict[str, dict[str, str]] = {}
    ordered = sorted(ids)
    for start in range(0, len(ordered), TRADES_AT_A_TIME):
        taken = QuoteExecution.objects.filter(pk__in=ordered[start : start + TRADES_AT_A_TIME])
        for execution in taken.select_related("quote__market__base"):
            quote = execution.quote
            found[str(execution.pk)] = {
                "market": quote.market.symbol,
                "side": quote.side,
                "price": format_scaled(quote.price, quote.market.price_scale),
                "quantity": format_scaled(execution.base_amount, quote.market.base.scale),
                "liquidity": "QUOTE",
            }
    return found
