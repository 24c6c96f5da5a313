"""Which balances a message moved: each app says it for its own messages. The balances are told as they stand at the sealing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.telling import Waiting


@dataclass(frozen=True, slots=True)
class Moved:
    """A SELECT of (profile_id, asset_id) with its parameters: whose balance, or hold, in what may have changed."""

    select: str
    parameters: Sequence[Any]


Mover = Callable[[Sequence[Waiting]], Moved | None]

_movers: list[Mover] = []


def register_mover(mover: Mover) -> None:
    """``mover`` answers what a sealing's messages moved, None where nothing."""
    if mover not in _movers:
        _movers.append(mover)


def list_moved(messages: Sequence[Waiting]) -> list[Moved]:
    """What these messages moved."""
    return [moved for mover in _movers if (moved := mover(messages)) is not None]
