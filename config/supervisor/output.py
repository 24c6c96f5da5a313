"""The children's output on one terminal: each line with the name of its process, coloured when a person looks on."""

import sys
from typing import IO

_COLOURS = (36, 35, 34, 33, 32, 96, 95, 94, 93, 92)
_LONGEST_LINE_BYTES = 8_192


class Output:
    """Collects bytes by process and prints whole lines with a prefix."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream or sys.stdout
        self._is_coloured = self._stream.isatty()
        self._partial: dict[str, bytes] = {}
        self._colour: dict[str, int] = {}

    def feed(self, name: str, data: bytes) -> list[str]:
        """Take output of a process, print its whole lines and return them."""
        buffered = self._partial.pop(name, b"") + data
        *whole, rest = buffered.split(b"\n")
        if len(rest) > _LONGEST_LINE_BYTES:
            whole, rest = [*whole, rest], b""
        if rest:
            self._partial[name] = rest
        lines = [line.decode(errors="replace").rstrip() for line in whole]
        for line in lines:
            self.say(name, line)
        return lines

    def flush(self, name: str) -> None:
        """Print what a dead process left without a line's end."""
        rest = self._partial.pop(name, b"")
        if rest:
            self.say(name, rest.decode(errors="replace").rstrip())

    def say(self, name: str, line: str) -> None:
        """Print one line with its prefix. A closed terminal is no reason to stop what runs."""
        prefix = f"{name:<9}|"
        if self._is_coloured:
            colour = self._colour.setdefault(name, _COLOURS[len(self._colour) % len(_COLOURS)])
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        self.write(f"{prefix} {line}\n")

    def write(self, text: str) -> None:
        """Print text as it is."""
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            # The terminal is gone: the signal that tells us so is on its way.
            self._partial.clear()
