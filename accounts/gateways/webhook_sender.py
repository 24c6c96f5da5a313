"""Sends to addresses that clients chose, and reaches nothing that is not the internet's.

The name is resolved once, every address it has is looked at, and the connection is made to an address that was looked at: a
name that means another host a moment later leads nowhere. TLS is checked against the name. No redirect is followed, no proxy is
asked, no cookie is kept, and of the answer nothing is kept but its status. Everything together takes at most five seconds.
"""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic

import structlog
from django.conf import settings

from accounts.domain.webhook_target import Rules, Target, TargetInvalid, may_connect, parse_target, read_networks

log = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 5.0
# Headers of an answer, and what is read of its body so that the other side may finish: nothing beyond is waited for.
_HEAD_MOST_BYTES = 16_384
_BODY_MOST_BYTES = 1_024
_ADDRESSES_MOST = 4
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?\r?\n")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r\n", re.IGNORECASE)

Resolve = Callable[[str, int], Sequence[str]]
Dial = Callable[[str, int, float], socket.socket]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one try: the status code if there was an answer, the word for what was wrong, and how long it took."""

    status_code: int | None
    error: str
    latency_millis: int

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver has it."""
        return not self.error


class _Failed(Exception):
    """A try that came to nothing: the word for it."""


def resolve_host(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, as the system's resolver knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(each[4][0]) for each in found]


def dial_address(address: str, port: int, timeout_seconds: float) -> socket.socket:
    """A connection to an address; a name is none and is refused by the family's own rules."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    socket.inet_pton(family, address)
    connected = socket.socket(family, socket.SOCK_STREAM)
    try:
        connected.settimeout(timeout_seconds)
        connected.connect((address, port))
    except BaseException:
        connected.close()
        raise
    return connected


class _Deadline:
    """So much time for all of it together."""

    def __init__(self, seconds: float) -> None:
        self.begun = monotonic()
        self._end = self.begun + seconds

    def remaining(self) -> float:
        """Seconds that are left. Raises ``TimeoutError`` when none is."""
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def millis(self) -> int:
        """How long it has taken."""
        return round((monotonic() - self.begun) * 1_000)


class WebhookSender:
    """Sends one message at a time; safe for threads. ``resolve``, ``dial`` and ``tls`` are the outside world."""

    def __init__(
        self,
        rules: Rules,
        *,
        resolve: Resolve = resolve_host,
        dial: Dial = dial_address,
        tls: ssl.SSLContext | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._rules = rules
        self._resolve = resolve
        self._dial = dial
        self._tls = tls or _trusting_the_systems_roots()
        self._timeout = timeout_seconds

    def send(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        """POST ``body``. Whatever happens outside is an ``Answer``; nothing of it is raised.

        The words: URL_INVALID, NAME_UNKNOWN, ADDRESS_FORBIDDEN, NOT_CONNECTED, TLS_INVALID, TIMED_OUT, NO_ANSWER,
        REDIRECTED, NOT_2XX.
        """
        deadline = _Deadline(self._timeout)
        status: int | None = None
        try:
            target = parse_target(url, self._rules)
            with self._connect(target, deadline) as connection:
                _write(connection, _request(target, headers, body), deadline)
                status = _read_status(connection, deadline)
            error = "" if 200 <= status <= 299 else "REDIRECTED" if 300 <= status <= 399 else "NOT_2XX"
        except TargetInvalid:
            error = "URL_INVALID"
        except _Failed as failed:
            error = str(failed)
        except TimeoutError:
            error = "TIMED_OUT"
        except ssl.SSLError:
            error = "TLS_INVALID"
        except OSError:
            error = "NO_ANSWER"
        return Answer(status, error, deadline.millis())

    def _connect(self, target: Target, deadline: _Deadline) -> socket.socket:
        addresses = self._addresses(target, deadline)
        for address in addresses[:_ADDRESSES_MOST]:
            try:
                plain = self._dial(address, target.port, deadline.remaining())
            except TimeoutError:
                raise
            except OSError as error:
                log.debug("webhook address not reached", address=address, error=str(error))
                continue
            return self._secure(plain, target, deadline) if target.is_secure else plain
        raise _Failed("NOT_CONNECTED")

    def _addresses(self, target: Target, deadline: _Deadline) -> Sequence[str]:
        """The addresses of the target, all of which are the internet's: one that is not makes the name a trap."""
        try:
            found = list(dict.fromkeys(_within(deadline, lambda: self._resolve(target.host, target.port))))
        except TimeoutError:
            raise
        except (OSError, UnicodeError) as error:
            raise _Failed("NAME_UNKNOWN") from error
        if not found:
            raise _Failed("NAME_UNKNOWN")
        if not all(may_connect(address, self._rules) for address in found):
            raise _Failed("ADDRESS_FORBIDDEN")
        return found

    def _secure(self, plain: socket.socket, target: Target, deadline: _Deadline) -> socket.socket:
        try:
            plain.settimeout(deadline.remaining())
            return self._tls.wrap_socket(plain, server_hostname=target.host)
        except BaseException:
            plain.close()
            raise


def _trusting_the_systems_roots() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _within(deadline: _Deadline, ask: Callable[[], Sequence[str]]) -> Sequence[str]:
    """What ``ask`` answers in time. The system's resolver knows no time-out: a thread that waits for it is left to itself."""
    answers: list[Sequence[str]] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            answers.append(ask())
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="webhook-resolver", daemon=True)
    thread.start()
    thread.join(deadline.remaining())
    if errors:
        raise errors[0]
    if not answers:
        raise TimeoutError
    return answers[0]


