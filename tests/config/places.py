"""Directories for servers that run as another user: pytest's own are closed to nobody."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def open_place() -> Iterator[Path]:
    """A directory that every user can walk through, removed at the end."""
    place = Path(tempfile.mkdtemp(prefix="cth-place-"))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def processes_naming(text: str) -> list[str]:
    """The command lines of running processes that have the text in them."""
    found = []
    for proc in Path("/proc").iterdir():
        if proc.name.isdigit():
            try:
                words = (proc / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ").strip()
                environment = (proc / "environ").read_bytes().decode(errors="replace")
            except OSError:
                # Ended while we looked, or somebody else's.
                continue
            if text in words or text in environment:
                found.append(f"{proc.name} {words}")
    return found
