"""A custodian's chain to run the house against: payments come in, blocks confirm them, a reorganisation takes them away.

A payment is FINAL, and the custodian holds it, from ``final_after`` confirmations on. One that goes before that was never held;
one that goes after it leaves the custodian by a movement of its own.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from settlement.domain.bech32 import encode
from settlement.gateways.arrival_tape import ArrivalTape, tell, tell_same
from settlement.gateways.arrivals import NOBODY, Address, ArrivalStatus, Notice, Sender
from settlement.gateways.custodian_simulator import ACCOUNT, CustodianSimulator

# How far into the past a custodian still tells of confirmations.
DEEPEST = 100
PREFIX = "sim"


class ChainSimulator:
    """``state`` is its file. Idempotent by reference: the same payment sent again is told again."""

    feed = "CHAIN_SIMULATOR"

    def __init__(self, state: Path, custodian: CustodianSimulator) -> None:
        self.tape = ArrivalTape(state)
        self.custodian = custodian

    def list_notices(self, *, after: int, limit: int) -> Sequence[Notice]:
        """What it has to tell after number ``after``."""
        return self.tape.list_notices(after=after, limit=limit)

    def issue_address(self, *, asset: str, network: str, profile_id: UUID, number: int) -> Address:
        """A version 0 address in the form of BIP 173 over 20 bytes that only these four give; its prefix is of no real chain."""
        said = f"{asset}:{network}:{profile_id}:{number}".encode()
        return Address(encode(PREFIX, 0, sha256(said).digest()[:20]))

    def send(  # noqa: PLR0913 - a payment has this many parts
        self,
        *,
        asset: str,
        network: str,
        address: str,
        amount: Decimal,
        reference: str,
        at: datetime,
        sender: Sender = NOBODY,
        memo: str = "",
        final_after: int = 1,
    ) -> None:
        """A payment is in a block: SEEN with one confirmation, or FINAL where ``final_after`` is no more."""
        told = {
            "source": "CHAIN",
            "reference": reference,
            "asset": asset,
            "network": network,
            "amount": format(amount, "f"),
            "status": ArrivalStatus.SEEN.value,
            "confirmations": 1,
            "address": address,
            "memo": memo,
            "value_date": at.astimezone(UTC).date().isoformat(),
            "seen_at": at.isoformat(),
            "booked_at": "",
            "gone_reference": "",
            "tx_hash": sha256(f"{network}:{reference}".encode()).hexdigest(),
            "sender": asdict(sender),
            "final_after": final_after,
        }
        with self.tape.opened() as memory:
            if reference in memory["payments"] and memory["payments"][reference]["status"] != ArrivalStatus.GONE:
                # Again: whatever it says, the feed says it, and the custodian holds what it held.
                memory["notices"].append(memory["payments"][reference] | {"amount": told["amount"]})
                return
            if memory["payments"].get(reference, {}).get("booked_at"):
                raise ValueError(f"{reference} was held and went: it comes back under another reference")
            self._settle(told, at)
            tell(memory, told)

    def mine(self, blocks: int = 1, *, at: datetime) -> None:
        """``blocks`` more confirm everything that is there."""
        with self.tape.opened() as memory:
            for told in list(memory["payments"].values()):
                if told["status"] == ArrivalStatus.GONE or told["confirmations"] >= DEEPEST:
                    continue
                told = told | {"confirmations": told["confirmations"] + blocks}
                self._settle(told, at)
                tell(memory, told)

    def drop(self, reference: str, *, at: datetime) -> None:
        """A reorganisation: the payment is in no block any more."""
        with self.tape.opened() as memory:
            told = memory["payments"][reference] | {"status": ArrivalStatus.GONE.value, "confirmations": 0}
            if told["booked_at"]:
                told["gone_reference"] = f"GONE-{sha256(reference.encode()).hexdigest()[:32]}"
                self._move(told, told["gone_reference"], -Decimal(told["amount"]), at)
            tell(memory, told)

    def repeat(self, *references: str) -> None:
        """Say the newest of these payments once more."""
        with self.tape.opened() as memory:
            tell_same(memory, references)

    def _settle(self, told: dict[str, Any], at: datetime) -> None:
        if told["confirmations"] >= told["final_after"] and not told["booked_at"]:
            told |= {"status": ArrivalStatus.FINAL.value, "booked_at": at.isoformat()}
            self._move(told, told["reference"], Decimal(told["amount"]), at)

    def _move(self, told: dict[str, Any], reference: str, amount: Decimal, at: datetime) -> None:
        self.custodian.receive(asset=told["asset"], amount=amount, reference=reference, at=at, account=ACCOUNT)
