"""The two roads of a replayed order: the operations in this process, or the REST API of a running house."""

from typing import Protocol

from config.replay.outcome import MarketOutcome
from config.replay.rows import Row


class Road(Protocol):
    """Sends rows and tells what came of them."""

    def house(self) -> str:
        """What tells this house from another with the same address or name."""
        ...

    def begin(self) -> None:
        """Remember where the markets stand."""
        ...

    def place(self, row: Row) -> bool:
        """Place the order; whether it is new. Raises ``Refusal``."""
        ...

    def cancel(self, row: Row) -> bool:
        """Ask for the order to be cancelled; whether that is new. Raises ``Refusal``."""
        ...

    def match(self) -> None:
        """Match what waits, where this process does that."""
        ...

    def is_idle(self) -> bool:
        """Whether nothing that was sent still waits for the matcher."""
        ...

    def outcomes(self) -> list[MarketOutcome]:
        """What the markets came to since ``begin``."""
        ...
