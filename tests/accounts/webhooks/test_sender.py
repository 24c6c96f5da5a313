"""The sender reaches nothing but the internet, however it is asked; and each try is over in time."""

import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.domain.webhook_target import Rules, TargetInvalid, may_connect, parse_target, read_networks
from accounts.gateways.webhook_sender import WebhookSender, dial_address
from tests.accounts.webhooks.receiving import (
    LOCAL,
    PUBLIC,
    Ca,
    Outside,
    an_authority,
    local_sender,
    raw_server,
    receiver,
)

HEADERS = {"webhook-id": "x-1"}

# Spellings of addresses and names, none of which a webhook may have.
SPELLINGS = [
    "", "https://", "https:///path", "//hooks.example.com/", "hooks.example.com/x", "http://hooks.example.com/",
    "ftp://hooks.example.com/", "file:///etc/passwd", "gopher://hooks.example.com/", "javascript:alert(1)",
    "HTTPS://hooks.example.com/", "https://HOOKS.example.com/", "https://hooks.example.com:80/",
    "https://hooks.example.com:22/", "https://hooks.example.com:0/", "https://hooks.example.com:65536/",
    "https://hooks.example.com:8443/", "https://hooks.example.com:0443/", "https://hooks.example.com:/",
    "https://user@hooks.example.com/", "https://user:pass@hooks.example.com/", "https://hooks.example.com@127.0.0.1/",
    "https://hooks.example.com#@127.0.0.1/", "https://hooks.example.com/#fragment", "https://hooks.example.com\\@127.0.0.1/",
    "https://hooks.example.com/a b", "https://hooks.example.com/\r\nX: y", "https://hooks.example.com/\n",
    "https://hooks.example.com/\t", " https://hooks.example.com/", "https://hooks.example.com/\x00",
    "https://höoks.example.com/", "https://hooks。example.com/", "https://ⓗooks.example.com/", "https://hooks.example.com/é",
    "https://localhost/", "https://localhost:443/", "https://intranet/", "https://hooks.example.com./", "https://.example.com/",
    "https://hooks..example.com/", "https://-hooks.example.com/", "https://hooks_.example.com/", "https://%31%32%37.0.0.1/",
    "https://2130706433/", "https://017700000001/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/",
    "https://127.1/", "https://127.0.1/", "https://10.1/", "https://1.2.3.4.5/", "https://256.1.1.1/", "https://127.0.0.01/",
    "https://hooks.example.0x7f/", "https://hooks.1/", "https://[::1/", "https://[fe80::1%25eth0]/", "https://[::ffff:127.0.0.1]x/",
    "https://[1::2::3]/", "https://[]/", "https://hooks.example.com?query", "https://" + "a" * 64 + ".example.com/",
    "https://hooks.example.com/" + "a" * 1_000,
]  # fmt: skip
INSIDE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254",
    "168.63.129.16", "169.254.169.254", "169.254.0.1", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1",
    "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:93.184.216.34", "::127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::5db8:d822", "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:0:4136:e378::1", "2001:10::1",
    "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1",
    "fe80::1%eth0", "2606:4700::1111%1", "fec0::1", "ff02::1", "4000::1", "", "localhost", "hooks.example.com", "127.1", "0x7f.1",
]  # fmt: skip
PUBLIC_ONES = [
    "1.1.1.1",
    "8.8.8.8",
    PUBLIC,
    "172.15.0.1",
    "172.32.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "2606:4700::1111",
    "2a00:1450::1",
]


@pytest.mark.parametrize("url", SPELLINGS)
def test_a_spelling_that_no_webhook_may_have(url: str) -> None:
    with pytest.raises(TargetInvalid):
        parse_target(url, Rules())


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("https://hooks.example.com", "hooks.example.com", "/"),
        ("https://hooks.example.com/a/b?c=d&e=%20", "hooks.example.com", "/a/b?c=d&e=%20"),
        ("https://xn--hks-sna.example.com:443/", "xn--hks-sna.example.com", "/"),
        ("https://93.184.216.34/x", "93.184.216.34", "/x"),
        ("https://[2606:4700::1111]/x", "[2606:4700::1111]", "/x"),
    ],
)
def test_a_sound_address(url: str, authority: str, path: str) -> None:
    target = parse_target(url, Rules())
    assert (target.is_secure, target.port, target.authority, target.path) == (True, 443, authority, path)


