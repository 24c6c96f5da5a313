"""The terms of an order are changed, or are not."""

from trading.domain import event as ev
from trading.domain.accounting.journal import Journal
from trading.domain.accounting.rows import Detail
from trading.domain.book_order import BookOrder
from trading.domain.instruction import Amendment
from trading.domain.payload import instant_of


def amended(journal: Journal, event: ev.Amended, sequence: int) -> int:
    """The order holds what its new terms need."""
    _, order, old, new, is_kept, remaining = event
    account = journal.touch(order, sequence + 1)
    journal.outcome.reshaped.add(account.order_id)
    change = journal.rehold(order, remaining)
    journal.row(
        sequence + 1,
        event[0],
        order,
        before=account.status,
        leaves=remaining,
        hold_change=change,
        detail=_detail(journal, order, old, new) | {"is_priority_kept": is_kept},
    )
    return sequence + 1


def wish_refused(journal: Journal, event: ev.AmendRefused | ev.CancelRefused, sequence: int) -> int:
    """Nothing has changed."""
    kind, order_id, reason = event
    journal.bare_row(sequence + 1, kind, order_id=str(order_id), reason=reason)
    return sequence + 1


def _detail(journal: Journal, order: BookOrder, old: Amendment, new: Amendment) -> Detail:
    """What differs, by the names of the order's columns."""
    terms = (
        ("base_amount", old.amount, new.amount, journal.amount_text),
        ("protection_price" if order.is_market else "limit_price", old.price, new.price, journal.price_text),
        ("stop_price", old.stop_price, new.stop_price, journal.price_text),
        ("display_amount", old.display, new.display, journal.amount_text),
        ("expires_at", old.expires_at, new.expires_at, instant_of),
    )
    return {
        name: {"before": None if before is None else text(before), "after": None if after is None else text(after)}
        for name, before, after, text in terms
        if before != after
    }
