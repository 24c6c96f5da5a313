"""Settings of webhooks: where they may point, and how much is done at once. See docs/webhooks.md."""

from ipaddress import ip_network

import environ

from config.environment import env

__all__ = [
    "WEBHOOK_FORBIDDEN_NETWORKS",
    "WEBHOOK_LOG_DAYS",
    "WEBHOOK_LOOPBACK",
    "WEBHOOK_PORTS",
    "WEBHOOK_ROUND_SECONDS",
    "WEBHOOK_SENDERS",
]

WEBHOOK_PORTS = [int(each) for each in env.list("COUNTINGHOUSE_WEBHOOK_PORTS", default=["443"])]
# Networks of the house that have public addresses: nobody's webhook reaches them either.
WEBHOOK_FORBIDDEN_NETWORKS = env.list("COUNTINGHOUSE_WEBHOOK_FORBIDDEN_NETWORKS", default=[])
try:
    for _each in WEBHOOK_FORBIDDEN_NETWORKS:
        ip_network(_each)
except ValueError as invalid:
    raise environ.ImproperlyConfigured(f"COUNTINGHOUSE_WEBHOOK_FORBIDDEN_NETWORKS: {invalid}") from invalid
# To try a receiver on the same host, over http too. A production house refuses to start with it.
WEBHOOK_LOOPBACK = env.bool("COUNTINGHOUSE_WEBHOOK_LOOPBACK", default=False)
# How many endpoints one round speaks to at once, and for how long it begins with further ones.
WEBHOOK_SENDERS = 8
WEBHOOK_ROUND_SECONDS = 5.0
# How long deliveries that have ended stay in the log.
WEBHOOK_LOG_DAYS = 30
