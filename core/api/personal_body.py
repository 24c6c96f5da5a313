"""Bodies that tell of persons: what is kept of them is that a value was the same or another, never the value."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from core.api.strict_json import pointer_to

SHOWN = "[personal]"
_MARK = "hmac-sha256:"


@dataclass(frozen=True, slots=True)
class Personal:
    """Which parts of a body are personal, and the keyed hash that stands for them.

    ``pointers`` are JSON pointers in which ``*`` stands for any one name or position: ``/details/*``. ``keyed_hash`` turns a text
    into a hash under a secret key: an ordinary hash of a birth date or a name is guessed in seconds.
    """

    pointers: Sequence[str]
    keyed_hash: Callable[[str], str]

    def hide(self, body: Any, pointer: str = "") -> Any:
        """The body with the hash of each personal part in its place; a part that is null stays null."""
        if self._names(pointer):
            written = json.dumps(body, sort_keys=True)
            return None if body is None else f"{_MARK}{self.keyed_hash(f'{pointer} {written}')}"
        if isinstance(body, dict):
            return {name: self.hide(value, pointer_to(pointer, name)) for name, value in body.items()}
        if isinstance(body, list):
            return [self.hide(value, f"{pointer}/{position}") for position, value in enumerate(body)]
        return body

    def has_part(self, pointer: str) -> bool:
        """Whether the part at ``pointer`` is personal, or has a personal part."""
        return any(_agree(pattern.split("/"), pointer.split("/")) for pattern in self.pointers)

    def _names(self, pointer: str) -> bool:
        return any(
            len(pattern.split("/")) == len(pointer.split("/")) and _agree(pattern.split("/"), pointer.split("/"))
            for pattern in self.pointers
        )


def _agree(pattern: Sequence[str], words: Sequence[str]) -> bool:
    """Whether one of the two leads to the other."""
    return all(wanted in ("*", word) for wanted, word in zip(pattern, words, strict=False))


NOTHING_PERSONAL = Personal((), lambda text: text)