def test_ports_of_the_house() -> None:
    assert (
        parse_target("https://hooks.example.com:8443/", Rules(ports=(443, 8443))).authority == "hooks.example.com:8443"
    )


def test_this_host_only_where_it_is_allowed() -> None:
    assert parse_target("http://127.0.0.1:8000/x", LOCAL).is_secure is False
    assert parse_target("http://[::1]:8000/x", LOCAL).host == "::1"
    for url in (
        "http://10.0.0.1/",
        "http://hooks.example.com/",
        "http://localhost.example.com/",
        "https://a.example.com:81/",
    ):
        with pytest.raises(TargetInvalid):
            parse_target(url, LOCAL)


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_never_connected_to(address: str) -> None:
    outside = Outside(port=1, answers=[[address]])
    answer = WebhookSender(Rules(), resolve=outside.resolve, dial=outside.dial).send(
        "https://hooks.example.com/", headers=HEADERS, body=b"{}"
    )
    assert (answer.error, outside.dialled) == ("ADDRESS_FORBIDDEN", [])
    assert not may_connect(address, Rules())


@pytest.mark.parametrize("address", PUBLIC_ONES)
def test_an_address_of_the_internet(address: str) -> None:
    assert may_connect(address, Rules())
    assert not may_connect(address, Rules(forbidden=read_networks(["0.0.0.0/0", "::/0"])))


def test_loopback_that_is_allowed_is_loopback_and_nothing_else() -> None:
    assert may_connect("127.0.0.1", LOCAL)
    assert may_connect("::1", LOCAL)
    assert not any(may_connect(each, LOCAL) for each in ("10.0.0.1", "169.254.169.254", "0.0.0.0", "fe80::1"))


def test_one_address_inside_among_others_makes_a_name_a_trap() -> None:
    outside = Outside(port=1, answers=[[PUBLIC, "10.0.0.1"]])
    sender = WebhookSender(Rules(), resolve=outside.resolve, dial=outside.dial)
    assert sender.send("https://hooks.example.com/", headers=HEADERS, body=b"{}").error == "ADDRESS_FORBIDDEN"
    assert outside.dialled == []


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Ca:
    return an_authority(tmp_path_factory.mktemp("authority"))


def test_over_tls_to_the_address_that_was_looked_at(authority: Ca) -> None:
    with receiver(authority.serving("hooks.example.com")) as there:
        # A name that means another host at the second question.
        outside = Outside(there.port, answers=[[PUBLIC], ["127.0.0.1"]])
        sender = WebhookSender(Rules(), resolve=outside.resolve, dial=outside.dial, tls=authority.trusting())
        answer = sender.send("https://hooks.example.com/in?a=b", headers=HEADERS, body=b'{"seq":7}')

        assert (answer.status_code, answer.error, answer.is_delivered) == (204, "", True)
        assert (outside.resolved, outside.dialled) == (["hooks.example.com"], [PUBLIC])
        (heard,) = there.heard
        assert (heard.path, heard.headers["host"], heard.body) == ("/in?a=b", "hooks.example.com", b'{"seq":7}')
        assert heard.headers["content-type"] == "application/json"
        assert heard.headers["webhook-id"] == "x-1"
        assert not {"cookie", "authorization"} & heard.headers.keys()

        # Rebound meanwhile: the next try looks again, and goes nowhere.
        assert sender.send("https://hooks.example.com/", headers=HEADERS, body=b"{}").error == "ADDRESS_FORBIDDEN"
        assert len(there.heard) == 1


@pytest.mark.parametrize("wrong", ["other name", "ended", "unknown authority", "no tls"])
def test_tls_that_proves_nothing_is_sent_nothing(wrong: str, authority: Ca, tmp_path: Path) -> None:
    serving: dict[str, ssl.SSLContext | None] = {
        "other name": authority.serving("other.example.com"),
        "ended": authority.serving("hooks.example.com", is_over=True),
        "unknown authority": an_authority(tmp_path).serving("hooks.example.com"),
        "no tls": None,
    }
    with receiver(serving[wrong]) as there:
        outside = Outside(there.port)
        sender = WebhookSender(
            Rules(), resolve=outside.resolve, dial=outside.dial, tls=authority.trusting(), timeout_seconds=2
        )
        answer = sender.send("https://hooks.example.com/", headers=HEADERS, body=b"{}")
        assert (answer.status_code, answer.error) == (None, "TLS_INVALID")
        assert there.heard == []


