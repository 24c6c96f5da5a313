"""A trading day with two clients, each with the API as it sees it, and an installation of its own for the
files.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse

from accounts.operations.issue_token import issue_token
from compliance.gateways.installed import installed_keys, installed_store
from compliance.models import ReportRun
from core.clock import now
from tests.compliance.reporting import Day, seal, trading_day, write
from tests.people import Api
from tests.world import ALL_SCOPES, Client


@dataclass
class Desk:
    """A client of the day with its API."""

    client: Client
    api: Api
    day: Day

    def body(self, **changes: Any) -> dict[str, Any]:
        """A wish for today's order audit trail."""
        today = str(self.day.date)
        return {"report": "ORDER_AUDIT_TRAIL", "parameters": {"from_date": today, "to_date": today}} | changes

    def ask(self, key: str = "k-1", **changes: Any) -> HttpResponse:
        """POST the wish."""
        return self.api.post("/report-runs", self.body(**changes), HTTP_IDEMPOTENCY_KEY=key)

    def written(self, **changes: Any) -> ReportRun:
        """A wish that was fulfilled."""
        run_id = self.ask(**changes).json()["id"]
        return write(UUID(run_id), installed_store(), installed_keys())


@pytest.fixture
def day(transactional_db: None, settings, tmp_path: Path) -> Day:
    settings.REPORT_DIR, settings.REPORT_KEYS_DIR = tmp_path / "reports", tmp_path / "keys"
    made = trading_day()
    seal()
    return made


def desk(day: Day, client: Client, scopes: list[str] | None = None) -> Desk:
    issued = issue_token(credential_id=client.credential.credential_id, scopes=scopes or ALL_SCOPES, at=now())
    return Desk(client, Api(issued.access_token), day)


@pytest.fixture
def alder(day: Day) -> Desk:
    return desk(day, day.alder)


@pytest.fixture
def birch(day: Day) -> Desk:
    return desk(day, day.birch)
