"""A gate: children that load their code wait before it until the supervisor opens it."""

import os


class Gate:
    """A pipe that nothing is ever written to. Who reads from it goes on when its other end is closed."""

    def __init__(self) -> None:
        self.read_fd, self._write_fd = os.pipe()
        self._is_open = False

    def open(self) -> None:
        """Let everyone through, now and later."""
        if not self._is_open:
            os.close(self._write_fd)
            self._is_open = True

    def close(self) -> None:
        """Give both ends back."""
        self.open()
        os.close(self.read_fd)


def wait_at_gate(read_fd: int | None) -> None:
    """Wait until the gate is open; without a gate, go on."""
    if read_fd is not None:
        with os.fdopen(read_fd, "rb") as pipe:
            pipe.read()
