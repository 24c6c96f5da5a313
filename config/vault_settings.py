"""The vault of personal data: where its keys are kept and what wraps them. See docs/vault.md."""

from pathlib import Path

from psycopg.conninfo import make_conninfo

from config.embedded import paths
from config.environment import IS_PRODUCTION, STATE_DIR, env

__all__ = [
    "DOCUMENT_DIR",
    "DOCUMENT_LARGEST_BYTES",
    "KEYS_DATABASE",
    "KEYS_OWNER",
    "KEYS_STATEMENT_MILLIS",
    "VAULT_INDEX_KEY",
    "VAULT_KEYS",
    "VAULT_KEYS_DIR",
    "VAULT_KEYS_FILE",
    "VAULT_KEY_CACHE_SECONDS",
    "VAULT_KEY_CACHE_SIZE",
]


def _conninfo(url: str, beside: str = "") -> str:
    """A database's URL as libpq's words, for a plain connection."""
    if not url:
        # Said by config/checks.py: a production house names its own.
        return ""
    parts = env.db_url_config(url)
    words = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    given = {word: str(parts[name]) for word, name in words.items() if parts.get(name)}
    return make_conninfo(dbname=f"{parts['NAME']}{beside}", **given, **parts.get("OPTIONS", {}))


def _database(variable: str, role: str) -> str:
    given = env.str(variable, default="")
    if given or IS_PRODUCTION:
        return _conninfo(given)
    house = env.str("DATABASE_URL", default="")
    if role == paths.OWNER_ROLE:
        house = env.str("DATABASE_OWNER_URL", default=house)
    if house:
        # On the same server, under the house's name with `_keys` behind.
        return _conninfo(house, beside="_keys")
    return _conninfo(paths.database_url(paths.socket_dir(STATE_DIR, "pg"), role, paths.KEYS_DATABASE_NAME))


# One wrapped data key per person, in a database of its own, so that no backup of the main one opens anything.
KEYS_DATABASE = _database("COUNTINGHOUSE_KEYS_DATABASE_URL", paths.KEYS_ROLE)
# Who creates its table: `manage.py prepare_keys`.
_HAS_OWNER = "COUNTINGHOUSE_KEYS_OWNER_URL" in env.ENVIRON or "COUNTINGHOUSE_KEYS_DATABASE_URL" not in env.ENVIRON
KEYS_OWNER = (_HAS_OWNER and _database("COUNTINGHOUSE_KEYS_OWNER_URL", paths.OWNER_ROLE)) or KEYS_DATABASE
KEYS_STATEMENT_MILLIS = 2_000
# Key-encryption keys, "id:base64,id:base64": the first one wraps, the others only unwrap. From a file when that is named.
VAULT_KEYS = env.str("COUNTINGHOUSE_VAULT_KEYS", default="")
VAULT_KEYS_FILE = env.str("COUNTINGHOUSE_VAULT_KEYS_FILE", default="")
# "id:base64": the key of the blind index and of the hashes that stand for personal values. It does not rotate with the others.
VAULT_INDEX_KEY = env.str("COUNTINGHOUSE_VAULT_INDEX_KEY", default="")
# Where an embedded house makes the keys that nobody gave it.
VAULT_KEYS_DIR = STATE_DIR / "keys"
# A data key stays this long in a process's memory, and no more of them than this.
VAULT_KEY_CACHE_SECONDS = 60
VAULT_KEY_CACHE_SIZE = 2_000

# Documents of identities, encrypted with their subject's data key.
DOCUMENT_DIR = Path(env.str("COUNTINGHOUSE_DOCUMENT_DIR", default=str(STATE_DIR / "documents")))
DOCUMENT_LARGEST_BYTES = 10 * 1024 * 1024
