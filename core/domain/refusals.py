"""The two families of answers that say no. Everything else that is raised is a bug.

A ``Refusal`` means that the state of the house, or the request itself, does not allow what was asked; ``NotFound`` that
there is no such thing for this asker: another tenant's thing is not found either, with the same words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one part of a request: a JSON pointer, a stable code, a sentence."""

    pointer: str
    code: str
    detail: str


class Refusal(Exception):
    """The answer is no, for a reason that has a stable machine ``code`` and typed ``meta``."""

    default_status = 422

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        meta: Mapping[str, Any] | None = None,
        errors: Sequence[FieldError] = (),
        status: int | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.meta: dict[str, Any] = dict(meta or {})
        self.errors: tuple[FieldError, ...] = tuple(errors)
        self.status = status or self.default_status


class NotFound(Refusal):
    """There is no such thing for this asker."""

    default_status = 404

    def __init__(self, noun: str) -> None:
        super().__init__("NOT_FOUND", f"There is no such {noun}.")
