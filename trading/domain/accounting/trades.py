"""Two orders meet: what moves, what it costs, and what each still holds."""

from trading.domain import event as ev
from trading.domain.accounting.journal import Journal
from trading.domain.accounting.rows import FILLED, Detail, EventRow, OrderAccount, PostingRow, TradeRow
from trading.domain.book_order import POST_ONLY_LIMIT, BookOrder
from trading.domain.charging import charge_of_fill


def traded(journal: Journal, event: ev.Traded, sequence: int) -> int:
    """The maker's fill, then the taker's."""
    _, maker, taker, price, lots, maker_remaining, taker_remaining = event
    notional = price * lots * journal.units.tick_lot_quote
    trade_id = journal.new_id()
    made = _fill(
        journal, maker, sequence + 1, maker_remaining, price, lots, notional, trade_id, rate=maker.account.maker_rate
    )
    taken = _fill(
        journal,
        taker,
        sequence + 2,
        taker_remaining,
        price,
        lots,
        notional,
        trade_id,
        rate=taker.account.taker_rate,
        is_taker=True,
    )
    buy, sell = (maker.account, taker.account) if maker.is_buy else (taker.account, maker.account)
    fees = (made, taken) if maker.is_buy else (taken, made)
    _book(journal, trade_id, sequence + 1, buy, sell, "BUY" if maker.is_buy else "SELL", price, lots, notional, fees)
    return sequence + 2


def auctioned(journal: Journal, event: ev.Auctioned, sequence: int) -> int:
    """The buyer's fill, then the seller's: told as TRADED too. Nobody was first, so both pay as takers, save post-only orders."""
    _, buy, sell, price, lots, buy_remaining, sell_remaining = event
    notional = price * lots * journal.units.tick_lot_quote
    trade_id = journal.new_id()
    fees = (
        _fill(journal, buy, sequence + 1, buy_remaining, price, lots, notional, trade_id, rate=_auction_rate(buy)),
        _fill(journal, sell, sequence + 2, sell_remaining, price, lots, notional, trade_id, rate=_auction_rate(sell)),
    )
    _book(journal, trade_id, sequence + 1, buy.account, sell.account, None, price, lots, notional, fees)
    return sequence + 2


def _auction_rate(order: BookOrder) -> int:
    account: OrderAccount = order.account
    return account.maker_rate if order.order_type == POST_ONLY_LIMIT else account.taker_rate


def _fill(  # noqa: PLR0913 - one fill has this many facts, and a tuple for them would cost as much as the fill
    journal: Journal, order: BookOrder, sequence: int, remaining: int, price: int, lots: int, notional: int, trade_id: str,
    *, rate: int, is_taker: bool = False,
) -> int:  # fmt: skip
    account = journal.touch(order, sequence)
    before = account.status
    account.filled_lots += lots
    account.filled_quote += notional
    account.fee_exact += notional * rate
    fee = charge_of_fill(
        exact_after=account.fee_exact, charged=account.fee_charged, notional=notional, fee_step=account.fee_step
    )
    account.fee_charged += fee
    leaves: int | None = remaining
    detail: Detail | None = None
    if account.budget is not None:
        account.budget = remaining
        leaves, detail = None, {"leaves_quote": journal.spending_text(remaining)}
    change = journal.rehold(order, remaining)
    # A taker that has lost lots to its own group is used up, but not filled: what ends it follows.
    if remaining == 0 and not (is_taker and account.prevented_lots):
        account.status = FILLED
        account.closed_at = journal.at
    journal.outcome.events.append(
        EventRow(sequence, ev.TRADED, account.order_id, trade_id, before, account.status, order.price, order.amount or None,
                 account.filled_lots, leaves, price, lots, fee, change, not order.is_buy, None, detail)
    )  # fmt: skip
    return fee


def _book(  # noqa: PLR0913 - a trade has this many facts
    journal: Journal, trade_id: str, sequence: int, buy: OrderAccount, sell: OrderAccount, maker_side: str | None, price: int,
    lots: int, notional: int, fees: tuple[int, int],
) -> None:  # fmt: skip
    """The trade, and its entry: base to the buyer, quote to the seller, the fee of each to the market."""
    entry_id = journal.new_id()
    journal.outcome.trades.append(
        TradeRow(trade_id, entry_id, sequence, buy, sell, maker_side, price, lots, notional, *fees, journal.at)
    )
    _move(journal, entry_id, sell.base_account, buy.base_account, lots * journal.units.lot_base, is_base=True)
    _move(journal, entry_id, buy.quote_account, sell.quote_account, notional, is_base=False)
    _post_fee(journal, entry_id, buy.quote_account, fees[0])
    _post_fee(journal, entry_id, sell.quote_account, fees[1])


def _post_fee(journal: Journal, entry_id: str, account: str, fee: int) -> None:
    if fee > 0:
        _move(journal, entry_id, account, journal.fees_account, fee, is_base=False)
    elif fee < 0:
        _move(journal, entry_id, journal.fees_account, account, -fee, is_base=False)


def _move(journal: Journal, entry_id: str, source: str, destination: str, units: int, *, is_base: bool) -> None:
    outcome = journal.outcome
    balances = outcome.base_balances if is_base else outcome.quote_balances
    balances[source] = balances.get(source, 0) - units
    balances[destination] = balances.get(destination, 0) + units
    outcome.postings.append(PostingRow(entry_id, source, destination, is_base, units))
