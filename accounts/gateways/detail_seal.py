"""How one detail of one subject is sealed: bound to whose it is, which field and which version. None stands for another."""

from dataclasses import dataclass
from uuid import UUID

from accounts.gateways.key_ring import installed_ring
from accounts.gateways.key_store import seal, unseal


@dataclass(frozen=True, slots=True)
class Place:
    """Where a detail belongs."""

    subject_id: UUID
    field: str
    record_version: int

    def bound_to(self) -> bytes:
        """The associated data of its seal."""
        return b"\0".join((b"detail", self.subject_id.bytes, self.field.encode(), str(self.record_version).encode()))


def seal_detail(key: bytes, place: Place, text: str) -> tuple[bytes, bytes]:
    """Nonce and ciphertext."""
    return seal(key, text.encode(), bound_to=place.bound_to())


def open_detail(key: bytes, place: Place, nonce: bytes, ciphertext: bytes) -> str:
    """The text. Raises ``SealBroken`` for what was sealed with another key, for another place, or was changed since."""
    return unseal(key, nonce, ciphertext, bound_to=place.bound_to()).decode()


def blind_index(field: str, looked_up: str) -> bytes:
    """32 bytes that stand for a value in its look-up form, the same wherever it stands."""
    return installed_ring().index_hash(f"index {field}", looked_up)


def personal_hash(text: str) -> str:
    """Hexadecimal: what stands for a personal value in the record of a request, so that another value still differs."""
    return installed_ring().index_hash("request", text).hex()
