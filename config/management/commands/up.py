"""`manage.py up`: the whole of Countinghouse on this machine, until Ctrl-C."""

import contextlib
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.embedded.errors import EmbeddedError
from config.embedded.identity import service_identity
from config.supervisor.gate import Gate
from config.supervisor.stack import Stack
from config.supervisor.state import StateLock, choose_state_dir
from config.supervisor.supervisor import GivingUp, Stopping, Supervisor
from config.supervisor.welcome import welcome

_FIRST_PORT = 8000
_PORTS_TRIED = 50
_SERVER_LIMIT_S = 60.0
_WEB_LIMIT_S = 60.0


class Command(BaseCommand):
    """Starts PostgreSQL, Valkey, web, workers, beat, relay and the demo flow, and keeps them running."""

    help = __doc__ or ""
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The port, and whether and how busily the demo world trades."""
        rate = float(os.environ.get("COUNTINGHOUSE_DEMO_RATE") or "8")
        port = int(os.environ.get("PORT") or _FIRST_PORT)
        parser.add_argument("--port", type=int, default=port, help="the first port to try (PORT, else 8000)")
        parser.add_argument("--no-demo", action="store_true", help="no demo world and no simulated clients")
        parser.add_argument("--demo-rate", type=float, default=rate, help="orders a second (COUNTINGHOUSE_DEMO_RATE)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Start, run, stop. Ends with 0 after a signal, with 1 when a process had to be given up."""
        began = time.monotonic()
        try:
            identity = service_identity()
            state = choose_state_dir(identity)
            stack = Stack(state=state, servers=identity)
            lock = StateLock(state)
        except EmbeddedError as error:
            raise CommandError(str(error)) from None
        supervisor = Supervisor()
        supervisor.install_signals()
        failure = self._run(supervisor, stack, lock, options, began)
        supervisor.stop()
        supervisor.close()
        lock.release()
        if failure:
            raise CommandError(failure)
        with contextlib.suppress(OSError):
            sys.stdout.write("Countinghouse has stopped; nothing is left running.\n")

    def _run(
        self, supervisor: Supervisor, stack: Stack, lock: StateLock, options: dict[str, Any], began: float
    ) -> str | None:
        """Run until a signal; the reason why not, when it cannot go on."""
        try:
            self._start(supervisor, stack, lock, options, began)
            supervisor.run()
        except Stopping as signal_name:
            supervisor.output.say("up", f"{signal_name}: stopping")
        except (GivingUp, EmbeddedError, OSError) as error:
            return str(error)
        return None

    def _start(
        self, supervisor: Supervisor, stack: Stack, lock: StateLock, options: dict[str, Any], began: float
    ) -> None:
        """Start everything in its order, and say where it is."""
        say = supervisor.output.say
        listening = _listen(options["port"])
        port = listening.getsockname()[1]
        address = f"http://localhost:{port}"
        if port != options["port"]:
            say("up", f"port {options['port']} is taken: using {port}")
        say("up", f"state in {stack.state}, servers run as {stack.servers.name}, Python as {stack.people.name}")
        # These load their code while PostgreSQL starts, and wait at their gates.
        local = f"http://127.0.0.1:{port}"
        servers_up, database_ready = Gate(), Gate()
        prepare = supervisor.begin(stack.prepare_spec(servers_up, demo=not options["no_demo"]))
        web = supervisor.start(stack.web_spec(listening.fileno(), local, database_ready))
        _start_servers(supervisor, stack)
        servers_up.open()
        say("up", "preparing the database")
        supervisor.finish(prepare)
        database_ready.open()
        supervisor.start(stack.worker_spec("matcher", "match"))
        relay = stack.command_spec("relay", ["relay"])
        if relay:
            supervisor.start(relay)
        supervisor.wait_until(web.poll_ready, "the web process answers", _WEB_LIMIT_S)
        supervisor.start(stack.worker_spec("worker", "default,reports"))
        supervisor.start(stack.beat_spec())
        flow = None if options["no_demo"] else stack.flow_spec(options["demo_rate"], local)
        if flow:
            supervisor.start(flow)
        lock.tell(address=f"{address}/ops/")
        supervisor.output.write(welcome(address, Path(stack.state), time.monotonic() - began))


def _start_servers(supervisor: Supervisor, stack: Stack) -> None:
    postgres, valkey = stack.postgres, stack.valkey
    started = []
    if valkey:
        supervisor.output.say("up", "starting Valkey")
        started.append(supervisor.start(stack.valkey_spec(valkey)))
    if postgres:
        supervisor.output.say("up", "starting PostgreSQL")
        started.append(supervisor.start(stack.postgres_spec(postgres)))
    supervisor.wait_until(
        lambda: all(child.poll_ready() for child in started), "PostgreSQL and Valkey answer", _SERVER_LIMIT_S
    )
    if postgres:
        postgres.create_database()


def _listen(first: int) -> socket.socket:
    """A listening socket on the first free port from `first` on, on the loopback interface alone."""
    for port in range(first, first + _PORTS_TRIED):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", port))
        except OSError:
            listening.close()
            continue
        listening.listen(1_024)
        return listening
    raise EmbeddedError(f"No port is free from {first} to {first + _PORTS_TRIED - 1}.")
