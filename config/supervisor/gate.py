"""A gate: children that load their code wait before it until the supervisor opens it."""

import os
import select


class Gate:
    """A pipe that nothing is ever written to. Who reads from it goes on when its other end is closed everywhere.

    A child that inherits `write_fd` holds the gate shut as well, until it closes that or ends.
    """

    def __init__(self) -> None:
        self.read_fd, self.write_fd = os.pipe()
        self._is_open = False

    def open(self) -> None:
        """Let everyone through, now and later."""
        if not self._is_open:
            os.close(self.write_fd)
            self._is_open = True

    def is_passable(self) -> bool:
        """Whether nobody holds it shut any more."""
        return bool(select.select([self.read_fd], [], [], 0)[0])

    def close(self) -> None:
        """Give both ends back."""
        self.open()
        os.close(self.read_fd)


def wait_at_gate(read_fd: int | None) -> None:
    """Wait until the gate is open; without a gate, go on."""
    if read_fd is not None:
        with os.fdopen(read_fd, "rb") as pipe:
            pipe.read()
