"""Settings, read from the environment with types; a production process refuses to start without its own
values.

Variables of ours start with COUNTINGHOUSE_; DATABASE_URL, CELERY_BROKER_URL and CHANNEL_LAYER_URL are the
usual ones.
"""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from kombu import Exchange, Queue

from config.beat_settings import *  # noqa: F403
from config.deposit_settings import *  # noqa: F403
from config.embedded import paths
from config.environment import IS_PRODUCTION, MODE, PROCESS, STATE_DIR, env
from config.fee_settings import *  # noqa: F403
from config.ledger_settings import *  # noqa: F403
from config.log_settings import LOGGING  # noqa: F401
from config.market_settings import *  # noqa: F403
from config.quote_settings import *  # noqa: F403
from config.rate_settings import EVENT_WAITERS, RATE_LIMITS, TRUSTED_PROXIES  # noqa: F401
from config.rest import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401
from config.sign_in_settings import *  # noqa: F403
from config.vault_settings import *  # noqa: F403
from config.webhook_settings import *  # noqa: F403
from config.withdrawal_settings import *  # noqa: F403

BASE_DIR = paths.BASE_DIR
# Every variable with our prefix that somebody reads. Another one refuses to start: see config/checks.py.
KNOWN_VARIABLES = frozenset(
    f"COUNTINGHOUSE_{name}"
    for name in (
        "MODE",
        "PROCESS",
        "STATE_DIR",
        "SECRET_KEY",
        "HOSTS",
        "ORIGINS",
        "IDLE_MINUTES",
        "DEMO_RATE",
        "LOG_LEVEL",
        "CUSTODIAN_INBOX",
        "MATCH_BATCH_SIZE",
        "MATCH_SECONDS_PER_TASK",
        "CHECKPOINT_DIR",
        "CHECKPOINT_ORIGIN",
        "RATE_LIMITS",
        "EVENT_WAITERS",
        "TRUSTED_PROXIES",
        "KEYS_DATABASE_URL",
        "KEYS_OWNER_URL",
        "VAULT_KEYS",
        "VAULT_KEYS_FILE",
        "VAULT_INDEX_KEY",
        "DOCUMENT_DIR",
        "XSD_DIR",
        "REPORTING_ASSET",
        "PRICE_MAX_AGE_HOURS",
        "VALUATION_LEAST_VOLUME",
        "VALUATION_JUMP_PERCENT",
        "DESTINATION_COOLING_HOURS",
        "TRAVEL_RULE_FROM",
        "WEBHOOK_PORTS",
        "WEBHOOK_FORBIDDEN_NETWORKS",
        "WEBHOOK_LOOPBACK",
        "VOLUME_TRADES_AT_ONCE",
        # A failpoint outside of test mode refuses to start.
        *(("FAILPOINT",) if MODE == "test" else ()),
    )
)

