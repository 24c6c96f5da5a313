"""The stack: which processes there are, with which environment, as whom, and in which order they stop."""

import os
import signal
import sys
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from config.embedded import paths
from config.embedded.identity import Identity, current_identity
from config.embedded.postgres import Postgres
from config.embedded.valkey import Valkey
from config.supervisor.child import ChildSpec
from config.supervisor.gate import Gate
from config.supervisor.state import secret_key

_WEB_RANK, _RELAY_RANK, _WORKER_RANK, _VALKEY_RANK, _POSTGRES_RANK = range(5)
_APPS = ("config", "compliance", "trading", "settlement", "accounts", "core")
_PROBE_TIMEOUT_S = 0.5
_WORKER_STOP_S = 15.0


@dataclass
class Stack:
    """Builds the specification of each process. `servers` run PostgreSQL and Valkey, `people` everything in Python."""

    state: Path
    servers: Identity
    people: Identity = field(init=False)
    postgres: Postgres | None = field(init=False)
    valkey: Valkey | None = field(init=False)
    _env: dict[str, str] = field(init=False)
    _owner_url: str = field(init=False)

    def __post_init__(self) -> None:
        paths.make_private_dir(self.state, self.servers.file_owner_uid, self.servers.gid)
        self.people = _python_identity(self.servers)
        given = os.environ
        self.postgres = None if given.get("DATABASE_URL") else Postgres(self.state, identity=self.servers)
        both_given = given.get("CELERY_BROKER_URL") and given.get("CHANNEL_LAYER_URL")
        self.valkey = None if both_given else Valkey(self.state, identity=self.servers)
        self._env = self._environment()
        self._owner_url = (
            self.postgres.url(paths.OWNER_ROLE)
            if self.postgres
            else given.get("DATABASE_OWNER_URL") or given["DATABASE_URL"]
        )
        for name in ("beat", "reports", "keys"):
            paths.make_private_dir(self.state / name, self.people.file_owner_uid, self.people.gid)

    def postgres_spec(self, postgres: Postgres) -> ChildSpec:
        """PostgreSQL; whoever kills the supervisor makes it stop fast and in order."""
        return ChildSpec(
            name="postgres",
            argv=postgres.command(),
            env=postgres.environment(),
            identity=postgres.identity,
            stop_signal=signal.SIGINT,
            stop_limit_s=20.0,
            orphan_signal=signal.SIGINT,
            stop_rank=_POSTGRES_RANK,
            prepare=postgres.prepare,
            is_ready=postgres.is_ready,
        )

    def valkey_spec(self, valkey: Valkey) -> ChildSpec:
        """Valkey."""
        return ChildSpec(
            name="valkey",
            argv=valkey.command(),
            env=valkey.environment(),
            identity=valkey.identity,
            stop_rank=_VALKEY_RANK,
            prepare=valkey.prepare,
            is_ready=valkey.is_ready,
        )

    def prepare_spec(self, gate: Gate, opens: Gate, *, demo: bool) -> ChildSpec:
        """Migrations, rights and the demo world: runs once, as the owner of the database, when the gate is open.

        It opens the second gate when the tables are there, before it makes the demo world.
        """
        words = ["manage.py", "prepare_house", "--gate", str(gate.read_fd), "--opens", str(opens.write_fd)]
        words += ["--demo"] if demo else []
        env = {"DATABASE_OWNER_URL": self._owner_url}
        if self.postgres:
            env["COUNTINGHOUSE_KEYS_OWNER_URL"] = self.postgres.url(paths.OWNER_ROLE, paths.KEYS_DATABASE_NAME)
        return self._python("prepare", words, process="owner", env=env, pass_fds=(gate.read_fd, opens.write_fd))

    def web_spec(self, fd: int, address: str, gate: Gate) -> ChildSpec:
        """The web process on the listening socket `fd`, behind a gate; ready when it answers over HTTP."""
        return self._python(
            "web",
            ["-m", "config.serve", "--fd", str(fd), "--gate", str(gate.read_fd)],
            process="web",
            pass_fds=(fd, gate.read_fd),
            is_ready=lambda: _answers(f"{address}/healthz"),
        )

    def worker_spec(self, name: str, queues: str) -> ChildSpec:
        """A Celery worker with one pool process. Its node name is new at each start of the stack."""
        words = ["-m", "celery", "-A", "config.celery", "-q", "worker", "-Q", queues, "-c", "1", "-P", "prefork"]
        words += ["-n", f"{name}-{os.getpid()}@%h", "-O", "fair", "--without-gossip", "--without-mingle"]
        words += ["--loglevel", "WARNING"]
        return self._python(name, words, process=name, stop_rank=_WORKER_RANK, stop_limit_s=_WORKER_STOP_S)

    def beat_spec(self) -> ChildSpec:
        """Celery's clock; its schedule file lives in the state directory."""
        words = ["-m", "celery", "-A", "config.celery", "-q", "beat", "--loglevel", "WARNING"]
        words += ["--schedule", str(self.state / "beat" / "schedule")]
        return self._python("beat", words, process="beat", stop_rank=_RELAY_RANK)

    def command_spec(self, name: str, words: list[str], stop_rank: int = _RELAY_RANK) -> ChildSpec | None:
        """A long-running management command; None when there is no such command."""
        if not _is_command(words[0]):
            return None
        return self._python(name, ["manage.py", *words], process=name, stop_rank=stop_rank)

    def flow_spec(self, rate: float, address: str) -> ChildSpec | None:
        """The demo's simulated clients, who trade over the REST API."""
        words = ["demo_flow", "--rate", f"{rate:g}", "--base-url", address]
        return self.command_spec("flow", words, stop_rank=_WEB_RANK)

    def _python(self, name: str, words: list[str], *, process: str, **options: object) -> ChildSpec:
        env = self._env | {"COUNTINGHOUSE_PROCESS": process} | dict(options.pop("env", {}))  # type: ignore[call-overload]
        return ChildSpec(
            name=name,
            argv=[sys.executable, *words],
            env=env,
            identity=self.people,
            cwd=str(paths.BASE_DIR),
            orphan_signal=signal.SIGKILL,
            **options,  # type: ignore[arg-type]
        )

    def _environment(self) -> dict[str, str]:
        env = dict(os.environ)
        env["COUNTINGHOUSE_STATE_DIR"] = str(self.state)
        env.setdefault("COUNTINGHOUSE_SECRET_KEY", secret_key(self.state, self.servers))
        env["PYTHONUNBUFFERED"] = "1"
        if self.people.uid is not None:
            env["HOME"] = str(self.state)
            env["PYTHONDONTWRITEBYTECODE"] = "1"
        elif os.getuid() == 0:
            # Said once by us, instead of by every worker.
            env["PYTHONWARNINGS"] = "ignore:You're running the worker"
        if self.postgres:
            env["DATABASE_URL"] = self.postgres.url()
            env.setdefault(
                "COUNTINGHOUSE_KEYS_DATABASE_URL", self.postgres.url(paths.KEYS_ROLE, paths.KEYS_DATABASE_NAME)
            )
        if self.valkey:
            env.setdefault("CELERY_BROKER_URL", self.valkey.broker_url())
            env.setdefault("CHANNEL_LAYER_URL", self.valkey.channel_layer_url())
        return env


def _is_command(name: str) -> bool:
    """Whether one of our apps has a management command of this name; asked without loading the apps."""
    return any((paths.BASE_DIR / app / "management" / "commands" / f"{name}.py").exists() for app in _APPS)


def _python_identity(servers: Identity) -> Identity:
    """Who Python runs as: the servers' user, if it can reach the virtual environment and the code."""
    if servers.uid is None:
        return current_identity()
    trial = "import sys; sys.path.insert(0, sys.argv[1]); import django, psycopg, config.embedded.paths"
    return servers if servers.can_run([sys.executable, "-c", trial, paths.BASE_DIR]) else current_identity()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=_PROBE_TIMEOUT_S) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False
