"""Where all events are written down: the outcome, and how an order is touched, held for and told of."""

from collections.abc import Callable

from core.domain.decimals import plain_text
from trading.domain.accounting.rows import Detail, EventRow, OrderAccount, Outcome
from trading.domain.book_order import BookOrder
from trading.domain.charging import hold_of_buy
from trading.domain.units import MarketUnits


class Journal:
    """The outcome of a batch while it is written. ``at`` is engine time (microseconds).

    ``new_id`` gives the ids of trades and entries (the domain has no source of its own).
    """

    def __init__(self, *, units: MarketUnits, fees_account: str, new_id: Callable[[], str]) -> None:
        self.units = units
        self.fees_account = fees_account
        self.new_id = new_id
        self.outcome = Outcome()
        self.at = 0

    def touch(self, order: BookOrder, sequence: int) -> OrderAccount:
        """The account of an order that event ``sequence`` is about."""
        account: OrderAccount = order.account
        account.last_sequence = sequence
        self.outcome.touched[account.order_id] = order
        return account

    def rehold(self, order: BookOrder, remaining: int) -> int:
        """Reserve again for what is still to trade (of an order by quote amount: to spend); answers the signed change, in units
        of the hold's asset.
        """
        account: OrderAccount = order.account
        if remaining == 0:
            after = 0
        elif order.is_buy:
            notional = remaining * self.units.tick_lot_quote
            after = hold_of_buy(
                notional=notional * order.price if account.budget is None else notional,
                exact=account.fee_exact,
                charged=account.fee_charged,
                rate=max(account.maker_rate, account.taker_rate, 0),
                fee_step=account.fee_step,
            )
        else:
            after = remaining * self.units.lot_base
        change = after - account.held
        if change:
            account.held = after
            if order.is_buy:
                self.hold(account.quote_account, change, is_base=False)
            else:
                self.hold(account.base_account, change, is_base=True)
        return change

    def hold(self, account: str, change: int, *, is_base: bool) -> None:
        """Change what a ledger account holds."""
        holds = self.outcome.base_holds if is_base else self.outcome.quote_holds
        holds[account] = holds.get(account, 0) + change

    def row(  # noqa: PLR0913 - one row has this many facts
        self, sequence: int, kind: str, order: BookOrder, *, before: str, leaves: int | None, hold_change: int = 0,
        reason: str | None = None, detail: Detail | None = None,
    ) -> None:  # fmt: skip
        """Tell an order's event. What an order by quote amount leaves, is told in its detail."""
        account: OrderAccount = order.account
        self.outcome.events.append(
            EventRow(sequence, kind, account.order_id, None, before, account.status, order.price, order.amount or None,
                     account.filled_lots, leaves, None, None, None, hold_change, not order.is_buy, reason, detail)
        )  # fmt: skip

    def bare_row(  # noqa: PLR0913 - one row has this many facts
        self, sequence: int, kind: str, *, order_id: str | None = None, price: int | None = None, amount: int | None = None,
        reason: str | None = None, detail: Detail | None = None,
    ) -> None:  # fmt: skip
        """Tell an event of a market, or of an order that it does not change."""
        self.outcome.events.append(
            EventRow(sequence, kind, order_id, None, None, None, price, amount, None, None, None, None, None, 0, True,
                     reason, detail)
        )  # fmt: skip

    def amount_text(self, lots: int) -> str:
        return plain_text(self.units.amount_of(lots))

    def price_text(self, ticks: int) -> str:
        return plain_text(self.units.price_of(ticks))

    def spending_text(self, tick_lots: int) -> str:
        """Tick-lots as a quote amount."""
        return plain_text(self.units.quote_of(tick_lots * self.units.tick_lot_quote))


def open_lots(order: BookOrder) -> int:
    """What an order has still to trade as of the event that is booked: the engine's own figures have gone on."""
    account: OrderAccount = order.account
    return order.amount - account.filled_lots - account.prevented_lots - account.lapsed_lots
