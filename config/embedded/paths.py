"""Where the embedded stack keeps its things. No Django here: settings and the test plugin read it.

STATE_DIR/postgres    PostgreSQL's data        STATE_DIR/run/pg        its socket
STATE_DIR/valkey      Valkey's log             STATE_DIR/run/valkey    its socket
STATE_DIR/up.lock     held by `manage.py up`   STATE_DIR/beat          beat's schedule
"""

import hashlib
import os
import stat
import tempfile
from pathlib import Path
from urllib.parse import quote

from config.embedded.errors import EmbeddedError

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DATABASE_NAME = "countinghouse"
OWNER_ROLE = "cth_owner"
APP_ROLE = "cth_app"
# The wrapped keys of the vault: a database and a role of their own.
KEYS_DATABASE_NAME = "countinghouse_keys"
KEYS_ROLE = "cth_keys"
# The kernel's limit for the path of a socket is 107 bytes; the longest name we put below the directory is 24.
_LONGEST_SOCKET_DIR_BYTES = 107 - 24
_POINTER = BASE_DIR / ".local" / "state-dir"


def checkout_hash(path: Path = BASE_DIR) -> str:
    """Eight characters that tell one checkout of this machine from another."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:8]


def state_dir() -> Path:
    """The state directory: from the environment, else where the last `up` put it, else .local here."""
    given = os.environ.get("COUNTINGHOUSE_STATE_DIR")
    if given:
        return Path(given).resolve()
    try:
        pointed = Path(_POINTER.read_text().strip())
    except OSError:
        return BASE_DIR / ".local"
    return pointed if pointed.is_absolute() else BASE_DIR / ".local"


def remember_state_dir(path: Path) -> None:
    """Note for later commands that the state lives outside the checkout."""
    _POINTER.parent.mkdir(exist_ok=True)
    _POINTER.write_text(f"{path}\n")


def socket_dir(state: Path, server: str) -> Path:
    """The directory of a server's socket; one in the temp directory when the state's path is too long."""
    wanted = state / "run" / server
    if len(os.fsencode(wanted)) <= _LONGEST_SOCKET_DIR_BYTES:
        return wanted
    return Path(tempfile.gettempdir()) / f"countinghouse-{checkout_hash(state)}-{server}"


def make_private_dir(path: Path, owner_uid: int, owner_gid: int | None = None) -> Path:
    """Create a directory of mode 0700 for the owner. Refused when a link or somebody else's is there."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise EmbeddedError(f"{path} is not a directory.")
    if os.getuid() == 0 and found.st_uid in {0, owner_uid}:
        os.chown(path, owner_uid, -1 if owner_gid is None else owner_gid)
    elif found.st_uid != owner_uid:
        raise EmbeddedError(f"{path} belongs to the user id {found.st_uid}: it is not ours to use.")
    path.chmod(0o700)
    return path


def database_url(socket: Path, role: str = APP_ROLE, name: str = DATABASE_NAME) -> str:
    """The URL of a database behind a unix socket, in the spelling that the settings' parser understands."""
    return f"postgres://{role}@/{quote(str(socket))}/{name}"


def broker_url(socket: Path) -> str:
    """Celery's URL of database 0 behind Valkey's socket."""
    return f"redis+socket://{quote(str(socket))}?virtual_host=0"


def channel_layer_url(socket: Path) -> str:
    """The channel layer's URL: database 1 behind the same socket."""
    return f"unix://{quote(str(socket))}?db=1"
