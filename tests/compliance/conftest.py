"""Reports read committed rows on a connection of their own, so their tests commit, and clean up by themselves."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, transaction

from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.report_store import ReportStore

KEPT = {"django_migrations", "django_content_type", "auth_permission", "core_sealhead"}


@pytest.fixture
def db(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """A database in which everything is committed; empty again afterwards. Takes the place of pytest-django's."""
    with django_db_blocker.unblock():
        yield
        _empty()


@pytest.fixture
def committed(db: None) -> None:
    """For tests that commit."""


def _empty() -> None:
    tables = [name for name in connection.introspection.table_names() if name not in KEPT]
    with transaction.atomic(), connection.cursor() as cursor:
        # As the owner of the test's own cluster: the append-only tables refuse it otherwise.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
        cursor.execute(
            "UPDATE core_sealhead SET seal_seq = 0, leaf_hash = %s, sealed_at = NULL, kind_seqs = '{}'", ["0" * 64]
        )


@pytest.fixture
def store(tmp_path: Path) -> ReportStore:
    return ReportStore(tmp_path / "reports")


@pytest.fixture
def keys(tmp_path: Path) -> ManifestKeys:
    return ManifestKeys(tmp_path / "keys", may_create=True)
