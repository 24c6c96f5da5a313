"""Destinations and withdrawals of the four tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from core.clock import now
from settlement.operations.add_destination import DestinationTerms, add_destination
from settlement.operations.open_deposit_instruction import open_deposit_instruction
from trading.models import FeeSchedule

if TYPE_CHECKING:
    from tests.authz.house import House, Tenant


def destination(house: House, tenant: Tenant) -> str:
    """One that may be used; the withdrawal of the tenant goes to another, so that this one may be removed."""
    paying = house.paying
    own, spare = (paying.destination(tenant.client, f"{tenant.name}-{number}") for number in (1, 2))
    tenant.holds["own_destination_id"] = str(own)
    tenant.holds["person_destination_id"] = str(_persons_destination(house, tenant))
    open_deposit_instruction(
        profile_id=tenant.client.profile_id, rail_id=paying.rail_id, actor=paying.actor(tenant.client), at=now()
    )
    return str(spare)


def _persons_destination(house: House, tenant: Tenant) -> UUID:
    """One whose beneficiary is a natural person: there is somebody to be revealed."""
    terms = DestinationTerms(
        asset="USD",
        network="WIRE",
        label="A person's",
        address=f"{tenant.name}-person",
        beneficiary_kind="PERSON",
        beneficiary_country="SE",
        details={"full_name": "Nell Cell", "address": "Kvarngatan 8"},
    )
    actor = house.paying.actor(tenant.client)
    return add_destination(entity_id=tenant.client.entity_id, terms=terms, actor=actor, at=now())


def withdrawal(house: House, tenant: Tenant) -> str:
    own = UUID(tenant["own_destination_id"])
    house.paying.ask(tenant.client, "10.00", "other", destination_id=own)
    return str(house.paying.ask(tenant.client, "10.00", "kept", destination_id=own).pk)


def withdrawal_body(_house: House, tenant: Tenant, number: int) -> dict[str, Any]:
    return {
        "profile_id": tenant["profile_id"],
        "destination_id": tenant["destination_id"],
        "client_reference": f"cell-{number}",
        "net_amount": "10.00",
    }


def destination_body(_house: House, _tenant: Tenant, number: int) -> dict[str, Any]:
    return {
        "label": f"Cell {number}",
        "asset": "USD",
        "network": "WIRE",
        "address": f"cell-{number}",
        "beneficiary": {"kind": "INSTITUTION", "country": "CH", "name": "Cell Ltd"},
    }


def schedule_body(_house: House, tenant: Tenant, _number: int) -> dict[str, Any]:
    """A schedule of the asker's own name: for one that waits nobody asks twice."""
    tiers = [{"from_volume": "0", "maker_rate": "0.001", "taker_rate": "0.002"}]
    return {
        "name": f"Of {str(tenant['entity_id'])[-12:]}",
        "fee_scale": 2,
        "tiers": tiers,
        "replaces": 0,
        "reason": "Looked at.",
    }


def assignment_body(_house: House, tenant: Tenant, _number: int) -> dict[str, Any]:
    """A schedule that is there, for the asker's own entity."""
    name = FeeSchedule.objects.order_by("created_at").values_list("name", flat=True)[0]
    return {"entity_id": tenant["entity_id"], "schedule": name, "reason": "Looked at."}


def limit_body(_house: House, tenant: Tenant, _number: int) -> dict[str, Any]:
    """One of the asker's own entity: for a limit that waits nobody asks twice."""
    return {
        "scope": "ENTITY",
        "scope_id": tenant["entity_id"],
        "window": "ROLLING_30D",
        "value": "1000.00",
        "reason": "Looked at.",
    }


def why(_house: House, _tenant: Tenant, _number: int) -> dict[str, Any]:
    return {"reason": "Looked at."}


def sender(_house: House, _tenant: Tenant, _number: int) -> dict[str, Any]:
    return {"sender": {"full_name": "Nell Cell", "address": "Kvarngatan 8"}}


def owner(_house: House, tenant: Tenant, _number: int) -> dict[str, Any]:
    return {"profile_id": tenant["profile_id"], "reason": "By the reference."}


def place(_house: House, tenant: Tenant, _number: int) -> dict[str, Any]:
    return {"profile_id": tenant["profile_id"], "asset": "USD", "network": "WIRE"}
