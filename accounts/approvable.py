"""The actions that may need other people's approval: each app registers its own as it gets ready, and there is no other road to
their effect than ``carry_out`` and ``decide_approval``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core.operations.record_audit import Actor

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Execution:
    """The moment of doing it: what was asked, by whom, and who approved. ``approval_id`` is none where the policy asks nobody."""

    approval_id: UUID | None
    payload: Payload
    requester: Actor
    approvers: tuple[UUID, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Description:
    """A wish in words: a title, what changes as (field, before, after), and what it will do."""

    title: str
    changes: Sequence[tuple[str, str | None, str | None]]
    effect: str


@dataclass(frozen=True, slots=True)
class Ending:
    """A request that came to nothing: REJECTED, CANCELLED, EXPIRED, or FAILED with the ``code`` of what refused it.

    ``actor`` ended it: who rejected or took it back, the asker whose wish failed, the house where time did.
    """

    approval_id: UUID
    payload: Payload
    status: str
    code: str
    actor: Actor
    at: datetime


Execute = Callable[[Execution], dict[str, str]]
End = Callable[[Ending], None]
Describe = Callable[[Payload], Description]


@dataclass(frozen=True, slots=True)
class Action:
    """An action under policy. ``is_alone``: it is decided one by one, never in bulk."""

    code: str
    execute: Execute
    describe: Describe
    is_alone: bool
    end: End | None = None


_actions: dict[str, Action] = {}


def register_action(
    code: str, *, execute: Execute, describe: Describe, is_alone: bool = False, end: End | None = None
) -> None:
    """Tell how the action ``code`` is done and said.

    ``execute`` runs inside the deciding transaction and may raise ``Refusal``: then nothing of it is kept. ``describe`` is asked
    when the wish is made and whenever it is shown; at the door it may refuse a payload that makes no sense. ``end`` is told,
    in the transaction that ends it, of a request that came to nothing, so that what waits for it waits no longer. Two
    registrations of one code are a bug.
    """
    if code in _actions:
        raise ValueError(f"the action {code} is registered twice")
    _actions[code] = Action(code, execute, describe, is_alone, end)


def get_action(code: str) -> Action:
    """The action; raises ``LookupError`` for one that nobody registered, which is a bug."""
    return _actions[code]


def known_actions() -> tuple[str, ...]:
    """The codes of all registered actions, sorted."""
    return tuple(sorted(_actions))
