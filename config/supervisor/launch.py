"""One run of the stack: everything started in its order, held, and stopped."""

import socket
import time
from dataclasses import dataclass, field

from config.embedded.errors import EmbeddedError
from config.supervisor.child import Child
from config.supervisor.gate import Gate
from config.supervisor.stack import Stack
from config.supervisor.state import StateLock
from config.supervisor.supervisor import GivingUp, Stopping, Supervisor
from config.supervisor.welcome import welcome

_PORTS_TRIED = 50
_SERVER_LIMIT_S = 60.0
_WEB_LIMIT_S = 60.0
# Migrations of a large database take their time.
_PREPARE_LIMIT_S = 3_600.0


@dataclass
class Launch:
    """What was asked for, and what the children inherit: that stays open until the end, for those started again."""

    stack: Stack
    lock: StateLock
    began: float
    first_port: int
    # Orders a second of the simulated clients; None: no demo world.
    demo_rate: float | None
    supervisor: Supervisor = field(default_factory=Supervisor)
    servers_up: Gate = field(default_factory=Gate)
    database_ready: Gate = field(default_factory=Gate)

    def run(self) -> str | None:
        """Run until a signal, then stop everything. Returns why not, when it could not go on."""
        self.supervisor.install_signals()
        failure = None
        try:
            listening = listen(self.first_port)
            with listening:
                failure = self._hold(listening)
        except (EmbeddedError, OSError) as error:
            failure = str(error)
        for gate in (self.servers_up, self.database_ready):
            gate.close()
        self.supervisor.close()
        return failure

    def _hold(self, listening: socket.socket) -> str | None:
        try:
            self._start(listening)
            self.supervisor.run()
        except Stopping as signal_name:
            self._say(f"{signal_name}: stopping")
        except (GivingUp, EmbeddedError, OSError) as error:
            return str(error)
        finally:
            self.supervisor.stop()
        return None

    def _start(self, listening: socket.socket) -> None:
        port = listening.getsockname()[1]
        if port != self.first_port:
            self._say(f"port {self.first_port} is taken: using {port}")
        servers, people = self.stack.servers.name, self.stack.people.name
        self._say(f"state in {self.stack.state}, servers run as {servers}, Python as {people}")
        address = f"http://127.0.0.1:{port}"
        # These load their code while PostgreSQL starts, and wait at their gates.
        prepare = self.supervisor.begin(
            self.stack.prepare_spec(self.servers_up, self.database_ready, demo=self.demo_rate is not None)
        )
        self.database_ready.open()
        web = self.supervisor.start(self.stack.web_spec(listening.fileno(), address, self.database_ready))
        self._start_servers()
        self.servers_up.open()
        self._say("preparing the database")
        self.supervisor.wait_until(self.database_ready.is_passable, "the tables are there", _PREPARE_LIMIT_S)
        self._start_road()
        self.supervisor.finish(prepare)
        self.supervisor.wait_until(web.poll_ready, "the web process answers", _WEB_LIMIT_S)
        self._start_rest(address)
        # Browsers bind passkeys to a name, never to an address.
        name = f"http://localhost:{port}"
        self.lock.tell(address=f"{name}/ops/")
        self.supervisor.output.write(welcome(name, self.stack.state, time.monotonic() - self.began))

    def _start_servers(self) -> None:
        postgres, valkey = self.stack.postgres, self.stack.valkey
        started: list[Child] = []
        if valkey:
            self._say("starting Valkey")
            started.append(self.supervisor.start(self.stack.valkey_spec(valkey)))
        if postgres:
            self._say("starting PostgreSQL")
            started.append(self.supervisor.start(self.stack.postgres_spec(postgres)))
        self.supervisor.wait_until(
            lambda: all(child.poll_ready() for child in started), "PostgreSQL and Valkey answer", _SERVER_LIMIT_S
        )
        if postgres:
            postgres.create_database()

    def _start_road(self) -> None:
        """What an order needs beside the web process."""
        self.supervisor.start(self.stack.worker_spec("matcher", "match"))
        relay = self.stack.command_spec("relay", ["relay"])
        if relay:
            self.supervisor.start(relay)

    def _start_rest(self, address: str) -> None:
        """What the first order can do without."""
        self.supervisor.start(self.stack.worker_spec("worker", "default,reports,webhooks"))
        self.supervisor.start(self.stack.beat_spec())
        flow = None if self.demo_rate is None else self.stack.flow_spec(self.demo_rate, address)
        if flow:
            self.supervisor.start(flow)

    def _say(self, line: str) -> None:
        self.supervisor.output.say("up", line)


def listen(first: int) -> socket.socket:
    """A listening socket on the first free port from `first` on, on the loopback interface alone."""
    for port in range(first, first + _PORTS_TRIED):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", port))
            listening.listen(1_024)
        except OSError:
            listening.close()
            continue
        return listening
    raise EmbeddedError(f"No port is free from {first} to {first + _PORTS_TRIED - 1}.")
