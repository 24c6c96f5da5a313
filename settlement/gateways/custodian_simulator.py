"""A custodian to run the house against: it keeps what it received in one file and answers snapshots of it.

The file is replaced whole under a lock, so that several processes may use it and a killed one leaves it sound.
"""

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

from core.domain.decimals import CONTEXT
from settlement.domain.snapshots import FORMAT, REFERENCE, SnapshotRefused

SOURCE = "SIMULATOR"
ACCOUNT = "MAIN"
NAME = re.compile(r"\A[A-Za-z0-9._-]{1,64}\Z", re.ASCII)
State = dict[str, dict[str, list[str]]]


class CustodianSimulator:
    """``state`` is its file; the directory is made when it is missing.

    In the file: ``ACCOUNT:ASSET`` -> reference -> [amount, instant].
    """

    def __init__(self, state: Path) -> None:
        self.state = state

    def receive(self, *, asset: str, amount: Decimal, reference: str, at: datetime, account: str = ACCOUNT) -> None:
        """Value comes in (``amount`` > 0) or goes out (< 0) under ``reference``.

        The same again changes nothing; another amount under a known reference is refused with ``ValueError``, as are a
        reference outside 1 to 64 of ``[A-Za-z0-9._:-]`` and what would leave the account below zero.
        """
        if not REFERENCE.match(reference) or not NAME.match(account) or not NAME.match(asset):
            raise ValueError(f"no reference or account: {reference} {account} {asset}")
        if not amount.is_finite() or not amount:
            raise ValueError("a movement moves something")
        with self._locked() as state:
            movements = state.setdefault(f"{account}:{asset}", {})
            if reference in movements:
                if Decimal(movements[reference][0]) != amount:
                    raise ValueError(f"{reference} is known with another amount")
                return
            if _sum(movements) + amount < 0:
                raise ValueError(f"{account} has not so much {asset}")
            movements[reference] = [format(amount, "f"), _text(at)]
            self._write(state)

    def fetch_snapshot(self, *, account: str, asset: str, as_of: datetime) -> bytes:
        """What it holds as of ``as_of``. An account it has never heard of is refused as unavailable."""
        with self._locked() as state:
            movements = state.get(f"{account}:{asset}")
        if movements is None:
            raise SnapshotRefused("unavailable", f"the simulator has no account {account} in {asset}")
        until = _text(as_of)
        seen = {reference: item for reference, item in movements.items() if item[1] <= until}
        document = {
            "format": FORMAT,
            "source": SOURCE,
            "account": account,
            "asset": asset,
            "taken_at": until,
            "page": 1,
            "pages": 1,
            "holdings": [{"wallet": account, "balance": format(_sum(seen), "f")}],
            "movements": [
                {"reference": reference, "amount": amount, "at": at} for reference, (amount, at) in seen.items()
            ],
        }
        return json.dumps(document).encode()

    @contextmanager
    def _locked(self) -> Iterator[State]:
        self.state.parent.mkdir(parents=True, exist_ok=True)
        with self.state.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield json.loads(self.state.read_bytes()) if self.state.exists() else {}

    def _write(self, state: dict[str, Any]) -> None:
        fresh = self.state.with_suffix(".new")
        with fresh.open("w") as file:
            json.dump(state, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.state)


def _sum(movements: dict[str, list[str]]) -> Decimal:
    with localcontext(CONTEXT):
        return sum((Decimal(amount) for amount, _ in movements.values()), Decimal(0))


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
