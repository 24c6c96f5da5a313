"""The memory of the simulators of arrivals: one file with how each payment stands and every notice that was given of it.

The file is replaced whole under a lock, so that several processes may use it and a killed one leaves it sound.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from settlement.gateways.arrivals import Arrival, ArrivalStatus, Notice, Sender

Told = dict[str, Any]


class ArrivalTape:
    """``state`` is its file; the directory is made when it is missing."""

    def __init__(self, state: Path) -> None:
        self.state = state

    def list_notices(self, *, after: int, limit: int) -> list[Notice]:
        """The next ``limit`` notices after number ``after``: the first has the number 1."""
        with self.opened() as memory:
            notices = memory["notices"][after : after + limit]
        return [Notice(after + number, _arrival(told)) for number, told in enumerate(notices, 1)]

    @contextmanager
    def opened(self) -> Iterator[dict[str, Any]]:
        """``payments`` by reference and ``notices`` in their order, for whoever holds the lock; written when it ends well."""
        self.state.parent.mkdir(parents=True, exist_ok=True)
        with self.state.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = self.state.read_bytes() if self.state.exists() else b""
            memory = json.loads(known) if known else {"payments": {}, "notices": []}
            yield memory
            if memory != (json.loads(known) if known else None):
                self._write(memory)

    def _write(self, memory: dict[str, Any]) -> None:
        fresh = self.state.with_suffix(".new")
        with fresh.open("w") as file:
            json.dump(memory, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.state)


def tell(memory: dict[str, Any], told: Told) -> None:
    """Give notice of how the payment ``told`` stands."""
    memory["payments"][told["reference"]] = told
    memory["notices"].append(dict(told))


def tell_same(memory: dict[str, Any], references: Sequence[str]) -> None:
    """Give the notices of these payments once more: a feed may say a thing twice."""
    for reference in references:
        memory["notices"].append(dict(memory["payments"][reference]))


def _arrival(told: Told) -> Arrival:
    return Arrival(
        source=told["source"],
        reference=told["reference"],
        asset=told["asset"],
        network=told["network"],
        amount=Decimal(told["amount"]),
        status=ArrivalStatus(told["status"]),
        confirmations=told["confirmations"],
        address=told["address"],
        memo=told["memo"],
        value_date=date.fromisoformat(told["value_date"]),
        seen_at=datetime.fromisoformat(told["seen_at"]),
        booked_at=datetime.fromisoformat(told["booked_at"]) if told["booked_at"] else None,
        gone_reference=told["gone_reference"],
        tx_hash=told["tx_hash"],
        sender=Sender(**told["sender"]),
    )
