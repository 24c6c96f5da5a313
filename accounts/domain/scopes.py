"""What a credential may be allowed to do: the noun of the resource, and whether it reads or writes."""

from collections.abc import Iterable

SCOPES = {
    "approvals:read": "See what the entity's programs asked for and other people approve",
    "approvals:write": "Take back what was asked for; nothing that a program may do decides",
    "credentials:read": "See the entity's own credentials",
    "credentials:write": "Ask for credentials, change and revoke them, and be shown their secrets",
    "events:read": "Hear what happened to the entity, event by event",
    "firm:audit": "See the audit entries with their seals; of the firm's own programs",
    "firm:desk": "Halt markets, and ask to resume them and to set reference prices; of the firm's own programs",
    "firm:funding": "Attribute and return deposits, ask to release and reverse them, end withdrawals; of the firm's own programs",
    "firm:identities": "Open accounts, tell what checks came to, raise risk ratings and set controls; of the firm's own programs",
    "firm:ledger": "See the ledger, draft journals, ask to have them posted and taken back; of the firm's own programs",
    "firm:reference": "See and change withdrawal limits, fees and valuation prices; of the firm's own programs",
    "funding:read": "See rails, where to pay in, destinations, deposits, withdrawals, transfers and limits, and where they stand",
    "funding:write": "Ask where to pay in, say who sent it, keep destinations, withdraw, and move value between profiles",
    "identities:read": "See the entity, its identities, their checks, documents and controls",
    "identities:write": "Name identities, correct their details, show documents, tell what checks came to, set and lift controls",
    "orders:read": "See orders, their events and executions",
    "orders:write": "Place and cancel orders",
    "profiles:read": "See profiles, their members, balances and postings",
    "profiles:write": "Open, rename and close profiles, and say who stands behind them",
    "quotes:read": "See the entity's quotes and what became of them",
    "quotes:write": "Ask the house for prices that hold for a while, and execute them",
    "reports:read": "See report runs and fetch their files",
    "reports:write": "Ask for report runs",
    "webhooks:read": "See webhook subscriptions and what was delivered to them",
    "webhooks:write": "Have events sent to addresses, change, test and replay that, and be shown the secrets that sign them",
}


def unknown_scopes(scopes: Iterable[str]) -> list[str]:
    """Those of ``scopes`` that do not exist, sorted."""
    return sorted(set(scopes) - SCOPES.keys())


def firm_scopes(scopes: Iterable[str]) -> list[str]:
    """Those of ``scopes`` that only the firm's own programs may have, sorted."""
    return sorted(scope for scope in set(scopes) if scope.startswith("firm:"))
