"""A Valkey of our own: Celery's broker (database 0) and the channel layer (database 1) on one unix socket."""

import os
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.embedded import paths
from config.embedded.binaries import valkey_server
from config.embedded.identity import Identity, service_identity

_MAX_MEMORY = "256mb"


class Valkey:
    """One server: a directory for its log of commands, a socket, and who runs it."""

    def __init__(self, state: Path, *, identity: Identity | None = None) -> None:
        self.identity = identity or service_identity()
        self.state = state
        self.data = state / "valkey"
        self.socket = paths.socket_dir(state, "valkey") / "valkey.sock"
        self._server: Path | None = None

    def prepare(self) -> None:
        """Make its directories and remove a socket that nobody listens on."""
        for directory in (self.state, self.data, self.socket.parent):
            paths.make_private_dir(directory, self.identity.file_owner_uid, self.identity.gid)
        self._server = valkey_server(self.identity, self.state / "programs")
        # We hold the lock of the state directory: whoever answers is left over from a killed run.
        if self.is_ready():
            with self._client() as client:
                client.shutdown(save=False)
        self.socket.unlink(missing_ok=True)

    def command(self) -> list[str]:
        """The command that runs the server in the foreground.

        Everything is appended to a file (a second of messages may go at a crash, which the sweeps make
        harmless), and no message is ever evicted: a full memory refuses instead.
        """
        options: dict[str, str | Path] = {
            "--port": "0",
            "--unixsocket": self.socket,
            "--unixsocketperm": "700",
            "--dir": self.data,
            "--appendonly": "yes",
            "--appendfsync": "everysec",
            "--aof-load-truncated": "yes",
            "--save": "",
            "--maxmemory": _MAX_MEMORY,
            "--maxmemory-policy": "noeviction",
            "--daemonize": "no",
            "--loglevel": "warning",
        }
        if self._server is None:
            self._server = valkey_server(self.identity, self.state / "programs")
        return self.identity.argv([self._server, *(word for pair in options.items() for word in pair)])

    def environment(self) -> dict[str, str]:
        """A small environment."""
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "HOME": "/"}

    def is_ready(self) -> bool:
        """Whether the server answers."""
        try:
            with self._client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _client(self) -> redis.Redis:
        # Without the library's own retries: who asks whether a server is there wants the answer now.
        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2, retry=Retry(NoBackoff(), 0))

    def broker_url(self) -> str:
        """Celery's URL."""
        return paths.broker_url(self.socket)

    def channel_layer_url(self) -> str:
        """The channel layer's URL."""
        return paths.channel_layer_url(self.socket)
