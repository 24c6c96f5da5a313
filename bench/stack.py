"""A fresh embedded stack for the benches: PostgreSQL as durable as in production, Valkey, and nothing left afterwards."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from config.embedded import paths
from config.embedded.linux import dying_with
from config.embedded.postgres import Postgres
from config.embedded.valkey import Valkey

START_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class BenchStack:
    """The servers of one run."""

    home: Path
    postgres: Postgres
    valkey: Valkey

    def create_database(self, name: str) -> None:
        with self._admin() as admin:
            admin.execute(f'CREATE DATABASE "{name}"')

    def environment(self, database: str, *, role: str = paths.OWNER_ROLE, process: str = "owner") -> dict[str, str]:
        """The environment of a process of ours that works in ``database``."""
        return os.environ | {
            "COUNTINGHOUSE_MODE": "embedded",
            "COUNTINGHOUSE_PROCESS": process,
            "COUNTINGHOUSE_STATE_DIR": str(self.home),
            "DATABASE_URL": self.postgres.url(role, database),
            "DATABASE_OWNER_URL": self.postgres.url(paths.OWNER_ROLE, database),
            "CELERY_BROKER_URL": self.valkey.broker_url(),
            "CHANNEL_LAYER_URL": self.valkey.channel_layer_url(),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
        }

    def settings(self) -> dict[str, str]:
        """What the server says of the settings that a figure depends on."""
        names = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size")
        with self._admin() as admin:
            return {name: str(admin.execute(f"SHOW {name}").fetchone()[0]) for name in names}

    def _admin(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host=str(self.postgres.socket), user=paths.OWNER_ROLE, dbname="postgres", autocommit=True
        )


@contextlib.contextmanager
def fresh_stack() -> Iterator[BenchStack]:
    """Start the servers on a directory of their own; stop them and remove it at the end."""
    home = Path(tempfile.mkdtemp(prefix="countinghouse-bench-"))
    home.chmod(0o755)
    postgres, valkey = Postgres(home / "pg"), Valkey(home / "vk")
    process: subprocess.Popen[bytes] | None = None
    try:
        postgres.start(preexec_fn=dying_with(os.getpid(), signal.SIGQUIT))
        valkey.prepare()
        process = subprocess.Popen(
            valkey.command(),
            env=valkey.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            preexec_fn=dying_with(os.getpid(), signal.SIGKILL),
            **valkey.identity.popen_arguments(),
        )
        wait_until(valkey.is_ready, "Valkey answers")
        yield BenchStack(home, postgres, valkey)
    finally:
        if process is not None:
            process.terminate()
            process.wait(10)
        postgres.stop()
        shutil.rmtree(home, ignore_errors=True)


def application_environment() -> dict[str, str]:
    """The environment of a process of the product that works in our database with the application's rights."""
    url = os.environ["DATABASE_URL"].replace(f"//{paths.OWNER_ROLE}@", f"//{paths.APP_ROLE}@")
    return os.environ | {"COUNTINGHOUSE_PROCESS": "web", "DATABASE_URL": url}


def wait_until(holds: Callable[[], bool], what: str, *, seconds: float = START_SECONDS) -> None:
    """Wait until ``holds()`` does. Raises after so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.05)