def test_no_redirect_is_followed() -> None:
    with receiver() as inside:
        with receiver(answers=lambda _number: 307, headers={"Location": inside.url}) as there:
            answer = local_sender().send(there.url, headers=HEADERS, body=b"{}")
        assert (answer.status_code, answer.error, answer.is_delivered) == (307, "REDIRECTED", False)
        assert inside.heard == []


@pytest.mark.parametrize(
    ("status", "error"),
    [(200, ""), (202, ""), (400, "NOT_2XX"), (410, "NOT_2XX"), (500, "NOT_2XX"), (304, "REDIRECTED")],
)
def test_only_2xx_is_delivered(status: int, error: str) -> None:
    with receiver(answers=lambda _number: status) as there:
        answer = local_sender().send(there.url, headers=HEADERS, body=b"{}")
    assert (answer.status_code, answer.error) == (status, error)


def test_what_does_not_listen_and_names_that_mean_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    assert local_sender().send(f"http://127.0.0.1:{port}/", headers=HEADERS, body=b"{}").error == "NOT_CONNECTED"
    nothing = WebhookSender(Rules(), resolve=lambda _host, _port: [])
    assert nothing.send("https://hooks.example.com/", headers=HEADERS, body=b"{}").error == "NAME_UNKNOWN"

    def unknown(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    sender = WebhookSender(Rules(), resolve=unknown)
    assert sender.send("https://hooks.example.com/", headers=HEADERS, body=b"{}").error == "NAME_UNKNOWN"
    assert sender.send("https://127.0.0.1/x y", headers=HEADERS, body=b"{}").error == "URL_INVALID"


def slow_head(caller: socket.socket) -> None:
    """One byte each tenth of a second, for ever."""
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 500:
        caller.sendall(bytes([byte]))
        time.sleep(0.1)


def endless_head(caller: socket.socket) -> None:
    caller.recv(65_536)
    caller.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        caller.sendall(b"X-More: " + b"a" * 1_000 + b"\r\n")


def nothing_at_all(caller: socket.socket) -> None:
    caller.recv(65_536)


def no_http(caller: socket.socket) -> None:
    caller.recv(65_536)
    caller.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")


def never(caller: socket.socket) -> None:
    caller.recv(65_536)
    caller.settimeout(10)
    caller.recv(1)


@pytest.mark.parametrize(
    ("speak", "error"),
    [
        (slow_head, "TIMED_OUT"),
        (endless_head, "NO_ANSWER"),
        (nothing_at_all, "NO_ANSWER"),
        (no_http, "NO_ANSWER"),
        (never, "TIMED_OUT"),
    ],
)
def test_an_answer_that_is_none_is_over_in_time(speak: Callable[[socket.socket], None], error: str) -> None:
    with raw_server(speak) as port:
        begun = time.monotonic()
        answer = local_sender(0.6).send(f"http://127.0.0.1:{port}/", headers=HEADERS, body=b"{}")
        took = time.monotonic() - begun
    assert (answer.status_code, answer.error) == (None, error)
    assert took < 1.5


def test_interim_answers_are_passed_over_and_a_body_without_end_is_not_read() -> None:
    def speak(caller: socket.socket) -> None:
        caller.recv(65_536)
        caller.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n")
        while True:
            caller.sendall(b"x" * 65_536)

    with raw_server(speak) as port:
        begun = time.monotonic()
        answer = local_sender(5).send(f"http://127.0.0.1:{port}/", headers=HEADERS, body=b"{}")
    assert answer.is_delivered
    assert time.monotonic() - begun < 2


def test_a_resolver_that_hangs_holds_nobody() -> None:
    def hang(_host: str, _port: int) -> list[str]:
        time.sleep(3)
        return [PUBLIC]

    begun = time.monotonic()
    answer = WebhookSender(Rules(), resolve=hang, timeout_seconds=0.3).send(
        "https://hooks.example.com/", headers=HEADERS, body=b"{}"
    )
    assert answer.error == "TIMED_OUT"
    assert time.monotonic() - begun < 1


def test_what_is_dialled_is_an_address_and_no_name() -> None:
    for name in ("localhost", "127.1", "0x7f000001", "hooks.example.com"):
        with pytest.raises(OSError, match="illegal IP address"):
            dial_address(name, 80, 1.0)


def test_no_header_breaks_the_line() -> None:
    with pytest.raises(ValueError, match="line breaks"), receiver() as there:
        local_sender().send(there.url, headers={"webhook-id": "x\r\nX-Evil: 1"}, body=b"{}")
