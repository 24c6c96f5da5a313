"""Who holds parts of clients' balances. Each app says what its holders took and gave back; settlement imports none of them."""

_changes: dict[str, str] = {}


def register_holder(name: str, changes: str) -> None:
    """``changes`` is an SQL text over ``%(since)s``: profile_id, asset_id and the signed change of what ``name`` held, for each
    change that happened at that instant or after it and is committed. What it holds now less these is what it held then.
    """
    _changes[name] = changes


def holders() -> list[str]:
    """Whoever said so, by name."""
    return sorted(_changes)


def hold_changes() -> str:
    """All changes since ``%(since)s`` under one another, by every holder."""
    return " UNION ALL ".join(f"({_changes[name]})" for name in holders())
