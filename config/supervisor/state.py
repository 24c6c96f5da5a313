"""The state directory of a running stack: where it is, who holds it, and its secret key."""

import fcntl
import json
import os
import secrets
from pathlib import Path

from config.embedded import paths
from config.embedded.errors import EmbeddedError
from config.embedded.identity import Identity


class AlreadyRunning(EmbeddedError):
    """Another `up` holds the state directory."""


def choose_state_dir(identity: Identity) -> Path:
    """The state directory for this run; outside the checkout when the servers' user cannot get there."""
    if os.environ.get("COUNTINGHOUSE_STATE_DIR"):
        return paths.state_dir()
    in_checkout = paths.BASE_DIR / ".local"
    if identity.uid is None or identity.can_enter(paths.BASE_DIR):
        in_checkout.mkdir(exist_ok=True)
        return in_checkout
    outside = Path("/var/lib") / f"countinghouse-{paths.checkout_hash()}"
    paths.remember_state_dir(outside)
    return outside


class StateLock:
    """Held while the stack runs; the kernel lets it go with us, however we end."""

    def __init__(self, state: Path) -> None:
        self._path = state / "up.lock"
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            said = self._read()
            os.close(self._fd)
            where = f" It listens at {said['address']}." if said.get("address") else ""
            raise AlreadyRunning(
                f"Countinghouse already runs with the state in {state} (process {said.get('pid', 'unknown')}).{where}"
            ) from None
        self.tell(address=None)

    def tell(self, *, address: str | None) -> None:
        """Write who we are and where we listen, for the next one who tries."""
        said = json.dumps({"pid": os.getpid(), "address": address}).encode()
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, said, 0)

    def release(self) -> None:
        """Let the next one in."""
        os.close(self._fd)

    def _read(self) -> dict[str, object]:
        try:
            said = json.loads(os.pread(self._fd, 4_096, 0) or b"{}")
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}


def secret_key(state: Path, identity: Identity) -> str:
    """The key that signs sessions here: made once, readable by the stack's user alone."""
    path = state / "secret-key"
    if not path.exists():
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        identity.owns(fresh)
        fresh.rename(path)
    return path.read_text()
