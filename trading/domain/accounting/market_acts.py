"""What is done to a market, or to a trade that has happened. No order and no hold changes by it."""

from trading.domain import event as ev
from trading.domain.accounting.journal import Journal
from trading.domain.accounting.rows import EventRow
from trading.domain.parameters import Parameters
from trading.domain.payload import plain_parameters


def phase(journal: Journal, event: ev.PhaseChanged | ev.PhaseRefused, sequence: int) -> int:
    kind, old, new, reason = event
    journal.bare_row(sequence + 1, kind, reason=reason, detail={"old": old, "new": new})
    return sequence + 1


def reference_set(journal: Journal, event: ev.ReferenceSet, sequence: int) -> int:
    journal.bare_row(sequence + 1, event[0], price=event[1])
    return sequence + 1


def parameters_changed(journal: Journal, event: ev.ParametersChanged, sequence: int) -> int:
    kind, old, new = event

    def plain(parameters: Parameters) -> dict[str, str | None]:
        return plain_parameters(parameters, journal.units)

    journal.bare_row(sequence + 1, kind, detail={"old": plain(old), "new": plain(new)})
    return sequence + 1


def mass_cancelled(journal: Journal, event: ev.MassCancelled, sequence: int) -> int:
    journal.bare_row(sequence + 1, event[0], detail={"orders": str(event[1])})
    return sequence + 1


def kill(journal: Journal, event: ev.KillEngaged | ev.KillReleased, sequence: int) -> int:
    kind, scope, scope_id = event
    journal.bare_row(
        sequence + 1, kind, detail={"scope": scope, "scope_id": None if scope_id is None else str(scope_id)}
    )
    return sequence + 1


def uncrossed(journal: Journal, event: ev.Uncrossed, sequence: int) -> int:
    """The auction's price and volume; the imbalance is signed: buys less sells."""
    kind, price, lots, imbalance = event
    journal.bare_row(sequence + 1, kind, price=price, amount=lots, detail={"imbalance": journal.amount_text(imbalance)})
    return sequence + 1


def busted(journal: Journal, event: ev.Busted, sequence: int) -> int:
    """The trade is undone: its buyer's event, then its seller's."""
    trade = event[1]
    for order_id in (trade.buy_order_id, trade.sell_order_id):
        sequence += 1
        _undo(journal, event[0], sequence, str(order_id), str(trade.trade_id), trade.price, trade.lots)
    return sequence


def corrected(journal: Journal, event: ev.Corrected, sequence: int) -> int:
    """What the trade named should have been: its buyer's event, then its seller's."""
    kind, trade, price, lots = event
    for order_id in (trade.buy_order_id, trade.sell_order_id):
        sequence += 1
        _undo(journal, kind, sequence, str(order_id), str(trade.trade_id), price, lots)
    return sequence


def _undo(  # noqa: PLR0913 - one row has this many facts
    journal: Journal, kind: str, sequence: int, order_id: str, trade_id: str, price: int, lots: int
) -> None:
    journal.outcome.events.append(
        EventRow(
            sequence,
            kind,
            order_id,
            trade_id,
            None,
            None,
            None,
            None,
            None,
            None,
            price,
            lots,
            None,
            0,
            True,
            None,
            None,
        )
    )
