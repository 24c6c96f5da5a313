"""A payment gateway to run the house against: it keeps what it was told in one file, pays when it is asked, and tells the
custodian that value left.

The file is replaced whole under a lock, so that several processes may use it and a killed one leaves it sound. A client's
reference has it refuse (``sbx:error:``), take it and not answer (``sbx:unknown:``), or send it back later (``sbx:returned:``).
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from core import clock
from settlement.gateways.custodian_simulator import CustodianSimulator
from settlement.gateways.payout import Answer, Fate, Payment

State = dict[str, dict[str, str]]


class PayoutSimulator:
    """``state`` is its file: payment id -> what it was told and what became of it. Each id leaves once, whatever is sent."""

    def __init__(self, state: Path, custodian: CustodianSimulator) -> None:
        self.state = state
        self.custodian = custodian

    def submit(self, payment: Payment) -> Answer:
        """Take it, or refuse it; known already, say what became of it. Another payment under a known id is a ``ValueError``."""
        told = {
            "source": payment.source,
            "asset": payment.asset,
            "amount": format(payment.amount, "f"),
            "address": payment.address,
            "memo": payment.memo,
            "client_reference": payment.client_reference,
        }
        with self._locked() as state:
            known = state.get(str(payment.id))
            if known is None:
                is_refused = payment.client_reference.startswith("sbx:error:")
                fate = Fate.REFUSED if is_refused else Fate.TAKEN
                known = told | {"fate": fate.value, "submits": "0", "reason": "REFUSED_BY_BANK" if is_refused else ""}
                state[str(payment.id)] = known
            if any(known[name] != value for name, value in told.items()):
                raise ValueError(f"payment {payment.id} is known with other terms")
            known["submits"] = str(int(known["submits"]) + 1)
            self._write(state)
        if payment.client_reference.startswith("sbx:unknown:"):
            raise TimeoutError("the gateway does not answer")
        return _answer(known)

    def ask(self, payment_id: UUID) -> Answer:
        """What became of it: what was taken is paid now; the custodian hears of it before anybody else does."""
        with self._locked() as state:
            known = state.get(str(payment_id))
            if known is None:
                return Answer(Fate.UNKNOWN)
            if known["fate"] == Fate.PAID and known["client_reference"].startswith("sbx:returned:"):
                self._give_back(str(payment_id), known)
            elif known["fate"] == Fate.TAKEN:
                self._pay(str(payment_id), known)
            self._write(state)
        return _answer(known)

    def _pay(self, payment_id: str, known: dict[str, str]) -> None:
        reference = f"PAY-{payment_id}"
        try:
            self.custodian.receive(
                asset=known["asset"],
                amount=-Decimal(known["amount"]),
                reference=reference,
                at=clock.now(),
                account=known["source"],
            )
        except ValueError:
            known |= {"fate": Fate.REFUSED.value, "reason": "NOT_COVERED"}
            return
        known |= {"fate": Fate.PAID.value, "reference": reference}

    def _give_back(self, payment_id: str, known: dict[str, str]) -> None:
        reference = f"BACK-{payment_id}"
        self.custodian.receive(
            asset=known["asset"],
            amount=Decimal(known["amount"]),
            reference=reference,
            at=clock.now(),
            account=known["source"],
        )
        known |= {"fate": Fate.RETURNED.value, "return_reference": reference}

    @contextmanager
    def _locked(self) -> Iterator[State]:
        self.state.parent.mkdir(parents=True, exist_ok=True)
        with self.state.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield json.loads(self.state.read_bytes()) if self.state.exists() else {}

    def _write(self, state: State) -> None:
        fresh = self.state.with_suffix(".new")
        with fresh.open("w") as file:
            json.dump(state, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.state)


def _answer(known: dict[str, str]) -> Answer:
    fate = Fate(known["fate"])
    reference = known.get("return_reference" if fate == Fate.RETURNED else "reference", "")
    return Answer(fate, reference, known.get("reason", ""))
