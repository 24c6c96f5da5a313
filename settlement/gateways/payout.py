"""Who carries value out: what we ask of a payment gateway, and what it may answer.

A payment goes under our own id. The same id again is the same payment, and whoever does not know what became of one asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.conf import settings


class Fate(StrEnum):
    """What became of a payment, as its gateway says."""

    UNKNOWN = "UNKNOWN"
    """It was never told of this id: nothing left."""
    TAKEN = "TAKEN"
    PAID = "PAID"
    REFUSED = "REFUSED"
    RETURNED = "RETURNED"


@dataclass(frozen=True, slots=True)
class Payment:
    """What is to be paid: ``amount`` of ``asset``, net, over ``network`` from the account ``source`` at the bank or custodian."""

    id: UUID
    source: str
    asset: str
    network: str
    amount: Decimal
    address: str
    memo: str
    beneficiary: str
    client_reference: str


@dataclass(frozen=True, slots=True)
class Answer:
    """``reference`` is the gateway's of what was paid, or of what came back; ``reason`` says why it was refused."""

    fate: Fate
    reference: str = ""
    reason: str = ""


class PayoutGateway(Protocol):
    """Idempotent by ``Payment.id``. Raises ``OSError`` where it cannot be reached or does not answer: then nobody knows."""

    def submit(self, payment: Payment) -> Answer:
        """Take the payment, or refuse it; told again, answer what became of the first."""
        ...

    def ask(self, payment_id: UUID) -> Answer:
        """What became of it. UNKNOWN only where it was never taken and never will be by a call that is over."""
        ...


class GatewayMissing(LookupError):
    """No gateway of this name is installed."""


def payouts() -> Mapping[str, PayoutGateway]:
    """The gateways by the names that rails give them: the simulator, and in production nobody yet."""
    if settings.IS_PRODUCTION:
        return {}
    from settlement.gateways.custodian_simulator import CustodianSimulator
    from settlement.gateways.payout_simulator import PayoutSimulator

    directory = Path(settings.STATE_DIR)
    return {"SIMULATOR": PayoutSimulator(directory / "payouts.json", CustodianSimulator(directory / "custodian.json"))}
