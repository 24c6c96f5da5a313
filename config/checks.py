"""The pins: settings whose other values lose work or money in silence. Each has an id, the value wanted and
why.

Static ones are Django system checks. What only the servers know (durability, time zone) is in
config/live_pins.py. Every process runs both before it takes work: config/refusing.py.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from psycopg.conninfo import conninfo_to_dict

from accounts.domain.rate_limits import cancels_keep_up
from accounts.gateways.key_ring import KeysUnusable, installed_ring

TAG = "house"


@dataclass(frozen=True)
class Pin:
    """One setting that must have one value; `when` names the modes it holds in."""

    id: str
    setting: str
    wanted: Any
    reason: str
    when: frozenset[str] = frozenset({"embedded", "production", "test"})

    def found(self) -> Any:
        """The value it has now."""
        return getattr(settings, self.setting, None)

    def accepts(self, value: Any) -> bool:
        """Whether a value is the wanted one; a callable wanted value is a predicate."""
        return bool(self.wanted(value)) if callable(self.wanted) else bool(value == self.wanted)

    def holds(self) -> bool:
        """Whether the value it has now is the wanted one."""
        return self.accepts(self.found())


_SERVING = frozenset({"embedded", "production"})
_PUBSUB = "channels_redis.pubsub.RedisPubSubChannelLayer"

PINS: tuple[Pin, ...] = (
    Pin("house.E001", "CELERY_TASK_ACKS_LATE", True, "an early ack loses the task of a killed worker"),
    Pin(
        "house.E002",
        "CELERY_TASK_REJECT_ON_WORKER_LOST",
        True,
        "without it a killed pool child's task is acknowledged and gone",
    ),
    Pin(
        "house.E003",
        "CELERY_TASK_DEFAULT_QUEUE_TYPE",
        "quorum",
        "a classic queue loses what was only in memory",
    ),
    Pin(
        "house.E004",
        "CELERY_TASK_CREATE_MISSING_QUEUE_TYPE",
        "quorum",
        "a classic queue loses what was only in memory",
    ),
    Pin(
        "house.E005",
        "CELERY_TASK_DEFAULT_EXCHANGE",
        "countinghouse",
        "an exchange of our own, since its type cannot be changed later",
    ),
    Pin(
        "house.E006",
        "CELERY_TASK_DEFAULT_EXCHANGE_TYPE",
        "topic",
        "with a direct exchange delayed tasks eat the prefetch",
    ),
    Pin("house.E007", "CELERY_WORKER_PREFETCH_MULTIPLIER", 1, "a worker hoards work that another could do"),
    Pin("house.E008", "CELERY_ACCEPT_CONTENT", ["json"], "a pickle runs the sender's code"),
    Pin("house.E009", "CELERY_TASK_SERIALIZER", "json", "a pickle runs the sender's code"),
    Pin("house.E010", "CELERY_TASK_IGNORE_RESULT", True, "state lives in the database alone"),
    Pin("house.E011", "CELERY_RESULT_BACKEND", None, "state lives in the database alone"),
    Pin("house.E012", "CELERY_TIMEZONE", "UTC", "beat errs at every daylight-saving change in other zones"),
    Pin("house.E013", "CELERY_TASK_ALWAYS_EAGER", False, "a task must not run inside a request", _SERVING),
    Pin("house.E014", "TIME_ZONE", "UTC", "business dates come from one calendar, instants are UTC"),
    Pin("house.E015", "USE_TZ", True, "a naive instant has no meaning"),
    Pin(
        "house.E016",
        "CELERY_BROKER_URL",
        lambda url: url.startswith(("amqp://", "amqps://")),
        "production speaks to RabbitMQ with confirms only",
        frozenset({"production"}),
    ),
    Pin(
        "house.E017",
        "CELERY_BROKER_TRANSPORT_OPTIONS",
        lambda options: options.get("confirm_publish") is True,
        "without confirms a broker's restart loses most of what was being published",
        frozenset({"production"}),
    ),
    Pin(
        "house.E018",
        "CHANNEL_LAYERS",
        lambda layers: layers["default"]["BACKEND"] == _PUBSUB,
        "the core layer drops messages of a slow reader and is deaf after a restart of the server",
        _SERVING,
    ),
    Pin(
        "house.E019",
        "DATABASES",
        lambda databases: all(not each.get("ATOMIC_REQUESTS") for each in databases.values()),
        "an operation's own transaction must be the outermost one",
    ),
    Pin(
        "house.E020",
        "INSTALLED_APPS",
        lambda apps: "daphne" not in apps,
        "daphne buffers without bound for a client that never reads",
    ),
    Pin("house.E021", "DEBUG", False, "a debug page shows settings and locals to whoever finds an error"),
    Pin(
        "house.E022",
        "SILENCED_SYSTEM_CHECKS",
        lambda silenced: not any(each.startswith("house.") for each in silenced),
        "a silenced pin is no pin",
    ),
    Pin(
        "house.E023",
        "CELERY_TASK_QUEUES",
        lambda queues: all(
            queue.queue_arguments.get("x-queue-type") == "quorum"
            and queue.queue_arguments.get("x-delivery-limit") == 20
            and queue.queue_arguments.get("x-overflow") == "reject-publish"
            for queue in queues
        ),
        "a queue without bound or delivery limit is filled by one poisonous message",
    ),
    Pin(
        "house.E024",
        "RATE_LIMITS",
        cancels_keep_up,
        "whoever has traded himself into trouble must not get out more slowly than he got in",
    ),
    Pin(
        "house.E025",
        "TRUSTED_PROXIES",
        lambda networks: all(network.prefixlen for network in networks),
        "where every address is a proxy of ours, everybody chooses his own address",
    ),
    Pin(
        "house.E026",
        "WEBHOOK_LOOPBACK",
        False,
        "a client's webhook would reach what listens on this host",
        frozenset({"production"}),
    ),
)


def pins_of_this_mode() -> list[Pin]:
    """The pins that hold in the mode we run in."""
    return [pin for pin in PINS if settings.MODE in pin.when]


def unknown_variables() -> list[str]:
    """Variables with our prefix that nobody reads: a retired switch must never wake up something old."""
    return sorted(
        name for name in os.environ if name.startswith("COUNTINGHOUSE_") and name not in settings.KNOWN_VARIABLES
    )


def check_pins(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """One error for each pin with another value."""
    return [
        Error(f"{pin.setting} is {pin.found()!r}: {pin.reason}.", hint=_hint(pin.wanted), id=pin.id)
        for pin in pins_of_this_mode()
        if not pin.holds()
    ]


def check_variables(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """One error for each unknown variable of ours."""
    return [
        Error(f"{name} is set, and nothing reads a variable of this name.", id="house.E030")
        for name in unknown_variables()
    ]


def check_vault(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """The vault's keys are there and are keys, and their database is none of the house's own."""
    errors: list[CheckMessage] = []
    if not settings.KEYS_DATABASE:
        errors.append(
            Error("COUNTINGHOUSE_KEYS_DATABASE_URL is not set: personal data needs its keys.", id="house.E031")
        )
    elif _is_the_houses(settings.KEYS_DATABASE):
        reason = "whoever copies the one has the other"
        errors.append(Error(f"The keys are kept in the main database: {reason}.", id="house.E032"))
    try:
        # Elsewhere the first use makes what is missing; a check writes nothing.
        if settings.IS_PRODUCTION:
            installed_ring()
    except KeysUnusable as error:
        hint = "Set COUNTINGHOUSE_VAULT_KEYS or _VAULT_KEYS_FILE, and _VAULT_INDEX_KEY: docs/runbooks/keys.md."
        errors.append(Error(f"The vault cannot be opened: {error}.", hint=hint, id="house.E033"))
    return errors


def _is_the_houses(conninfo: str) -> bool:
    keys, house = conninfo_to_dict(conninfo), settings.DATABASES["default"]
    names = {"dbname": "NAME", "host": "HOST", "port": "PORT"}
    return all(str(keys.get(word) or "") == str(house.get(name) or "") for word, name in names.items())


def _hint(wanted: Any) -> str | None:
    return None if callable(wanted) else f"It has to be {wanted!r}."


CHECKS: tuple[Callable[..., list[CheckMessage]], ...] = (check_pins, check_variables, check_vault)
for _check in CHECKS:
    register(_check, TAG)
