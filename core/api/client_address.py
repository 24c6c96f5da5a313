"""Where a request comes from: the address of the connection, or what a proxy of ours says of the one before it."""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseBase

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
# Proxies in a row that are followed; a longer list of hops is somebody's joke.
MOST_HOPS = 10


def read_address(text: str) -> Address | None:
    """The address that ``text`` spells, an IPv4 one inside IPv6 as what it is; ``None`` for anything else."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_within(address: Address | None, networks: Sequence[Network]) -> bool:
    """Whether one of ``networks`` holds ``address``."""
    return address is not None and any(address in network for network in networks)


def address_of_client(remote: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """Who asks: ``remote``, unless that is a proxy of ours; then the nearest hop of ``forwarded`` that is none.

    Hops are read from the right, for everything further left was said by somebody else. A hop that is no address ends the
    search at the proxy that passed it on.
    """
    known = read_address(remote)
    if known is None:
        return remote
    for hop in reversed(forwarded.split(",")[-MOST_HOPS:] if forwarded else []):
        if not is_within(known, trusted):
            break
        before = read_address(hop)
        if before is None:
            break
        known = before
    return str(known)


def client_address(request: HttpRequest) -> Address | None:
    """The client's address; ``None`` where the connection has none."""
    return read_address(request.META.get("REMOTE_ADDR", ""))


class ClientAddressMiddleware:
    """Behind proxies of ours (COUNTINGHOUSE_TRUSTED_PROXIES) ``REMOTE_ADDR`` becomes the client's, for all that follows."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.trusted: Sequence[Network] = settings.TRUSTED_PROXIES
        if not self.trusted:
            raise MiddlewareNotUsed("no proxy is trusted")
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        remote, forwarded = request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "")
        request.META["REMOTE_ADDR"] = address_of_client(remote, forwarded, self.trusted)
        return self.get_response(request)
