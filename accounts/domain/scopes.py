"""What a credential may be allowed to do: the noun of the resource, and whether it reads or writes."""

from collections.abc import Iterable

SCOPES = {
    "orders:read": "See orders, their events and executions",
    "orders:write": "Place and cancel orders",
    "profiles:read": "See profiles, balances and postings",
    "reports:read": "See report runs and fetch their files",
    "reports:write": "Ask for report runs",
}


def unknown_scopes(scopes: Iterable[str]) -> list[str]:
    """Those of ``scopes`` that do not exist, sorted."""
    return sorted(set(scopes) - SCOPES.keys())