SECRET_KEY = (
    env.str("COUNTINGHOUSE_SECRET_KEY")
    if IS_PRODUCTION
    else env.str("COUNTINGHOUSE_SECRET_KEY", default="embedded-only-not-a-secret")
)
DEBUG = False
ALLOWED_HOSTS = env.list("COUNTINGHOUSE_HOSTS", default=[] if IS_PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("COUNTINGHOUSE_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "pgtrigger",
    "pghistory",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "django_htmx",
    "template_partials",
    "core",
    "accounts",
    "settlement",
    "trading",
    "compliance",
    "config",
]
if PROCESS == "up":
    INSTALLED_APPS = ["config"]
# A version of a row has the values that the row had; what a fresh row would get, or may have today, is not its business.
PGHISTORY_EXCLUDE_FIELD_KWARGS = {"django.db.models.Field": ["choices", "default", "db_default", "editable"]}
AUTH_USER_MODEL = "accounts.StaffUser"
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Time-outs of each kind of process, in milliseconds: statement, waiting for a lock, idle inside a
# transaction.
_TIMEOUTS_MS = {
    "web": (2_000, 1_000, 5_000),
    "realtime": (2_000, 1_000, 2_000),
    "matcher": (5_000, 1_000, 2_000),
    "worker": (10_000, 1_000, 5_000),
    "relay": (5_000, 1_000, 5_000),
}


def _database() -> dict[str, Any]:
    socket = paths.socket_dir(STATE_DIR, "pg")
    if PROCESS == "owner":
        url = env.str(
            "DATABASE_OWNER_URL",
            default=env.str("DATABASE_URL", default=paths.database_url(socket, paths.OWNER_ROLE)),
        )
    else:
        url = env.str("DATABASE_URL", default=paths.database_url(socket))
    database: dict[str, Any] = env.db_url_config(url)
    options: dict[str, Any] = {
        "connect_timeout": 3,
        "tcp_user_timeout": 4_000,
        "application_name": f"cth-{PROCESS}",
    }
    if PROCESS in _TIMEOUTS_MS:
        statement, lock, idle = _TIMEOUTS_MS[PROCESS]
        options["options"] = (
            f"-c statement_timeout={statement} -c lock_timeout={lock} -c idle_in_transaction_session_timeout={idle}"
        )
    database["OPTIONS"] = options | database.get("OPTIONS", {})
    database["CONN_MAX_AGE"] = 0 if PROCESS == "realtime" else 600
    database["CONN_HEALTH_CHECKS"] = True
    database["ATOMIC_REQUESTS"] = False
    return database


DATABASES = {"default": _database()}

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False

# --- pages and sessions
MIDDLEWARE = [
    "core.api.client_address.ClientAddressMiddleware",
    "core.api.request_id.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    # Answers /v1 itself; what stands below is the road of the pages.
    "config.api_road.ApiRoadMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "core.pages.plain_text.PlainTextMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.backoffice.frame.frame",
            ],
        },
    },
]
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles" if IS_PRODUCTION else None
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IS_PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Without a collected directory the files are served from where they lie: nothing to run before the first page.
WHITENOISE_USE_FINDERS = not IS_PRODUCTION
WHITENOISE_AUTOREFRESH = False

APPEND_SLASH = False
SECURE_SSL_REDIRECT = IS_PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if IS_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_PRODUCTION else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
# The same for every route and without nonces. 'self' in connect-src covers the socket of the same origin.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

# --- the REST API
# REST_FRAMEWORK and SPECTACULAR_SETTINGS come from config/rest.py.

# --- reports
RELEASE = "0.1.0"
# Files under their SHA-256, and the key that signs their manifests.
REPORT_DIR = STATE_DIR / "reports"
REPORT_KEYS_DIR = STATE_DIR / "keys"
# Published XML schemas that files are held against, <name>.xsd; we ship none.
XSD_DIR = Path(value) if (value := env.str("COUNTINGHOUSE_XSD_DIR", default="")) else None
REPORT_CONCURRENT_RUNS = 2
REPORT_MOST_ATTEMPTS = 5
REPORT_PROGRESS_ROWS = 50_000
REPORT_STATEMENT_MILLIS = 300_000
# Longer than a statement may take: the lease is renewed with the rows, and the first may be long in coming.
REPORT_LEASE_SECONDS = 360
# Signed checkpoints of the chain: best a place that this host can add to and not rewrite. See docs/integrity.md.
CHECKPOINT_DIR = Path(env.str("COUNTINGHOUSE_CHECKPOINT_DIR", default=str(STATE_DIR / "checkpoints")))
# Names this installation in its checkpoints, for ever: no other one may have the same.
CHECKPOINT_ORIGIN = env.str("COUNTINGHOUSE_CHECKPOINT_ORIGIN", default="countinghouse/seals")

