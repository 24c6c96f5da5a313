"""A PostgreSQL of our own: no TCP, one private unix socket, data that survives every kill.

The process itself is held by whoever starts it (the supervisor, or the test plugin through `start`): this
module knows how to prepare it, what command to run, when it is ready and what has to be in it.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from config.embedded import paths
from config.embedded.binaries import major_version, postgres_bindir
from config.embedded.errors import EmbeddedError
from config.embedded.identity import Identity, service_identity

FIRST_MAJOR_WITH_BUILTIN_LOCALES = 17
_START_LIMIT_S = 60
_STOP_LIMIT_S = 20
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
# A throw-away cluster may forget everything at a crash; nothing else of it differs from the real one.
_THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "5min",
}
_ALWAYS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
    # A refused constraint is daily work, answered by the application; a crash is told by whoever holds the process.
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
    "client_connection_check_interval": "2s",
    "jit": "off",
    "max_wal_size": "2GB",
}
if sys.platform == "linux":
    # Before recovery after a kill: one call for the file system instead of one for each of 1,700 files, 0.5 s instead of 5.
    _ALWAYS["recovery_init_sync_method"] = "syncfs"


_DATABASES = ((paths.APP_ROLE, paths.DATABASE_NAME), (paths.KEYS_ROLE, paths.KEYS_DATABASE_NAME))


class Postgres:
    """One cluster: a data directory, a socket directory, and who runs it."""

    def __init__(self, state: Path, *, durable: bool = True, identity: Identity | None = None) -> None:
        self.identity = identity or service_identity()
        self.state = state
        self.data = state / "postgres"
        self.socket = paths.socket_dir(state, "pg")
        self.durable = durable
        self._bindir: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bindir(self) -> Path:
        """Where its programs are; found once."""
        if self._bindir is None:
            self._bindir = postgres_bindir(self.identity, self.state / "programs")
        return self._bindir

    def url(self, role: str = paths.APP_ROLE, name: str = paths.DATABASE_NAME) -> str:
        """The URL of a database of this cluster for a role."""
        return paths.database_url(self.socket, role, name)

    def prepare(self) -> None:
        """Make directories and data if they are not there, and end a server that a killed run left behind."""
        for directory in (self.state, self.socket):
            paths.make_private_dir(directory, self.identity.file_owner_uid, self.identity.gid)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._refuse_other_version()
        self.end_left_over()

    def command(self) -> list[str]:
        """The command that runs the server in the foreground, for the identity's Popen arguments."""
        values = _ALWAYS | (_DURABLE if self.durable else _THROW_AWAY)
        options = [word for name, value in values.items() for word in ("-c", f"{name}={value}")]
        where: list[str | Path] = [self.bindir / "postgres", "-D", self.data, "-k", self.socket]
        return self.identity.argv([*where, *options])

    def environment(self) -> dict[str, str]:
        """A small environment: no PG* variable of the caller reaches the server."""
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}

    def is_ready(self) -> bool:
        """Whether the server takes connections."""
        try:
            if "ready" not in (self.data / "postmaster.pid").read_text():
                return False
        except OSError:
            return False
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self) -> None:
        """Create the two databases, the house's and that of the vault's keys, each with the role that uses it."""
        with self._connect("postgres") as connection:
            for role, name in _DATABASES:
                if _is_missing(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
                    connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
                if _is_missing(connection, "SELECT 1 FROM pg_database WHERE datname = %s", name):
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            keys, reader = sql.Identifier(paths.KEYS_DATABASE_NAME), sql.Identifier(paths.KEYS_ROLE)
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(keys))
            connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(keys, reader))

    def start(self, preexec_fn: Callable[[], None] | None = None) -> None:
        """Start the server, wait until it is ready and create what belongs in it.

        Tried again for some seconds: after a kill, backends of the dead server may still hold its shared
        memory.
        """
        self.prepare()
        deadline = time.monotonic() + _START_LIMIT_S
        while not self._try_start(preexec_fn):
            if time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL did not start within {_START_LIMIT_S} s; its log: {self.log_tail()}")
            time.sleep(0.3)
        self.create_database()

    def stop(self) -> None:
        """Stop what `start` started: fast, and by force when that takes too long."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)
            process.wait(_STOP_LIMIT_S)

    @property
    def pid(self) -> int | None:
        """The process id of what `start` started."""
        return self._process.pid if self._process else None

    def log_tail(self) -> str:
        """The end of the log that `start` writes."""
        try:
            return (self.state / "postgres.log").read_text(errors="replace")[-1500:]
        except OSError as error:
            return f"(no log: {error})"

    def end_left_over(self) -> None:
        """Stop a server that still runs on our data without its supervisor; drop a stale pid file."""
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return
        if not self._is_our_server(pid):
            pid_file.unlink(missing_ok=True)
            return
        for number in (signal.SIGINT, signal.SIGQUIT):
            os.kill(pid, number)
            if _wait_until(lambda: not self._is_our_server(pid), _STOP_LIMIT_S):
                return
        raise EmbeddedError(f"A PostgreSQL of an earlier run (process {pid}) does not stop. End it, then try again.")

    def _try_start(self, preexec_fn: Callable[[], None] | None) -> bool:
        with (self.state / "postgres.log").open("ab") as log:
            process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=self.environment(),
                start_new_session=True,
                preexec_fn=preexec_fn,
                **self.identity.popen_arguments(),
            )
        self._process = process
        return _wait_until(lambda: process.poll() is not None or self.is_ready(), _START_LIMIT_S) and (
            process.poll() is None
        )

    def _connect(self, name: str) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host=str(self.socket), user=paths.OWNER_ROLE, dbname=name, connect_timeout=5, autocommit=True
        )

    def _initialise(self) -> None:
        """Run initdb beside the data's place and move the result there: a killed one leaves no half data."""
        fresh = self.data.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        paths.make_private_dir(fresh, self.identity.file_owner_uid, self.identity.gid)
        locale = ["--locale=C"]
        if major_version(self.bindir) >= FIRST_MAJOR_WITH_BUILTIN_LOCALES:
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        options = ["--encoding=UTF8", "--auth=trust", "--no-sync", "--no-instructions", *locale]
        done = self.identity.run(
            [self.bindir / "initdb", "-D", fresh, "-U", paths.OWNER_ROLE, *options], env=self.environment()
        )
        if done.returncode != 0:
            raise EmbeddedError(f"initdb failed as {self.identity.name}:\n{done.stdout[-500:]}{done.stderr[-1500:]}")
        fresh.rename(self.data)

    def _refuse_other_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        ours = str(major_version(self.bindir))
        if found != ours:
            raise EmbeddedError(
                f"{self.data} was made by PostgreSQL {found}, and this is PostgreSQL {ours}. Move the directory "
                "away to start anew, or dump and restore it with the other version."
            )

    def _is_our_server(self, pid: int) -> bool:
        words = command_line(pid)
        return bool(words) and Path(words[0]).name == "postgres" and str(self.data) in words


def _is_missing(connection: "psycopg.Connection[tuple[object, ...]]", question: LiteralString, name: str) -> bool:
    return connection.execute(question, [name]).fetchone() is None


def command_line(pid: int) -> list[str]:
    """The words of a running process's command; none when there is no such process or it is a zombie."""
    proc = Path(f"/proc/{pid}")
    if Path("/proc/self").exists():
        try:
            return (proc / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
        except OSError:
            return []
    said = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return said.stdout.split()


def _wait_until(holds: Callable[[], bool], limit_s: float) -> bool:
    deadline = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.03)
    return True
