"""Events of an order by itself: it arrives, rests, waits, shows more, meets its own group, ends."""

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
    """It rests, or it waits: its status is what it was, and so is its hold, if it has not lost lots to its own group."""
    kind, order, remaining = event
    account = journal.touch(order, sequence + 1)
    change = journal.rehold(order, remaining) if account.prevented_lots else 0
    journal.row(sequence + 1, kind, order, before=account.status, leaves=remaining, hold_change=change)
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
    """Two of one group met: the taker's event, which says what comes of it. Where both lose these lots it is the maker's, to whom
    nothing else may happen; the taker always has a further event, and that one changes its hold.
    """
    _, taker, maker, lots = event
    sequence += 1
    detail: Detail = {"prevented_amount": journal.amount_text(lots)}
    if taker.mode != DECREMENT_AND_CANCEL:
        account = journal.touch(taker, sequence)
        leaves, left = _leaves(journal, taker)
        detail |= {"maker_order_id": str(maker.order_id)} | left
        journal.row(sequence, event[0], taker, before=account.status, leaves=leaves, detail=detail)
        return sequence
    _lose(journal, taker, lots, maker.price)
    _lose(journal, maker, lots, maker.price)
    account = journal.touch(maker, sequence)
    detail["taker_order_id"] = str(taker.order_id)
    leaves = open_lots(maker)
    change = journal.rehold(maker, leaves)
    journal.row(sequence, event[0], maker, before=account.status, leaves=leaves, hold_change=change, detail=detail)
    return sequence


def _leaves(journal: Journal, order: BookOrder) -> tuple[int | None, Detail]:
    """What an order leaves: lots, or by quote amount what it has left to spend."""
    account: OrderAccount = order.account
    if account.budget is None:
        return open_lots(order), {}
    return None, {"leaves_quote": journal.spending_text(account.budget)}


def _lose(journal: Journal, order: BookOrder, lots: int, price: int) -> None:
    """Take prevented lots off an order."""
    account: OrderAccount = order.account
    account.prevented_lots += lots
    journal.outcome.touched[account.order_id] = order
    journal.outcome.reshaped.add(account.order_id)
    if account.budget is not None:
        account.budget -= lots * price
