"""A webhook's secret as it is kept: sealed under the house's key, which hangs on keys that are in no database."""

from uuid import UUID

from accounts.gateways.key_store import open_text, seal_text


def seal_secret(secret: str, *, subscription_id: UUID) -> str:
    """The secret as printable text that only this house opens, and only as this subscription's."""
    return seal_text(secret, purpose=_purpose(subscription_id))


def open_secret(sealed: str, *, subscription_id: UUID) -> str:
    """The secret. Raises ``SealBroken`` for another subscription's, or changed bytes."""
    return open_text(sealed, purpose=_purpose(subscription_id))


def _purpose(subscription_id: UUID) -> str:
    return f"webhook {subscription_id}"
