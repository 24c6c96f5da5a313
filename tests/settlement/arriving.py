"""Value that comes in by itself, for tests: rails with simulated feeds, and notices of what arrived there."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from core.clock import now
from core.operations.record_audit import SYSTEM
from settlement.gateways.arrivals import NOBODY, Arrival, ArrivalStatus, Sender
from settlement.models import Asset, Deposit, DepositInstruction, LedgerAccount, Rail
from settlement.operations.open_asset import AssetTerms, open_asset
from settlement.operations.open_deposit_instruction import open_deposit_instruction
from settlement.operations.open_firm_account import open_firm_account
from settlement.operations.open_rail import RailTerms, open_rail
from settlement.operations.receive_deposit import UNSCREENED, Screening, receive_deposit

CLEAR = Screening("CLEAR")
HIT = Screening("HIT", "On a list.")
# Kept by another provider, which tells nothing of who it is: the travel rule asks.
ELSEWHERE = Sender(account="bc1qelsewhere", vasp="Bluewater Exchange")
_numbers = count(1)
_TERMS = {
    "WIRE": ("USD", RailTerms(network="WIRE", gateway="SIMULATOR", min_deposit=Decimal(10))),
    "BITCOIN": ("BTC", RailTerms(network="BITCOIN", gateway="SIMULATOR", confirmations=3)),
}
_ASSETS = {"USD": AssetTerms("USD", "US dollar", "FIAT", 6, 2), "BTC": AssetTerms("BTC", "Bitcoin", "CRYPTO", 8, 8)}


def a_rail(network: str = "WIRE") -> Rail:
    """USD by WIRE from 10.00 upwards, or BTC by BITCOIN after three confirmations; opened where it is not there yet."""
    code, terms = _TERMS[network]
    if not Asset.objects.filter(code=code).exists():
        open_asset(terms=_ASSETS[code], at=now())
    omnibus_id = LedgerAccount.objects.filter(kind="OMNIBUS", asset__code=code).values_list("pk", flat=True).first()
    asset_id = Asset.objects.get(code=code).pk
    omnibus_id = omnibus_id or open_firm_account(
        kind="OMNIBUS", asset_id=asset_id, asset_code=code, label="MAIN", name=f"Omnibus {code}", at=now()
    )
    return Rail.objects.select_related("asset").get(pk=open_rail(omnibus_id=omnibus_id, terms=terms, at=now()))


def an_instruction(profile_id: UUID, network: str = "WIRE") -> DepositInstruction:
    """Where the profile is paid in."""
    opened = open_deposit_instruction(profile_id=profile_id, rail_id=a_rail(network).pk, actor=SYSTEM, at=now())
    return DepositInstruction.objects.get(pk=opened)


def an_arrival(network: str = "WIRE", profile_id: UUID | None = None, **terms: Any) -> Arrival:
    """A final payment of 250.00 USD or 1 BTC to where the profile is paid in, or to nowhere that we know."""
    rail, is_chain = a_rail(network), network == "BITCOIN"
    known = Arrival(
        source="CHAIN" if is_chain else "BANK",
        reference=f"IN-{next(_numbers)}",
        asset=rail.asset.code,
        network=network,
        amount=Decimal(1) if is_chain else Decimal(250),
        status=ArrivalStatus.FINAL,
        confirmations=rail.confirmations,
        address=an_instruction(profile_id, network).address if profile_id else "unknown",
        value_date=date(2026, 3, 2),
        seen_at=now(),
        booked_at=now(),
        sender=NOBODY,
    )
    return replace(known, **terms)


def arrive(
    network: str = "WIRE", profile_id: UUID | None = None, *, screening: Screening = CLEAR, **terms: Any
) -> Deposit:
    """The deposit that the house makes of such a payment."""
    return take_in(an_arrival(network, profile_id, **terms), screening)


def take_in(arrival: Arrival, screening: Screening = UNSCREENED) -> Deposit:
    """The deposit after one more notice of it."""
    deposit_id = receive_deposit(arrival=arrival, at=now(), screening=screening)
    assert deposit_id is not None
    return Deposit.objects.select_related("rail").get(pk=deposit_id)
