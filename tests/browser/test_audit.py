"""The pages of the audit in a real browser: everybody can read them, light and dark, and they do what they say."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import expect

from accounts.models import Entity, StaffUser
from compliance.gateways.installed import installed_checkpoints, installed_keys
from compliance.operations.sign_checkpoint import sign_checkpoint
from core.clock import now
from core.models import AuditEntry
from core.operations.record_audit import Actor, record_audit
from tests.browser.conftest import Watch
from tests.browser.test_screens import look_at
from tests.compliance.reporting import seal
from tests.desk import a_person
from tests.trading.pages.conftest import Desk
from trading.models import Market

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def places(settings: Any, tmp_path: Path) -> None:
    settings.CHECKPOINT_DIR, settings.REPORT_KEYS_DIR = tmp_path / "checkpoints", tmp_path / "keys"


def a_record() -> AuditEntry:
    """A term of a market changed by a person, on a record that is sealed and published."""
    person: StaffUser = a_person("Sam Supervisor", role="SUPERVISOR")
    market = Market.objects.get(symbol="BTC-USD")
    actor = Actor("PERSON", person.pk, request_id="req-01a20d7f-4dbe", source_ip="192.0.2.17")
    with transaction.atomic():
        Market.objects.filter(pk=market.pk).update(execution_band="0.03", version=2)
        record_audit(
            actor=actor,
            action="trading.market.change",
            object_type="trading.market",
            object_id=market.pk,
            at=now(),
            changes=[
                {"field": "execution_band", "before": "0.02", "after": "0.03"},
                {"field": "max_amount", "before": None, "after": "1000"},
            ],
            reason="Wider while the index is rebuilt; back to two per cent on Monday",
            object_version=2,
        )
    entry = AuditEntry.objects.latest("pk")
    seal()
    sign_checkpoint(store=installed_checkpoints(), keys=installed_keys(), origin="countinghouse/seals", at=now())
    return entry


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_of_the_audit_are_whole(desk: Desk, visit: Any, tmp_path: Path, theme: str) -> None:
    desk.every_state()
    entry = a_record()
    folder = Path(os.environ.get("BROWSER_SHOTS", tmp_path))
    page = visit("/ops/audit", theme=theme)
    for name, address in {
        "audit": "/ops/audit",
        "audit-nothing": "/ops/audit?actor=nobody&day=2020-01-01",
        "audit-entry": f"/ops/audit/{entry.pk}",
        "audit-market": "/ops/markets/BTC-USD",
        "audit-ledger": "/ops/ledger",
    }.items():
        page.goto(address)
        look_at(page, f"{name}-{theme}-1440", folder)
    Entity.objects.update(legal_name="Kestrel & Harbour Asset Management Holdings Ltd")
    page.goto("/ops/ledger")
    look_at(page, f"audit-ledger-long-{theme}-1440", folder)
    assert page.evaluate("[...document.querySelectorAll('.table')].every((t) => t.scrollWidth <= t.clientWidth)")


def test_an_entry_is_found_and_its_proof_taken_along(desk: Desk, visit: Any, watch: Watch, tmp_path: Path) -> None:
    entry = a_record()
    page = visit("/ops/audit")
    page.get_by_label("Actor").fill("sam")
    page.keyboard.press("Enter")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    assert "actor=sam" in page.url
    page.get_by_role("link", name="trading.market.change").click()
    expect(page.get_by_role("heading", name="trading.market.change")).to_be_visible()
    expect(page.get_by_text("192.0.2.17")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Proof").click()
    assert download.value.suggested_filename == f"proof-{entry.pk}.json"
    page.get_by_role("link", name="All entries").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    assert re.fullmatch(r"audit-.*\.sheet\.csv", download.value.suggested_filename)
