"""Events of an order by itself: it arrives, rests, waits, shows more, meets its own group, ends."""

from core.domain.decimals import plain_text
from trading.domain import event as ev
from trading.domain.accounting.journal import Journal, open_lots
from trading.domain.accounting.rows import DORMANT, OPEN, REJECTED, Detail, OrderAccount
from trading.domain.book_order import DECREMENT_AND_CANCEL, STOPS, BookOrder


def accepted(journal: Journal, event: ev.Accepted, sequence: int) -> int:
    order = event[1]
    sequence += 1
    account = journal.touch(order, sequence)
    before = account.status
    account.status = DORMANT if order.order_type in STOPS else OPEN
    account.accepted_sequence = sequence
    account.accepted_at = journal.at
    if account.budget is None:
        journal.row(sequence, event[0], order, before=before, leaves=order.amount)
    else:
        detail: Detail = {"leaves_quote": journal.spending_text(account.budget)}
        journal.row(sequence, event[0], order, before=before, leaves=None, detail=detail)
    return sequence


def rejected(journal: Journal, event: ev.Rejected, sequence: int) -> int:
    _, order, reason = event
    lapsed = order.amount if order.account.budget is None else order.account.budget
    _end(journal, order, sequence + 1, status=REJECTED, reason=reason, lapsed=lapsed)
    return sequence + 1


def rested(journal: Journal, event: ev.Rested | ev.Parked, sequence: int) -> int:
    """It rests, or it waits: its hold and its status are what they were."""
    kind, order, remaining = event
    account = journal.touch(order, sequence + 1)
    journal.row(sequence + 1, kind, order, before=account.status, leaves=remaining)
    return sequence + 1


def triggered(journal: Journal, event: ev.Triggered, sequence: int) -> int:
    order = event[1]
    account = journal.touch(order, sequence + 1)
    account.status = OPEN
    journal.row(sequence + 1, event[0], order, before=DORMANT, leaves=open_lots(order))
    return sequence + 1


def refilled(journal: Journal, event: ev.Refilled, sequence: int) -> int:
    _, order, displayed = event
    account = journal.touch(order, sequence + 1)
    detail: Detail = {"displayed_amount": journal.amount_text(displayed)}
    journal.row(sequence + 1, event[0], order, before=account.status, leaves=open_lots(order), detail=detail)
    return sequence + 1


def ended(journal: Journal, event: ev.Expired | ev.Cancelled, sequence: int) -> int:
    kind, order, reason, lapsed = event
    _end(journal, order, sequence + 1, status=kind, reason=reason, lapsed=lapsed)
    return sequence + 1


def _end(journal: Journal, order: BookOrder, sequence: int, *, status: str, reason: str, lapsed: int) -> None:
    account = journal.touch(order, sequence)
    before = account.status
    account.status = status
    account.done_reason = reason
    account.closed_at = journal.at
    leaves, detail = _lapse(journal, account, lapsed)
    change = journal.rehold(order, 0)
    journal.row(sequence, status, order, before=before, leaves=leaves, hold_change=change, reason=reason, detail=detail)


def _lapse(journal: Journal, account: OrderAccount, lapsed: int) -> tuple[int | None, Detail | None]:
    """Let what is left lapse: lots, or what an order by quote amount has not spent."""
    if account.budget is None:
        account.lapsed_lots += lapsed
        return 0, None
    account.budget = 0
    return None, {"leaves_quote": "0", "lapsed_quote": journal.spending_text(lapsed)}


def prevented(journal: Journal, event: ev.Prevented, sequence: int) -> int:
    """Two of one group met. Where both lose these lots, the taker's event tells what that frees of either's hold."""
    _, taker, maker, lots = event
    account = journal.touch(taker, sequence + 1)
    detail: Detail = {"maker_order_id": str(maker.order_id), "prevented_amount": journal.amount_text(lots)}
    change = 0
    if taker.mode == DECREMENT_AND_CANCEL:
        change = _lose(journal, taker, lots, maker.price)
        units = journal.units
        freed = _lose(journal, maker, lots, maker.price)
        detail["maker_hold_change"] = (
            plain_text(units.quote_of(freed)) if maker.is_buy else plain_text(units.base_of(freed))
        )
    leaves: int | None = open_lots(taker)
    if account.budget is not None:
        leaves, detail["leaves_quote"] = None, journal.spending_text(account.budget)
    journal.row(sequence + 1, event[0], taker, before=account.status, leaves=leaves, hold_change=change, detail=detail)
    return sequence + 1


def _lose(journal: Journal, order: BookOrder, lots: int, price: int) -> int:
    """Take prevented lots off an order; answers the change of its hold."""
    account: OrderAccount = order.account
    account.prevented_lots += lots
    journal.outcome.touched[account.order_id] = order
    journal.outcome.reshaped.add(account.order_id)
    if account.budget is None:
        return journal.rehold(order, open_lots(order))
    account.budget -= lots * price
    return journal.rehold(order, account.budget)
