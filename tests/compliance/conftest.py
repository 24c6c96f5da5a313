"""A place for files and a key. Reports read committed rows on a connection of their own, so their tests commit."""

from pathlib import Path

import pytest

from compliance.gateways.manifest_keys import ManifestKeys
from compliance.gateways.report_store import ReportStore
from tests.compliance.watching import watched
from tests.house import built_house, house

__all__ = ["built_house", "house", "keys", "store", "watched"]


@pytest.fixture
def store(tmp_path: Path) -> ReportStore:
    return ReportStore(tmp_path / "reports")


@pytest.fixture
def keys(tmp_path: Path) -> ManifestKeys:
    return ManifestKeys(tmp_path / "keys", may_create=True)
