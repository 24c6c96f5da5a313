"""Real pages in a real Chromium: the product's own server, sockets and relay in threads of the test, on a real PostgreSQL.

Every test fails on a console error, an unhandled rejection, a request to anybody but us, or an answer of 500 and above.
"""

import asyncio
import os
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from accounts.models import StaffUser
from config.application import build_application
from config.relay.loop import run_forever
from config.relay.seal import OUTBOX_CHANNEL, OutboxLoop
from tests.desk import a_person, signed_in
from tests.trading.pages.conftest import Desk

# Playwright keeps an event loop in this thread; the ORM is used between its calls, never inside of them.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
AXE = (Path(__file__).resolve().parents[1] / "vendor" / "axe.min.js").read_text()
expect.set_options(timeout=10_000)


class Server:
    """The web process's application behind uvicorn on a free port, in a thread with its own event loop."""

    def __init__(self) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://localhost:{self.listening.getsockname()[1]}"
        self.loop = asyncio.new_event_loop()
        application = build_application()
        config = uvicorn.Config(application, lifespan="off", log_config=None, ws_max_size=16_384)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self.server.serve(sockets=[self.listening]))

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)


class Relay:
    """The product's relay loop in a thread; what it sends goes to the desk in the server's loop."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.stopping = threading.Event()
        self.thread: threading.Thread | None = None

    def send(self, message: dict[str, Any], group: str = "desk") -> bool:
        sent = get_channel_layer().group_send(group, message)
        asyncio.run_coroutine_threadsafe(sent, self.server.loop).result(5)
        return True

    def start(self) -> None:
        self.stopping = threading.Event()
        loop = OutboxLoop(self)
        self.thread = threading.Thread(
            target=run_forever,
            kwargs={"name": "outbox", "channel": OUTBOX_CHANNEL, "stop": self.stopping, "turn": loop.turn},
            daemon=True,
        )
        self.thread.start()

    def stop(self) -> None:
        self.stopping.set()
        if self.thread is not None:
            self.thread.join(10)
            self.thread = None


@dataclass
class Watch:
    """What must not happen on a page; ``allowed`` are patterns of what a test provokes itself."""

    base: str
    faults: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def on(self, context: BrowserContext) -> None:
        context.on("page", self._page)
        context.on("request", lambda request: self._request(request.url))
        context.on("response", lambda answer: self._answer(answer.status, answer.url))

    def _page(self, page: Page) -> None:
        page.on("console", lambda said: self._say(f"console: {said.text}") if said.type == "error" else None)
        page.on("pageerror", lambda error: self._say(f"error: {error}"))

    def _request(self, url: str) -> None:
        if urlsplit(url).netloc != urlsplit(self.base).netloc and not url.startswith(("data:", "blob:")):
            self._say(f"foreign request: {url}")

    def _answer(self, status: int, url: str) -> None:
        if status >= 500:
            self._say(f"answered {status}: {url}")

    def _say(self, fault: str) -> None:
        if not any(re.search(pattern, fault) for pattern in self.allowed):
            self.faults.append(fault)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
    yield chromium
    chromium.close()


@pytest.fixture(scope="session")
def _server(django_db_setup: None) -> Iterator[list[Server]]:
    """Ends before the database does. Its threads keep no connection from one request to the next: nobody could close it."""
    connections.databases["default"]["CONN_MAX_AGE"] = 0
    servers: list[Server] = []
    yield servers
    for server in servers:
        server.stop()


@pytest.fixture
def desk(transactional_db: None) -> Desk:
    return Desk()


@pytest.fixture
def server(desk: Desk, _server: list[Server]) -> Server:
    """Started by the first test, because its start asks the database."""
    if not _server:
        _server.append(Server())
    return _server[0]


@pytest.fixture
def relay(server: Server) -> Iterator[Relay]:
    relay = Relay(server)
    relay.start()
    yield relay
    relay.stop()


@pytest.fixture
def watch(server: Server) -> Iterator[Watch]:
    watch = Watch(server.base)
    yield watch
    assert watch.faults == []


@pytest.fixture
def visit(browser: Browser, server: Server, relay: Relay, watch: Watch) -> Iterator[Any]:
    """Opens a page of somebody who is signed in: ``visit("/ops/blotter", theme="dark")``."""
    contexts: list[BrowserContext] = []

    def open_page(
        path: str,
        *,
        theme: str = "light",
        width: int = 1440,
        height: int = 860,
        person: StaffUser | None = None,
        **options: Any,
    ) -> Page:
        context = browser.new_context(
            base_url=server.base,
            viewport={"width": width, "height": height},
            color_scheme=theme,
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        watch.on(context)
        key = signed_in(person or a_person()).cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": server.base}])
        page = context.new_page()
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    relay.stop()
    connections.close_all()


def find_violations(page: Page) -> list[str]:
    """What axe finds; run by ``evaluate``, so the page's own policy stays on."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run()")["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]
