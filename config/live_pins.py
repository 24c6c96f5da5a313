"""The pins that only the servers know: asked, not believed."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import redis
from celery import Celery
from django.conf import settings
from django.db import connection
from kombu import Exchange, Queue

OLDEST_SERVER_VERSION = 150_000


@dataclass(frozen=True)
class LivePin:
    """What a server said about one of its settings."""

    server: str
    setting: str
    found: str
    wanted: tuple[str, ...]
    reason: str
    # In test mode the throw-away cluster may forget everything at a crash.
    is_durability: bool = False

    def holds(self) -> bool:
        """Whether the value is one of the wanted ones."""
        return self.found in self.wanted or (self.is_durability and settings.MODE == "test")


_POSTGRES: tuple[tuple[str, tuple[str, ...], str, bool], ...] = (
    ("fsync", ("on",), "a crash of the machine loses acknowledged orders", True),
    ("full_page_writes", ("on",), "a torn page after a crash is damaged data", True),
    ("synchronous_commit", ("on", "remote_apply"), "a crash loses acknowledged orders", True),
    ("data_sync_retry", ("off",), "a failed fsync must stop the server, not be tried again", True),
    ("TimeZone", ("UTC",), "instants are UTC", False),
    ("server_encoding", ("UTF8",), "names are Unicode", False),
)


def ask_postgres() -> list[LivePin]:
    """What PostgreSQL says about its durability, time zone, encoding and version."""
    said: list[LivePin] = []
    with connection.cursor() as cursor:
        for name, wanted, reason, is_durability in _POSTGRES:
            cursor.execute("SELECT current_setting(%s)", [name])
            said.append(LivePin("postgresql", name, str(cursor.fetchone()[0]), wanted, reason, is_durability))
        cursor.execute("SELECT current_setting('server_version_num')::int, current_database()")
        version, database = cursor.fetchone()
    found = "15 or later" if version >= OLDEST_SERVER_VERSION else str(version)
    said.append(LivePin("postgresql", "server_version", found, ("15 or later",), "older ones lack what we use"))
    if settings.MODE == "test":
        found = "test_…" if str(database).startswith("test_") else str(database)
        said.append(LivePin("postgresql", "database", found, ("test_…",), "test mode may drop durability"))
    return said


def ask_broker(app: Celery) -> list[LivePin]:
    """What the broker says. RabbitMQ: declaring each queue fails when one with other arguments is there."""
    url = str(settings.CELERY_BROKER_URL)
    if url.startswith("amqp"):
        return _ask_rabbitmq(app)
    if url.startswith("redis"):
        return _ask_valkey(urlsplit(url))
    return []


def _ask_rabbitmq(app: Celery) -> list[LivePin]:
    said = []
    with app.connection_for_write() as broker:
        dead = Exchange(settings.CELERY_DEAD_LETTER_EXCHANGE, type="topic", durable=True)
        graveyard = Queue("dead", dead, routing_key="#", durable=True, queue_arguments={"x-queue-type": "quorum"})
        for queue in (graveyard, *app.amqp.queues.values()):
            found = "as declared"
            try:
                queue(broker.channel()).declare()
            except broker.channel_errors as error:
                found = str(error)
            reason = "an existing queue with other arguments may lose messages"
            said.append(LivePin("rabbitmq", f"queue {queue.name}", found, ("as declared",), reason))
    return said


def _ask_valkey(url: object) -> list[LivePin]:
    path = getattr(url, "path", "")
    hostname = getattr(url, "hostname", None)
    client = (
        redis.Redis(host=hostname, port=getattr(url, "port", None) or 6379, socket_timeout=3)
        if hostname
        else redis.Redis(unix_socket_path=path, socket_timeout=3)
    )
    with client:
        policy = str(client.config_get("maxmemory-policy")["maxmemory-policy"])
        log = str(client.config_get("appendonly")["appendonly"])
    return [
        LivePin("valkey", "maxmemory-policy", policy, ("noeviction",), "a full memory must refuse, not forget"),
        LivePin("valkey", "appendonly", log, ("yes",), "a restart forgets every message", True),
    ]
