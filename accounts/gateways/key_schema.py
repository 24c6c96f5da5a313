"""The table in the database of keys, and who may do what with it. No Django: this database is nobody's alias.

A wrapped key is written once, wrapped again at a rotation, and destroyed once and for ever; its row stays, so that a destroyed
subject is never given a new key.
"""

import contextlib

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

_CONNECT_SECONDS = 5
# Any number of ours: two processes that prepare at once take turns.
_TURN = 5_201_340_001

TABLE = """
CREATE TABLE IF NOT EXISTS subject_key (
    subject_id uuid PRIMARY KEY,
    key_id text NOT NULL CONSTRAINT key_id_is_plain CHECK (key_id ~ '^[A-Za-z0-9._-]{1,32}$'),
    nonce bytea,
    wrapped_key bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    rewrapped_at timestamptz,
    destroyed_at timestamptz,
    CONSTRAINT wrapping_nonce_is_96_bits CHECK (octet_length(nonce) = 12),
    CONSTRAINT wrapped_key_is_256_bits_and_a_tag CHECK (octet_length(wrapped_key) = 48),
    CONSTRAINT destroyed_key_is_gone CHECK (
        (destroyed_at IS NULL AND nonce IS NOT NULL AND wrapped_key IS NOT NULL)
        OR (destroyed_at IS NOT NULL AND nonce IS NULL AND wrapped_key IS NULL)
    )
);
CREATE INDEX IF NOT EXISTS subject_key_by_key_id ON subject_key (key_id, subject_id) WHERE destroyed_at IS NULL;

CREATE OR REPLACE FUNCTION refuse_end_of_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of a subject key refused', TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_NAME;
END $$;
CREATE OR REPLACE TRIGGER destroyed_key_stays_destroyed BEFORE UPDATE ON subject_key FOR EACH ROW
    WHEN (OLD.destroyed_at IS NOT NULL OR OLD.subject_id <> NEW.subject_id) EXECUTE FUNCTION refuse_end_of_key();
CREATE OR REPLACE TRIGGER subject_key_is_never_deleted BEFORE DELETE ON subject_key FOR EACH ROW
    EXECUTE FUNCTION refuse_end_of_key();
CREATE OR REPLACE TRIGGER subject_keys_are_never_emptied BEFORE TRUNCATE ON subject_key FOR EACH STATEMENT
    EXECUTE FUNCTION refuse_end_of_key();
"""


def prepare(owner: str, user: str) -> None:
    """Create the table as the owner and let ``user`` read, insert and update; there already, nothing changes.

    The database itself is created where the owner may and it is missing.
    """
    with _connect(owner) as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])
        connection.execute(TABLE)
        connection.execute("REVOKE ALL ON subject_key FROM PUBLIC")
        connection.execute(sql.SQL("GRANT SELECT, INSERT, UPDATE ON subject_key TO {}").format(sql.Identifier(user)))


def _connect(owner: str) -> "psycopg.Connection[tuple[object, ...]]":
    try:
        return psycopg.connect(owner, connect_timeout=_CONNECT_SECONDS, autocommit=True)
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error):
            raise
    name = str(conninfo_to_dict(owner)["dbname"])
    server = make_conninfo(owner, dbname="postgres")
    with (
        # Another process may be first.
        contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation),
        psycopg.connect(server, connect_timeout=_CONNECT_SECONDS, autocommit=True) as connection,
    ):
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return psycopg.connect(owner, connect_timeout=_CONNECT_SECONDS, autocommit=True)