def _request(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [
        f"POST {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        "User-Agent: Countinghouse-Webhooks/1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Accept-Encoding: identity",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a header has no line breaks")
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _write(connection: socket.socket, data: bytes, deadline: _Deadline) -> None:
    view = memoryview(data)
    while view:
        connection.settimeout(deadline.remaining())
        view = view[connection.send(view) :]


def _read_status(connection: socket.socket, deadline: _Deadline) -> int:
    """The status of the final answer; interim ones (1xx) are passed over."""
    received = b""
    while True:
        head, found, rest = received.partition(b"\r\n\r\n")
        if found:
            status = _status_of(head + found)
            if status >= 200:
                _read_rest(connection, head + b"\r\n", len(rest), deadline)
                return status
            received = rest
            continue
        if len(received) > _HEAD_MOST_BYTES:
            raise _Failed("NO_ANSWER")
        connection.settimeout(deadline.remaining())
        fresh = connection.recv(4_096)
        if not fresh:
            raise _Failed("NO_ANSWER")
        received += fresh


def _status_of(head: bytes) -> int:
    match = _STATUS.match(head)
    if match is None:
        raise _Failed("NO_ANSWER")
    return int(match[1])


def _read_rest(connection: socket.socket, head: bytes, read: int, deadline: _Deadline) -> None:
    """Read a short body to its end, so that the other side is not cut off; it is thrown away, and nothing depends on it."""
    length = _LENGTH.search(head)
    wanted = min(int(length[1]), _BODY_MOST_BYTES) if length else 0
    try:
        while read < wanted:
            connection.settimeout(deadline.remaining())
            fresh = connection.recv(wanted - read)
            if not fresh:
                return
            read += len(fresh)
    except OSError as error:
        log.debug("webhook body not read", error=str(error))


def installed_rules() -> Rules:
    """What this house allows."""
    return Rules(
        ports=frozenset(settings.WEBHOOK_PORTS),
        forbidden=read_networks(settings.WEBHOOK_FORBIDDEN_NETWORKS),
        allows_loopback=settings.WEBHOOK_LOOPBACK,
    )


@lru_cache(maxsize=1)
def installed_sender() -> WebhookSender:
    """The sender of this installation."""
    return WebhookSender(installed_rules())