# --- Celery and its broker
# Each pin here has its reason in docs/embedded-stack.md and is held by config/checks.py.
_VALKEY_SOCKET = paths.socket_dir(STATE_DIR, "valkey") / "valkey.sock"
CELERY_BROKER_URL = env.str(
    "CELERY_BROKER_URL", default="memory://" if MODE == "test" else paths.broker_url(_VALKEY_SOCKET)
)
_IS_AMQP = CELERY_BROKER_URL.startswith(("amqp", "pyamqp"))
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "confirm_publish": True,
        "max_retries": 3,
        "interval_start": 0.1,
        "interval_step": 0.2,
        "interval_max": 1,
    }
    if _IS_AMQP
    else {"visibility_timeout": 3_600, "socket_timeout": 5, "socket_connect_timeout": 3}
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_BACKEND = None
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = CELERY_EVENT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True
CELERY_TASK_ALWAYS_EAGER = False
CELERY_TASK_DEFAULT_EXCHANGE = "countinghouse"
CELERY_TASK_DEFAULT_EXCHANGE_TYPE = "topic"
CELERY_TASK_DEFAULT_QUEUE = CELERY_TASK_DEFAULT_ROUTING_KEY = "default"
CELERY_TASK_DEFAULT_QUEUE_TYPE = CELERY_TASK_CREATE_MISSING_QUEUE_TYPE = "quorum"
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_DEAD_LETTER_EXCHANGE = "countinghouse.dead"
_QUEUE_MAX_LENGTH = 10_000
_DOORBELL_TTL_MS = 60_000


def _queue(name: str, *, ttl_ms: int | None) -> Queue:
    arguments: dict[str, Any] = {
        "x-queue-type": "quorum",
        "x-delivery-limit": 20,
        "x-dead-letter-exchange": CELERY_DEAD_LETTER_EXCHANGE,
        "x-max-length": _QUEUE_MAX_LENGTH,
        "x-overflow": "reject-publish",
    }
    if ttl_ms is not None:
        arguments["x-message-ttl"] = ttl_ms
    exchange = Exchange(CELERY_TASK_DEFAULT_EXCHANGE, type=CELERY_TASK_DEFAULT_EXCHANGE_TYPE, durable=True)
    return Queue(name, exchange, routing_key=name, durable=True, queue_arguments=arguments)


CELERY_TASK_QUEUES = [
    _queue("match", ttl_ms=_DOORBELL_TTL_MS),
    _queue("default", ttl_ms=_DOORBELL_TTL_MS),
    _queue("reports", ttl_ms=None),
    _queue("webhooks", ttl_ms=_DOORBELL_TTL_MS),
]
CELERY_TASK_ROUTES = {
    "trading.tasks.match_market": {"queue": "match"},
    "compliance.tasks.*": {"queue": "reports"},
    "accounts.tasks.deliver_webhooks": {"queue": "webhooks"},
}
CELERY_TASK_TIME_LIMIT = 30
CELERY_TASK_SOFT_TIME_LIMIT = 20
CELERY_TASK_ANNOTATIONS = ["config.celery_limits:ReportLimits"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_MAX_TASKS_PER_CHILD = 20_000 if PROCESS == "matcher" else 2_000
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000  # KiB
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(STATE_DIR / "beat" / "schedule")
# Where the custodian's snapshot files arrive; see docs/reconciliation.md.
CUSTODIAN_INBOX = env.str("COUNTINGHOUSE_CUSTODIAN_INBOX", default="")

# --- the channel layer
CHANNEL_LAYER_URL = env.str("CHANNEL_LAYER_URL", default=paths.channel_layer_url(_VALKEY_SOCKET))
CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    if MODE == "test" and "CHANNEL_LAYER_URL" not in env.ENVIRON
    else {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [CHANNEL_LAYER_URL], "prefix": "countinghouse"},
    }
}

# The matcher: instructions a transaction, and how long one task goes on before the doorbell has to ring again.
MATCH_BATCH_SIZE = env.int("COUNTINGHOUSE_MATCH_BATCH_SIZE", default=1_000)
MATCH_SECONDS_PER_TASK = env.int("COUNTINGHOUSE_MATCH_SECONDS_PER_TASK", default=10)
