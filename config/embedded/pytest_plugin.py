"""A throw-away PostgreSQL for the tests, started before Django's settings are read.

Loaded with `-p config.embedded.pytest_plugin`. A DATABASE_URL in the environment is used instead, which is
also how the workers of a parallel run find the cluster that the first process started.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from config.embedded import paths
from config.embedded.linux import dying_with
from config.embedded.postgres import Postgres

_PREFIX = "countinghouse-test-"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Start the cluster, point the settings at it, and have it removed at the end."""
    os.environ["COUNTINGHOUSE_MODE"] = "test"
    if not os.environ.get("DATABASE_URL"):
        _start(early_config)
    yield


def _start(early_config: pytest.Config) -> None:
    _remove_what_killed_runs_left()
    home = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    early_config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    postgres = Postgres(home / "cluster", durable=False)
    # The directory itself has to let the server's user through, and nobody else in.
    postgres.identity.owns(home)
    early_config.add_cleanup(postgres.stop)
    postgres.start(preexec_fn=dying_with(os.getpid(), signal.SIGQUIT))
    os.environ["DATABASE_URL"] = postgres.url(paths.OWNER_ROLE)
    os.environ["COUNTINGHOUSE_KEYS_DATABASE_URL"] = postgres.url(paths.KEYS_ROLE, paths.KEYS_DATABASE_NAME)
    os.environ["COUNTINGHOUSE_KEYS_OWNER_URL"] = postgres.url(paths.OWNER_ROLE, paths.KEYS_DATABASE_NAME)
    os.environ["COUNTINGHOUSE_STATE_DIR"] = str(home / "state")


def _remove_what_killed_runs_left() -> None:
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        pid = left.name.removeprefix(_PREFIX).split("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists():
            shutil.rmtree(left, ignore_errors=True)
