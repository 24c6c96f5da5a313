"""A process of its own that takes a withdrawal one step on, for tests that have it end in the middle.

Run as ``python -m tests.settlement.withdrawals.crashing STEP DIRECTORY ID``.
"""

import os
import sys
from datetime import datetime
from pathlib import Path
from uuid import UUID

import django


def main(step: str, directory: str, subject: str, moment: str) -> None:
    """``request`` a withdrawal of the profile, or ``sweep``: screen, send, ask."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from decimal import Decimal

    from core.operations.record_audit import SYSTEM
    from settlement.gateways.custodian_simulator import CustodianSimulator
    from settlement.gateways.payout_simulator import PayoutSimulator
    from settlement.gateways.screening import ScreeningSimulator
    from settlement.models import Destination
    from settlement.operations.request_withdrawal import WithdrawalWish, request_withdrawal
    from settlement.operations.sweep_withdrawals import sweep_withdrawals

    place, at = Path(directory), datetime.fromisoformat(moment)
    if step == "request":
        destination = Destination.objects.get(entity__profiles=UUID(subject))
        wish = WithdrawalWish(
            profile_id=UUID(subject),
            destination_id=destination.pk,
            client_reference="W-1",
            amount_kind="NET",
            amount=Decimal("100.00"),
        )
        request_withdrawal(wish=wish, entity_id=destination.entity_id, actor=SYSTEM, at=at)
        return
    simulator = PayoutSimulator(place / "payouts.json", CustodianSimulator(place / "custodian.json"))
    sweep_withdrawals(gateways={"SIMULATOR": simulator}, screener=ScreeningSimulator(place / "screening.json"), at=at)


if __name__ == "__main__":
    main(*sys.argv[1:])
