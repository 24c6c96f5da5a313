"""Where the database of keys is, when nobody said so: beside the house's own, and made where the owner may."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

ROOT = Path(__file__).resolve().parents[3]


def run(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("COUNTINGHOUSE_", "DATABASE_"))}
    return subprocess.run(
        [sys.executable, *words],
        env=ours | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def house() -> Iterator[str]:
    """The name of a house's database on the tests' server; the keys' one beside it goes with the test."""
    name = f"house_{secrets.token_hex(6)}"
    yield name
    with psycopg.connect(make_conninfo(settings.KEYS_OWNER, dbname="postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(f"{name}_keys")))


def test_it_is_made_beside_the_houses_own(house: str, tmp_path: Path) -> None:
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    done = run(
        "manage.py",
        "prepare_keys",
        COUNTINGHOUSE_MODE="test",
        COUNTINGHOUSE_STATE_DIR=str(tmp_path),
        DATABASE_URL=f"{server.replace('cth_owner', 'cth_app')}/{house}",
        DATABASE_OWNER_URL=f"{server}/{house}",
    )
    assert done.returncode == 0, done.stderr
    with psycopg.connect(make_conninfo(settings.KEYS_OWNER, dbname=f"{house}_keys", user="cth_app")) as connection:
        assert connection.execute("SELECT count(*) FROM subject_key").fetchone() == (0,)
    for name in ("vault.key", "vault-index.key"):
        assert (tmp_path / "keys" / name).stat().st_mode & 0o777 == 0o600


def test_a_production_house_names_its_own_or_is_told_what_is_missing(tmp_path: Path) -> None:
    said = run(
        "-c",
        "import django; django.setup(); from config.checks import check_vault; print([e.id for e in check_vault(None)])",
        COUNTINGHOUSE_MODE="production",
        COUNTINGHOUSE_STATE_DIR=str(tmp_path),
        COUNTINGHOUSE_SECRET_KEY="x" * 50,
        DATABASE_URL="postgres://cth_app@/house",
        DJANGO_SETTINGS_MODULE="config.settings",
    )
    assert said.stdout.strip().endswith("['house.E031', 'house.E033']"), said.stdout + said.stderr
    assert not (tmp_path / "keys").exists()
