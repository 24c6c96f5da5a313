"""The processes of the product around a bench's database, each started as it runs in production, ended with the bench."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.stack import application_environment, wait_until
from config.embedded import paths
from config.embedded.linux import dying_with
from tests.keys import Key

START_SECONDS, PATIENCE_SECONDS = 8.0, 60.0

RELAY = ["manage.py", "relay"]
MATCHER = [
    "-m", "celery", "-A", "config.celery", "-q", "worker", "-Q", "match", "-c", "1", "-P", "prefork", "-O", "fair",
    "--without-gossip", "--without-mingle", "--loglevel", "WARNING", "-n", "bench@%h",
]  # fmt: skip


@contextmanager
def processes(*, web: bool, matcher: bool) -> Iterator[tuple[int, int]]:
    """Relay and realtime, and what is asked for of web and matcher; answers the ports of web (0 without) and realtime."""
    with ExitStack() as stack:
        realtime = _free_port()
        stack.enter_context(_process("relay", RELAY))
        stack.enter_context(_process("realtime", _realtime(realtime)))
        web_port = _free_port() if web else 0
        if web:
            stack.enter_context(_process("web", _web(web_port)))
        if matcher:
            stack.enter_context(_process("matcher", MATCHER))
        for port in filter(None, (web_port, realtime)):
            wait_until(lambda port=port: _listens(port), f"port {port} answers", seconds=PATIENCE_SECONDS)
        time.sleep(START_SECONDS if matcher else 2.0)
        yield web_port, realtime


def token_of(port: int, credential: Key) -> str:
    """An access token, asked for over HTTP."""
    form = urllib.parse.urlencode(
        {
            "grant_type": "client_credentials",
            "client_id": credential.client_id,
            "client_secret": credential.client_secret,
        }
    )
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/oauth/token", form.encode(), timeout=30) as answer:
        token: str = json.load(answer)["access_token"]
    return token


def _web(port: int) -> list[str]:
    words = ["-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    words += ["--no-ws", "--blocking-threads", "4", "--http", "1", "--log-level", "warning"]
    return [*words, "config.wsgi:application"]


def _realtime(port: int) -> list[str]:
    words = ["-m", "uvicorn", "--host", "127.0.0.1", "--port", str(port), "--lifespan", "off", "--no-access-log"]
    words += ["--ws-max-size", "16384", "--ws-max-queue", "32", "--ws-per-message-deflate", "false"]
    return [*words, "--log-level", "warning", "config.asgi:application"]


@contextmanager
def _process(name: str, words: list[str]) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, *words],
        env=application_environment() | {"COUNTINGHOUSE_PROCESS": name, "PYTHONWARNINGS": "ignore"},
        cwd=paths.BASE_DIR,
        stdout=subprocess.DEVNULL,
        preexec_fn=dying_with(os.getpid(), signal.SIGKILL),
    )
    try:
        yield
        if process.poll() is not None:
            raise RuntimeError(f"{name} ended with {process.returncode}")
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
