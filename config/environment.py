"""The environment, read with types, and what every group of settings asks of it first: the mode, the process, the state."""

import environ

from config.embedded import paths

env = environ.Env()

MODE = env.str("COUNTINGHOUSE_MODE", default="embedded")
if MODE not in {"embedded", "production", "test"}:
    raise environ.ImproperlyConfigured(f"COUNTINGHOUSE_MODE is {MODE!r}: use embedded, production or test")
IS_PRODUCTION = MODE == "production"
# What this process is, for its time-outs in PostgreSQL and its name there: web, realtime, matcher, worker,
# relay, beat; `owner` is the one that migrates, and connects by DATABASE_OWNER_URL.
PROCESS = env.str("COUNTINGHOUSE_PROCESS", default="shell")
STATE_DIR = paths.state_dir()
