"""The embedded servers: they run as somebody harmless, keep what they acknowledged, and come back after a kill."""

import os
import pwd
import signal
import stat
import subprocess
import time
from pathlib import Path

import psycopg
import pytest
import redis

from config.embedded import binaries, paths
from config.embedded.errors import EmbeddedError
from config.embedded.identity import current_identity, service_identity
from config.embedded.linux import dying_with
from config.embedded.postgres import Postgres, command_line
from config.embedded.valkey import Valkey
from config.supervisor.state import AlreadyRunning, StateLock, secret_key
from tests.config.places import open_place


@pytest.fixture
def state():
    with open_place() as place:
        yield place / "state"


@pytest.fixture
def postgres(state):
    postgres = Postgres(state)
    postgres.start(preexec_fn=dying_with(os.getpid(), signal.SIGQUIT))
    yield postgres
    postgres.stop()


def connect(postgres: Postgres, role: str = paths.OWNER_ROLE):
    return psycopg.connect(host=str(postgres.socket), user=role, dbname=paths.DATABASE_NAME, autocommit=True)


def setting(connection, name: str) -> str:
    return connection.execute("SELECT current_setting(%s)", [name]).fetchone()[0]


def test_a_new_cluster_is_durable_private_and_in_utc(postgres):
    with connect(postgres) as connection:
        assert setting(connection, "fsync") == "on"
        assert setting(connection, "synchronous_commit") == "on"
        assert setting(connection, "full_page_writes") == "on"
        assert setting(connection, "TimeZone") == "UTC"
        assert setting(connection, "server_encoding") == "UTF8"
        assert setting(connection, "listen_addresses") == ""
    assert stat.S_IMODE(postgres.socket.stat().st_mode) == 0o700
    # The application's role is no owner: it cannot make a table.
    with connect(postgres, paths.APP_ROLE) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE mine (id int)")


def test_the_server_never_runs_as_root(postgres):
    uid = Path(f"/proc/{postgres.pid}").stat().st_uid
    expected = pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else os.getuid()
    assert uid == expected
    assert postgres.data.stat().st_uid == expected


def test_a_killed_server_comes_back_with_every_acknowledged_row(postgres):
    with connect(postgres) as connection:
        connection.execute("CREATE TABLE kept (id int)")
        for number in range(200):
            connection.execute("INSERT INTO kept VALUES (%s)", [number])
        os.kill(postgres.pid, signal.SIGKILL)
    began = time.monotonic()
    postgres.start(preexec_fn=dying_with(os.getpid(), signal.SIGQUIT))
    assert time.monotonic() - began < 10
    with connect(postgres) as connection:
        assert connection.execute("SELECT count(*), min(id), max(id) FROM kept").fetchone() == (200, 0, 199)


def test_a_server_that_a_killed_run_left_behind_is_stopped_first(postgres, state):
    left = postgres.pid
    second = Postgres(state)
    second.start(preexec_fn=dying_with(os.getpid(), signal.SIGQUIT))
    try:
        assert second.pid != left
        assert postgres._process.wait(10) == 0
        assert command_line(left) == []
    finally:
        second.stop()


def test_a_pid_file_that_names_another_program_is_dropped(postgres, state):
    postgres.stop()
    (postgres.data / "postmaster.pid").write_text(f"{os.getpid()}\n")
    postgres.start(preexec_fn=dying_with(os.getpid(), signal.SIGQUIT))
    with connect(postgres) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_data_of_another_version_is_refused_and_left_alone(postgres):
    postgres.stop()
    version = postgres.data / "PG_VERSION"
    version.write_text("14\n")
    with pytest.raises(EmbeddedError, match="was made by PostgreSQL 14"):
        postgres.prepare()
    assert version.read_text() == "14\n"


def test_a_named_bin_directory_without_postgres_is_refused(state, monkeypatch):
    monkeypatch.setenv("EMBEDDED_PG_BINDIR", "/nowhere")
    with pytest.raises(EmbeddedError, match="EMBEDDED_PG_BINDIR is /nowhere"):
        binaries.postgres_bindir(service_identity(), state / "programs")


def test_a_copied_tree_can_be_read_and_run_by_everyone(state):
    with open_place() as closed:
        (closed / "bin").mkdir(mode=0o700)
        (closed / "bin" / "program").write_text("#!/bin/sh\nexit 0\n")
        (closed / "bin" / "program").chmod(0o700)
        (closed / "bin" / "data").write_text("data")
        (closed / "bin" / "data").chmod(0o600)
        binaries._copy_tree(closed, state / "programs" / "copy")
    copy = state / "programs" / "copy" / "bin"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o755
    assert stat.S_IMODE((copy / "program").stat().st_mode) == 0o755
    assert stat.S_IMODE((copy / "data").stat().st_mode) == 0o644
    assert service_identity().can_run([copy / "program"])


def test_a_long_path_moves_the_socket_and_every_path_stays_below_the_kernels_limit():
    short = Path("/srv/house")
    assert paths.socket_dir(short, "pg") == short / "run" / "pg"
    for length in range(60, 200):
        directory = paths.socket_dir(Path("/" + "x" * length), "valkey")
        assert len(os.fsencode(directory / ".s.PGSQL.5432.lock.xxxx")) <= 107


def test_a_directory_that_somebody_else_made_is_refused():
    with open_place() as place:
        (place / "link").symlink_to(place)
        with pytest.raises(EmbeddedError, match="is not a directory"):
            paths.make_private_dir(place / "link", os.getuid())
        if os.getuid() == 0:
            (place / "theirs").mkdir()
            os.chown(place / "theirs", 12_345, 12_345)
            with pytest.raises(EmbeddedError, match="belongs to the user id 12345"):
                paths.make_private_dir(place / "theirs", service_identity().file_owner_uid)


def test_valkey_refuses_to_forget_and_keeps_its_queue_through_a_kill(state):
    valkey = Valkey(state)

    def start():
        valkey.prepare()
        process = subprocess.Popen(
            valkey.command(),
            stdout=subprocess.DEVNULL,
            preexec_fn=dying_with(os.getpid(), signal.SIGKILL),
            **valkey.identity.popen_arguments(),
        )
        deadline = time.monotonic() + 10
        while not valkey.is_ready():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return process

    process = start()
    with redis.Redis(unix_socket_path=str(valkey.socket)) as client:
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        client.rpush("queue", "doorbell")
        # The log is written once a second.
        time.sleep(1.2)
    process.kill()
    process.wait()
    process = start()
    with redis.Redis(unix_socket_path=str(valkey.socket)) as client:
        assert client.lrange("queue", 0, -1) == [b"doorbell"]
    process.terminate()
    assert process.wait(10) == 0


def test_the_second_up_is_told_where_the_first_one_listens(tmp_path):
    first = StateLock(tmp_path)
    first.tell(address="http://localhost:8000/ops/")
    with pytest.raises(AlreadyRunning, match=rf"process {os.getpid()}\). It listens at http://localhost:8000/ops/"):
        StateLock(tmp_path)
    first.release()
    StateLock(tmp_path).release()


def test_the_secret_key_is_made_once_and_is_private(tmp_path):
    key = secret_key(tmp_path, current_identity())
    assert len(key) >= 50
    assert secret_key(tmp_path, current_identity()) == key
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600
