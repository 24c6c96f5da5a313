"""A RabbitMQ of its own for a test: own node, ports, cookie and data, on the loopback interface alone."""

import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded.identity import service_identity
from config.embedded.linux import dying_with
from tests.config.places import open_place

START_LIMIT_S = 90


def server_program() -> Path:
    """Debian's server script without its wrapper, which insists on the machine's own node and user."""
    found = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    assert found, "the broker lane needs Debian's rabbitmq-server: apt install rabbitmq-server"
    return found[-1]


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@contextmanager
def running_rabbitmq() -> Iterator[str]:
    """Start the server and give its AMQP URL; it and its name server are gone at the end."""
    identity = service_identity()
    with open_place() as place:
        identity.owns(place)
        amqp, distribution, names = free_ports(3)
        cookie = place / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(16))
        cookie.chmod(0o400)
        identity.owns(cookie)
        (place / "enabled_plugins").write_text("[].\n")
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(place),
            "LC_ALL": "C.UTF-8",
            "ERL_EPMD_PORT": str(names),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "countinghouse-test@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(amqp),
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_MNESIA_BASE": str(place / "mnesia"),
            "RABBITMQ_LOG_BASE": str(place / "log"),
            "RABBITMQ_PID_FILE": str(place / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(place / "enabled_plugins"),
            "RABBITMQ_CONFIG_FILE": str(place / "rabbitmq"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(place / "advanced"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }

        def start(*argv: object) -> "subprocess.Popen[bytes]":
            return subprocess.Popen(
                [str(word) for word in argv], env=env, cwd=place, stdin=subprocess.DEVNULL,
                stdout=(place / "out").open("ab"), stderr=subprocess.STDOUT, start_new_session=True,
                preexec_fn=dying_with(os.getpid(), signal.SIGKILL), **identity.popen_arguments(),
            )  # fmt: skip

        processes = [start("epmd", "-port", names, "-address", "127.0.0.1"), start(server_program())]
        try:
            wait_for_port(amqp, processes[-1], place / "out")
            yield f"amqp://guest:guest@127.0.0.1:{amqp}//"
        finally:
            for process in reversed(processes):
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def wait_for_port(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
