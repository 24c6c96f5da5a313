"""Who books an instruction's events, each by its family."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from trading.domain import event as ev
from trading.domain.accounting import amends, market_acts, orders, trades
from trading.domain.accounting.journal import Journal
from trading.domain.accounting.rows import Outcome, Pledge
from trading.domain.event import Event
from trading.domain.units import MarketUnits

BOOKING: Final[dict[str, Callable[[Journal, Any, int], int]]] = {
    ev.ACCEPTED: orders.accepted,
    ev.REJECTED: orders.rejected,
    ev.TRADED: trades.traded,
    ev.REFILLED: orders.refilled,
    ev.PREVENTED: orders.prevented,
    ev.RESTED: orders.rested,
    ev.PARKED: orders.rested,
    ev.EXPIRED: orders.ended,
    ev.CANCELLED: orders.ended,
    ev.TRIGGERED: orders.triggered,
    ev.AMENDED: amends.amended,
    ev.AMEND_REFUSED: amends.wish_refused,
    ev.CANCEL_REFUSED: amends.wish_refused,
    ev.MASS_CANCELLED: market_acts.mass_cancelled,
    ev.PHASE_CHANGED: market_acts.phase,
    ev.PHASE_REFUSED: market_acts.phase,
    ev.UNCROSSED: market_acts.uncrossed,
    ev.AUCTIONED: trades.auctioned,
    ev.REFERENCE_SET: market_acts.reference_set,
    ev.PARAMETERS_CHANGED: market_acts.parameters_changed,
    ev.KILL_ENGAGED: market_acts.kill,
    ev.KILL_RELEASED: market_acts.kill,
    ev.BUSTED: market_acts.busted,
    ev.CORRECTED: market_acts.corrected,
}


class Accountant:
    """Follows a market's events and books them into an ``Outcome``. ``new_id`` gives the ids of trades and entries."""

    def __init__(self, *, units: MarketUnits, fees_account: str, new_id: Callable[[], str]) -> None:
        self._journal = Journal(units=units, fees_account=fees_account, new_id=new_id)

    @property
    def outcome(self) -> Outcome:
        return self._journal.outcome

    def book(self, events: Iterable[Event], *, sequence: int, at: int, pledge: Pledge | None = None) -> int:
        """Book the events of one instruction, the first of which has number ``sequence + 1``; answers the last number.

        ``pledge`` is what the door has taken for an AMEND: free now that it is decided, for an amended order holds by itself what
        its terms need.
        """
        journal = self._journal
        journal.at = at
        if pledge is not None:
            journal.hold(pledge.account, -pledge.units, is_base=pledge.is_base)
        for event in events:
            sequence = BOOKING[event[0]](journal, event, sequence)
        return sequence
