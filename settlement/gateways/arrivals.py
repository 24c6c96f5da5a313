"""Who tells us what came in: the custodian of a chain, the bank of an account. What they say, and where they have payers send it.

A feed is a row of notices, numbered upwards: each says how one arrival stands now. Whoever reads it keeps the number of the last
notice that is in the books and asks for what is after it; the same notice read twice is the same.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings


class ArrivalStatus(StrEnum):
    """How an arrival stands with whoever holds it."""

    SEEN = "SEEN"
    """Announced: in a block, or advised by the bank; not theirs to hold for us yet."""
    FINAL = "FINAL"
    """Theirs to hold for us: booked."""
    GONE = "GONE"
    """Not there any more: in no block of the chain, or recalled by the sender's bank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sent it, as far as we are told. ``account`` is the address or bank account it came from; ``vasp`` the provider that
    keeps it, none for a wallet of one's own. The rest are a natural person's, for the vault.
    """

    account: str = ""
    vasp: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


NOBODY = Sender()
"""We are told nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One payment in. ``reference`` is its id with whoever holds it; ``address`` where it was sent: an address, or what the payer
    quoted at a bank. ``booked_at`` is when it was FINAL there. ``gone_reference`` is the id of the movement that took it back,
    where there is one.
    """

    source: str
    reference: str
    asset: str
    network: str
    amount: Decimal
    status: ArrivalStatus
    confirmations: int
    address: str
    value_date: date
    seen_at: datetime
    memo: str = ""
    booked_at: datetime | None = None
    gone_reference: str = ""
    tx_hash: str = ""
    sender: Sender = NOBODY

    @property
    def rail_code(self) -> str:
        """BTC:BITCOIN, USD:WIRE."""
        return f"{self.asset}:{self.network}"


# What no column and no vault can keep: a NUL, and half a character.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(arrival: Arrival) -> Arrival:
    """The arrival with a ``?`` for each character that nothing can keep: a payer may write what they like, the money is here.

    No place and no reference has a ``?``: such a text is nobody's, such a reference is refused.
    """
    sender = replace(
        arrival.sender,
        account=_storable(arrival.sender.account),
        vasp=_storable(arrival.sender.vasp),
        details={name: _storable(text) for name, text in arrival.sender.details.items()},
    )
    names = ("reference", "asset", "network", "address", "memo", "gone_reference", "tx_hash")
    texts: dict[str, Any] = {name: _storable(getattr(arrival, name)) for name in names}
    return replace(arrival, sender=sender, **texts)


def _storable(text: str) -> str:
    return _UNSTORABLE.sub("?", text)


@dataclass(frozen=True, slots=True)
class Notice:
    """One line of a feed: its number, and how the arrival stands."""

    position: int
    arrival: Arrival


@dataclass(frozen=True, slots=True)
class Address:
    """Where a payer sends it: an address with its memo, or the reference to quote."""

    address: str
    memo: str = ""


class ArrivalGateway(Protocol):
    """Raises ``OSError`` where it cannot be reached: then nobody knows, and it is asked again."""

    feed: str

    def list_notices(self, *, after: int, limit: int) -> Sequence[Notice]:
        """The next notices after number ``after``, upwards, at most ``limit``."""
        ...

    def issue_address(self, *, asset: str, network: str, profile_id: UUID, number: int) -> Address:
        """The ``number``-th place of the profile on the rail; asked again, the same one. No two profiles share one."""
        ...


def installed_feeds() -> Mapping[tuple[str, str], ArrivalGateway]:
    """(name that rails give their gateway, BANK or CHAIN) -> who tells of it: the simulators, and in production nobody yet."""
    if settings.IS_PRODUCTION:
        return {}
    from settlement.gateways.bank_simulator import BankSimulator
    from settlement.gateways.chain_simulator import ChainSimulator
    from settlement.gateways.custodian_simulator import CustodianSimulator

    directory = Path(settings.STATE_DIR)
    custodian = CustodianSimulator(directory / "custodian.json")
    return {
        ("SIMULATOR", "CHAIN"): ChainSimulator(directory / "chain.json", custodian),
        ("SIMULATOR", "BANK"): BankSimulator(directory / "bank.json", custodian),
    }
