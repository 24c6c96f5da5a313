"""Settings, read from the environment with types; a production process refuses to start without its own values.

Variables of ours start with COUNTINGHOUSE_; DATABASE_URL, CELERY_BROKER_URL and CHANNEL_LAYER_URL are the usual ones.
"""

from pathlib import Path
from typing import Any

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

MODE = env.str("COUNTINGHOUSE_MODE", default="embedded")
if MODE not in {"embedded", "production", "test"}:
    raise environ.ImproperlyConfigured(f"COUNTINGHOUSE_MODE is {MODE!r}: use embedded, production or test")
IS_PRODUCTION = MODE == "production"
# What this process is, for its time-outs in PostgreSQL and its name there: web, realtime, matcher, worker, relay, beat.
PROCESS = env.str("COUNTINGHOUSE_PROCESS", default="shell")
STATE_DIR = Path(env.str("COUNTINGHOUSE_STATE_DIR", default=str(BASE_DIR / ".local")))

SECRET_KEY = env.str("COUNTINGHOUSE_SECRET_KEY") if IS_PRODUCTION else env.str(
    "COUNTINGHOUSE_SECRET_KEY", default="embedded-only-not-a-secret"
)
DEBUG = False
ALLOWED_HOSTS = env.list("COUNTINGHOUSE_HOSTS", default=[] if IS_PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("COUNTINGHOUSE_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
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
AUTH_USER_MODEL = "accounts.StaffUser"
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Time-outs of each kind of process, in milliseconds: statement, waiting for a lock, idle inside a transaction.
_TIMEOUTS_MS = {
    "web": (2_000, 1_000, 5_000),
    "realtime": (2_000, 1_000, 2_000),
    "matcher": (5_000, 1_000, 2_000),
    "worker": (10_000, 1_000, 5_000),
    "relay": (5_000, 1_000, 5_000),
}


def _database() -> dict[str, Any]:
    database: dict[str, Any] = env.db("DATABASE_URL", default="postgres://localhost/countinghouse")
    options: dict[str, Any] = {"connect_timeout": 3, "tcp_user_timeout": 4_000, "application_name": f"cth-{PROCESS}"}
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
