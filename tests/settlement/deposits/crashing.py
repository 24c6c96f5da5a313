"""A process of its own that takes in what arrived, for tests that have it end in the middle.

Run as ``python -m tests.settlement.deposits.crashing DIRECTORY MOMENT``.
"""

import os
import sys
from datetime import datetime
from pathlib import Path

import django


def main(directory: str, moment: str) -> None:
    """Read the chain's feed and the bank's on."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from settlement.gateways.bank_simulator import BankSimulator
    from settlement.gateways.chain_simulator import ChainSimulator
    from settlement.gateways.custodian_simulator import CustodianSimulator
    from settlement.gateways.screening import ScreeningSimulator
    from settlement.operations.take_in_arrivals import take_in_arrivals

    place, at = Path(directory), datetime.fromisoformat(moment)
    custodian = CustodianSimulator(place / "custodian.json")
    screener = ScreeningSimulator(place / "screening.json")
    for feed in (ChainSimulator(place / "chain.json", custodian), BankSimulator(place / "bank.json", custodian)):
        take_in_arrivals(gateway=feed, at=at, screener=screener)


if __name__ == "__main__":
    main(*sys.argv[1:])
