"""Who the servers run as.

PostgreSQL refuses to run as root, and nothing of ours needs root. Started by an ordinary user, everything
runs as that user. Started by root, the servers run as `nobody`: by setuid, or, where a container refuses
that, inside a user namespace that maps root to nobody.
"""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from config.embedded.errors import EmbeddedError

_TRIAL_TIMEOUT_S = 20


@dataclass(frozen=True)
class Identity:
    """One way to start a process as somebody. `uid` is None when no change of user takes place."""

    name: str
    uid: int | None = None
    gid: int | None = None
    prefix: tuple[str, ...] = ()

    def argv(self, argv: Sequence[str | Path]) -> list[str]:
        """The command as it has to be started."""
        return [*self.prefix, *(str(word) for word in argv)]

    def popen_arguments(self) -> dict[str, Any]:
        """The keyword arguments for `subprocess` that make the change of user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def run(self, argv: Sequence[str | Path], **options: Any) -> "subprocess.CompletedProcess[str]":
        """Run a short command as this identity and return what it said."""
        arguments: dict[str, Any] = {"capture_output": True, "text": True, "cwd": "/", "timeout": 60}
        return subprocess.run(self.argv(argv), **(arguments | self.popen_arguments() | options))

    def can_run(self, argv: Sequence[str | Path]) -> bool:
        """Whether this identity can execute the command: asked by doing it, not by reading mode bits."""
        try:
            return self.run(argv, timeout=_TRIAL_TIMEOUT_S).returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            return False

    def can_enter(self, directory: Path) -> bool:
        """Whether this identity can walk into the directory."""
        return self.can_run(["/bin/sh", "-c", 'cd "$1" && [ -x . ]', "sh", directory])

    def owns(self, path: Path) -> None:
        """Give a file or directory to this identity; nothing happens when no change of user takes place."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    @property
    def file_owner_uid(self) -> int:
        """The user id that files of this identity have, seen from here."""
        return os.getuid() if self.uid is None else self.uid


def current_identity() -> Identity:
    """Ourselves. Refused for a user id without a passwd entry: PostgreSQL's initdb cannot run as one."""
    try:
        return Identity(name=pwd.getpwuid(os.getuid()).pw_name)
    except KeyError:
        raise EmbeddedError(
            f"The user id {os.getuid()} has no entry in /etc/passwd, and the embedded PostgreSQL needs one. "
            "Run as a named user, or give DATABASE_URL."
        ) from None


@lru_cache(maxsize=1)
def service_identity() -> Identity:
    """Who the servers run as: ourselves, or nobody when we are root."""
    if os.getuid() != 0:
        return current_identity()
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError("There is no user `nobody` to run PostgreSQL as. Run as an ordinary user.") from None
    by_setuid = Identity(name="nobody", uid=nobody.pw_uid, gid=nobody.pw_gid)
    if by_setuid.can_run(["/bin/true"]):
        return by_setuid
    mapping = (f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}")
    by_namespace = Identity(name="nobody (user namespace)", prefix=("unshare", "--user", *mapping, "--"))
    if by_namespace.can_run(["/bin/true"]):
        return by_namespace
    raise EmbeddedError(
        "PostgreSQL refuses to run as root, and this machine lets root become nobody neither by setuid nor "
        "in a user namespace. Run as an ordinary user, or give DATABASE_URL."
    )
