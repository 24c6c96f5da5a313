"""Settings of the edge: how fast credentials may ask, and whose word about a client's address is believed."""

from ipaddress import ip_network

import environ

from accounts.domain.rate_limits import PaceInvalid, parse_limits

_env = environ.Env()

# orders=50/100: fifty a second, a hundred at once. Buckets that are not named keep their defaults.
try:
    RATE_LIMITS = parse_limits(_env.str("COUNTINGHOUSE_RATE_LIMITS", default=""))
except PaceInvalid as invalid:
    raise environ.ImproperlyConfigured(f"COUNTINGHOUSE_RATE_LIMITS: {invalid}") from invalid
# Networks of the proxies in front of us, as 127.0.0.1/32: only what they say of a client's address is believed.
try:
    TRUSTED_PROXIES = tuple(ip_network(each) for each in _env.list("COUNTINGHOUSE_TRUSTED_PROXIES", default=[]))
except ValueError as invalid:
    raise environ.ImproperlyConfigured(f"COUNTINGHOUSE_TRUSTED_PROXIES: {invalid}") from invalid
# How many requests of one web process may wait for something to happen. Each keeps one of its threads: no more than a quarter of
# them, so that whoever waits keeps nobody from placing orders.
EVENT_WAITERS = _env.int("COUNTINGHOUSE_EVENT_WAITERS", default=1)
