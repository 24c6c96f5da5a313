"""A bank to run the house against: it advises credits, books lines on our account, and recalls what the sender's bank wants."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from settlement.domain.creditor_reference import make_reference
from settlement.gateways.arrival_tape import ArrivalTape, tell, tell_same
from settlement.gateways.arrivals import NOBODY, Address, ArrivalStatus, Notice, Sender
from settlement.gateways.custodian_simulator import ACCOUNT, CustodianSimulator


class BankSimulator:
    """``state`` is its file. An advice is SEEN, a booked line FINAL, a recall GONE; the account is the custodian's MAIN."""

    feed = "BANK_SIMULATOR"

    def __init__(self, state: Path, custodian: CustodianSimulator) -> None:
        self.tape = ArrivalTape(state)
        self.custodian = custodian

    def list_notices(self, *, after: int, limit: int) -> Sequence[Notice]:
        """What it has to tell after number ``after``."""
        return self.tape.list_notices(after=after, limit=limit)

    def issue_address(self, *, asset: str, network: str, profile_id: UUID, number: int) -> Address:
        """The creditor reference (ISO 11649) to quote: 15 of its characters are of a hash that only these four give."""
        said = f"{asset}:{network}:{profile_id}:{number}".encode()
        return Address(make_reference(sha256(said).hexdigest()[:15].upper()))

    def advise(  # noqa: PLR0913 - a credit has this many parts
        self,
        *,
        asset: str,
        network: str,
        amount: Decimal,
        reference: str,
        text: str,
        at: datetime,
        sender: Sender = NOBODY,
        value_date: date | None = None,
    ) -> None:
        """A credit is on its way: the bank says so before it books it. ``text`` is what the payer wrote."""
        told = {
            "source": "BANK",
            "reference": reference,
            "asset": asset,
            "network": network,
            "amount": format(amount, "f"),
            "status": ArrivalStatus.SEEN.value,
            "confirmations": 0,
            "address": text,
            "memo": "",
            "value_date": (value_date or at.astimezone(UTC).date()).isoformat(),
            "seen_at": at.isoformat(),
            "booked_at": "",
            "gone_reference": "",
            "tx_hash": "",
            "sender": asdict(sender),
        }
        with self.tape.opened() as memory:
            if reference in memory["payments"]:
                # Again: whatever it says, the feed says it; the account has what it had.
                memory["notices"].append(memory["payments"][reference] | {"amount": told["amount"]})
                return
            tell(memory, told)

    def book(self, reference: str, *, at: datetime) -> None:
        """The line is on the account's statement."""
        with self.tape.opened() as memory:
            told = memory["payments"][reference]
            if told["booked_at"]:
                return
            told = told | {"status": ArrivalStatus.FINAL.value, "booked_at": at.isoformat()}
            self.custodian.receive(
                asset=told["asset"], amount=Decimal(told["amount"]), reference=reference, at=at, account=ACCOUNT
            )
            tell(memory, told)

    def recall(self, reference: str, *, at: datetime) -> None:
        """The sender's bank takes it back; a line that was booked leaves by a line of its own."""
        with self.tape.opened() as memory:
            told = memory["payments"][reference] | {"status": ArrivalStatus.GONE.value}
            if told["booked_at"]:
                told["gone_reference"] = f"RECALL-{sha256(reference.encode()).hexdigest()[:32]}"
                self.custodian.receive(
                    asset=told["asset"],
                    amount=-Decimal(told["amount"]),
                    reference=told["gone_reference"],
                    at=at,
                    account=ACCOUNT,
                )
            tell(memory, told)

    def repeat(self, *references: str) -> None:
        """Say the newest of these lines once more."""
        with self.tape.opened() as memory:
            tell_same(memory, references)
