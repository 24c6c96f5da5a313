"""What a sealed message makes known to whom. Each app says what its kind of message means; core imports none of them.

A matcher's batch is one message of the firm's stream. What it means for each client (orders, executions, balances) is written by
the relay when it seals that message, in the same transaction: so it is told exactly once, and the matcher writes nothing for it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message of the outbox that is being sealed."""

    id: int
    entity_id: UUID | None
    channel: str
    topic: str
    subject_type: str
    subject_id: UUID
    payload: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Telling:
    """A SELECT whose rows are messages of clients' streams, with its parameters.

    Its columns: entity_id, channel, topic, subject_type, subject_id, payload (jsonb), occurred_at, and place, the order within an
    entity's stream.
    """

    select: str
    parameters: Sequence[Any]


Expander = Callable[[Sequence[Waiting]], Sequence[Telling]]

_facts: dict[str, tuple[Expander, Callable[[Waiting], int]]] = {}
_states: list[Expander] = []


def register_facts(topic: str, expander: Expander, *, weigh: Callable[[Waiting], int]) -> None:
    """``expander`` says what messages of ``topic`` tell clients; ``weigh``, about how many messages one of them becomes."""
    _facts[topic] = (expander, weigh)


def register_states(expander: Expander) -> None:
    """``expander`` says which states are told anew after all messages of a sealing, as they are then."""
    if expander not in _states:
        _states.append(expander)


def weigh(message: Waiting) -> int:
    """About how many messages for clients this one becomes; 0 where it means nothing but itself."""
    known = _facts.get(message.topic)
    return known[1](message) if known else 0


def list_tellings(messages: Sequence[Waiting]) -> list[Telling]:
    """What these messages tell clients: facts in the order of the messages, then states."""
    tellings: list[Telling] = []
    for topic, (expander, _) in _facts.items():
        known = [message for message in messages if message.topic == topic]
        if known:
            tellings.extend(expander(known))
    for expander in _states:
        tellings.extend(expander(messages))
    return tellings
