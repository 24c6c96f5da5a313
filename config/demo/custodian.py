"""The other side of the demo's deposits: what bank and custodian have received, and one thing the ledger has not."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

from config.demo import cast
from config.demo.quoting import CAPITAL, capital_reference
from settlement.gateways.custodian_simulator import CustodianSimulator

FILE_NAME: Final = "custodian.json"
# The planted difference: it came in at the custodian, and nobody has credited it to a client.
UNCREDITED_ASSET, UNCREDITED_AMOUNT, UNCREDITED_REFERENCE = "BTC", Decimal("0.25"), "STRONGROOM-20931"


def deposit_reference(client: cast.ClientCast, code: str) -> str:
    """The outside reference under which a client's first deposit in an asset is known at bank or custodian."""
    return f"DEMO-{client.reference}-{code}"


def tell_custodian(state_dir: Path, *, at: datetime) -> None:
    """Give the simulated custodian every demo deposit that it does not know, and the planted difference."""
    simulator = CustodianSimulator(state_dir / FILE_NAME)
    for client in cast.CLIENTS:
        for code, amount in client.deposits.items():
            simulator.receive(asset=code, amount=amount, reference=deposit_reference(client, code), at=at)
    for code, amount in CAPITAL.items():
        simulator.receive(asset=code, amount=amount, reference=capital_reference(code), at=at)
    simulator.receive(asset=UNCREDITED_ASSET, amount=UNCREDITED_AMOUNT, reference=UNCREDITED_REFERENCE, at=at)
