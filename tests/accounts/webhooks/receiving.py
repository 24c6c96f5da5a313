"""Receivers of webhooks for tests: real servers on this host, in threads, that tell what they were sent."""

import base64
import hashlib
import hmac
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from accounts.domain.webhook_target import Rules
from accounts.gateways.webhook_sender import WebhookSender

LOCAL = Rules(allows_loopback=True)
# An address of the internet that nobody in these tests connects to: ``Outside`` leads elsewhere.
PUBLIC = "93.184.216.34"


@dataclass
class Heard:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        return json.loads(self.body)

    def is_signed_with(self, secret: str) -> bool:
        """Whether one of its signatures is of this secret; as a receiver would reckon it, by nothing of ours."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        said = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.body
        wanted = base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
        return f"v1,{wanted}" in self.headers["webhook-signature"].split(" ")


@dataclass
class Receiver:
    """A server with its address; ``answers`` is what it says, ``delay`` how long it takes."""

    url: str = ""
    port: int = 0
    heard: list[Heard] = field(default_factory=list)
    answers: Callable[[int], int] = lambda _number: 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    hangs: bool = False
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def ids(self) -> list[str]:
        return [each.headers["webhook-id"] for each in self.heard]

    @property
    def seqs(self) -> list[int]:
        return [each.event["seq"] for each in self.heard]


@contextmanager
def receiver(tls: ssl.SSLContext | None = None, **options: Any) -> Iterator[Receiver]:
    """A receiver on a port of its own."""
    mine = Receiver(**options)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            mine.heard.append(Heard(self.path, {name.lower(): text for name, text in self.headers.items()}, sent))
            if mine.hangs:
                mine.over.wait(30)
                return
            self.send_response(mine.answers(len(mine.heard)))
            for name, text in mine.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(mine.body)))
            self.end_headers()
            self.wfile.write(mine.body)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    mine.port = server.server_address[1]
    mine.url = f"{'https' if tls else 'http'}://127.0.0.1:{mine.port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield mine
    finally:
        mine.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def raw_server(speak: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that says whatever ``speak`` does, to one caller after the other; its port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                caller, _ = listening.accept()
            except OSError:
                return
            with caller:
                try:
                    speak(caller)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(1)


@dataclass
class Outside:
    """The internet as a test wants it: what names resolve to, each time anew, and where connections really go."""

    port: int
    answers: list[list[str]] = field(default_factory=lambda: [[PUBLIC]])
    resolved: list[str] = field(default_factory=list)
    dialled: list[str] = field(default_factory=list)

    def resolve(self, host: str, _port: int) -> list[str]:
        self.resolved.append(host)
        return self.answers[min(len(self.resolved), len(self.answers)) - 1]

    def dial(self, address: str, _port: int, timeout_seconds: float) -> socket.socket:
        self.dialled.append(address)
        return socket.create_connection(("127.0.0.1", self.port), timeout_seconds)


def local_sender(timeout_seconds: float = 2.0) -> WebhookSender:
    """A sender that may speak to this host."""
    return WebhookSender(LOCAL, timeout_seconds=timeout_seconds)


@dataclass
class Ca:
    """An authority of the test, and what it vouches for."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    directory: Path

    def trusting(self) -> ssl.SSLContext:
        """A client's context that believes this authority alone."""
        context = ssl.create_default_context(cadata=self.certificate.public_bytes(serialization.Encoding.PEM).decode())
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def serving(self, *names: str, is_over: bool = False) -> ssl.SSLContext:
        """A server's context with a certificate for ``names``."""
        key = ec.generate_private_key(ec.SECP256R1())
        until = datetime.now(UTC) + (timedelta(hours=-1) if is_over else timedelta(hours=1))
        made = _certificate(names[0], key.public_key(), self.certificate.subject, until)
        shown = [x509.IPAddress(ip_address(each)) if each[-1].isdigit() else x509.DNSName(each) for each in names]
        made = made.add_extension(x509.SubjectAlternativeName(shown), critical=False)
        signed = made.sign(self.key, hashes.SHA256())
        path = self.directory / f"{names[0]}-{is_over}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + signed.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def an_authority(directory: Path) -> Ca:
    """A fresh authority whose certificates lie in ``directory``."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    made = _certificate("Test authority", key.public_key(), name, datetime.now(UTC) + timedelta(hours=1))
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    made = made.add_extension(identifier, critical=False)
    return Ca(made.sign(key, hashes.SHA256()), key, directory)


def _certificate(
    name: str, public_key: ec.EllipticCurvePublicKey, issuer: x509.Name, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(hours=2))
        .not_valid_after(until)
    )


def wait_for(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Until the condition holds; fails when it does not in time."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.01)
