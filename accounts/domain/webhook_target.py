"""Where a webhook may point: an address in one spelling, and networks that are nobody's but the internet's.

What is said here about a name is a first look. What counts is the address that it resolves to, at the moment of sending:
``may_connect``.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

LONGEST_URL = 1_000
Network = IPv4Network | IPv6Network
_URL = re.compile(
    r"(https?)://(\[[0-9a-f:.]+\]|[a-z0-9.-]{1,253})(?::([1-9][0-9]{0,4}))?(/[^\s#\\\"<>^`{|}]*)?", re.ASCII
)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
# Of IPv4 everything is public but what is registered otherwise (RFC 6890 and its registry), and the address by which a large
# cloud's machines ask about themselves.
_FORBIDDEN_V4 = tuple(
    IPv4Network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
# Of IPv6 nothing is public but global unicast, and of that not what carries an IPv4 address in it, nor documentation. So an
# IPv4-mapped address, NAT64 in both its prefixes, link-local, site-local, unique local and multicast are none.
_PUBLIC_V6 = IPv6Network("2000::/3")
_FORBIDDEN_V6 = tuple(
    IPv6Network(each)
    for each in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "3ffe::/16")
)


class TargetInvalid(ValueError):
    """An address is none that a webhook may have; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the house allows: ports, networks of its own that it keeps out of reach, and, for tests alone, this very host."""

    ports: Collection[int] = (443,)
    forbidden: Sequence[Network] = ()
    allows_loopback: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """An address in its parts; ``path`` has the query in it."""

    is_secure: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What the header ``Host`` says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_secure else 80) else f"{host}:{self.port}"


def parse_target(url: str, rules: Rules) -> Target:
    """The parts of ``url``. Raises ``TargetInvalid`` for any other spelling than ``https://host[:port]/path?query``.

    There is no user, no fragment, no upper case in the host, no address in another notation than the usual one, and no port
    but those of the house. Only where loopback is allowed it may be http, and then of this host alone.
    """
    match = _URL.fullmatch(url) if len(url) <= LONGEST_URL and url.isascii() and url.isprintable() else None
    if match is None:
        raise TargetInvalid("It is not written https://host/path.")
    scheme, host, port, path = match.groups()
    is_local = rules.allows_loopback and _is_loopback_name(host)
    if scheme != "https" and not is_local:
        raise TargetInvalid("It has to be https.")
    number = int(port) if port else 443 if scheme == "https" else 80
    if number > 65_535 or (number not in rules.ports and not is_local):
        raise TargetInvalid("The port is none that webhooks may have.")
    plain = _host(host, is_local)
    return Target(scheme == "https", plain, number, path or "/")


def may_connect(address: str, rules: Rules) -> bool:
    """Whether a connection may be made to ``address``, an IPv4 or IPv6 address as a resolver gives it."""
    try:
        known = ip_address(address)
    except ValueError:
        return False
    if rules.allows_loopback and known.is_loopback:
        return True
    if any(known.version == each.version and known in each for each in rules.forbidden):
        return False
    if isinstance(known, IPv4Address):
        return not any(known in each for each in _FORBIDDEN_V4)
    return known.scope_id is None and known in _PUBLIC_V6 and not any(known in each for each in _FORBIDDEN_V6)


def read_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Networks by their spelling. Raises ``ValueError``."""
    return tuple(ip_network(each) for each in texts)


def _host(host: str, is_local: bool) -> str:
    if host.startswith("["):
        try:
            return str(IPv6Address(host[1:-1]))
        except ValueError as error:
            raise TargetInvalid("The host is no address.") from error
    labels = host.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise TargetInvalid("The host is no name.")
    if _NUMBER.fullmatch(labels[-1]):
        # A name cannot end in a number: what does is an address, and has to be written as one.
        try:
            return str(IPv4Address(host))
        except ValueError as error:
            raise TargetInvalid("The host is no address.") from error
    if len(labels) < 2 and not is_local:
        raise TargetInvalid("The host is no name of the internet.")
    return host


def _is_loopback_name(host: str) -> bool:
    return host in ("localhost", "[::1]") or re.fullmatch(r"127(\.[0-9]{1,3}){3}", host) is not None
