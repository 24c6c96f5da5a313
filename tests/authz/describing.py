"""Bodies that describe people and what checks of them came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.authz.house import House, Tenant


def verification_body(_house: House, _tenant: Tenant, number: int) -> dict[str, Any]:
    return {
        "check": "ADDRESS",
        "verdict": "CONSIDER",
        "verifier": "Vendor",
        "verifier_reference": f"cell-{number}",
        "fields_checked": ["full_name", "address"],
        "verified_at": "2026-03-02T10:00:00.000000Z",
    }


def identity_body(_house: House, _tenant: Tenant, number: int) -> dict[str, Any]:
    return {"reference": f"cell-{number}", "kind": "PERSON", "country": "CH", "details": {"full_name": "Ann Cell"}}


def opening_body(_house: House, _tenant: Tenant, number: int) -> dict[str, Any]:
    return {
        "organisation_name": f"Cell {number}",
        "reference": f"cell-{number}",
        "kind": "PERSON",
        "country": "CH",
        "details": {"full_name": "Ann Cell"},
    }
