"""Withdrawals on their pages, and what may be done there by whom."""

from pathlib import Path

import pytest
from django.test import Client as Browser

from core.models import AuditEntry
from settlement.models import Withdrawal
from tests.desk import a_person, signed_in
from tests.settlement.withdrawals.paying import Paying
from tests.world import World

pytestmark = pytest.mark.django_db
ADDRESS = "CH9300762011623852957"


@pytest.fixture
def paying(db: None, tmp_path: Path) -> Paying:
    return Paying(World(), tmp_path)


@pytest.fixture
def hit(paying: Paying) -> Withdrawal:
    """100.00 USD to an address that the screening knows."""
    paying.screener.list_address(ADDRESS)
    paying.limit("500")
    withdrawal = paying.ask(paying.client(), "100.00", "WIRE-OUT-1")
    paying.sweep()
    return withdrawal


def of(*roles: str) -> Browser:
    return signed_in(a_person("Olive", role=roles))


def path(withdrawal: Withdrawal, deed: str = "") -> str:
    return f"/ops/withdrawals/{withdrawal.pk}" + (f"/{deed}" if deed else "")


def status_of(withdrawal: Withdrawal) -> str:
    return str(Withdrawal.objects.get(pk=withdrawal.pk).status)


def test_the_list_leads_to_it_by_reference_and_by_status(hit: Withdrawal) -> None:
    browser = of("OPERATIONS")
    for text in ("", "WIRE-OUT", "in review"):
        shown = browser.get("/ops/withdrawals", {"text": text}).content.decode()
        assert "1 not ended yet" in shown
        assert path(hit) in shown
    assert path(hit) not in browser.get("/ops/withdrawals", {"text": "completed"}).content.decode()


def test_each_sees_the_forms_of_its_own_duty(hit: Withdrawal) -> None:
    compliance, operations = (of(role).get(path(hit)).content.decode() for role in ("COMPLIANCE", "OPERATIONS"))
    assert "Release from review" in compliance
    assert "Reject it" in compliance
    assert f'action="{path(hit)}/' not in operations
    assert ADDRESS in operations
    assert of("VIEWER").get(path(hit)).status_code == 404


def test_compliance_releases_it_and_says_why(hit: Withdrawal) -> None:
    browser = of("COMPLIANCE")
    assert browser.post(path(hit, "release"), {"reason": ""}).status_code == 422
    assert browser.post(path(hit, "release"), {"reason": "A namesake."}).status_code == 302
    assert status_of(hit) == "APPROVED"
    assert AuditEntry.objects.get(action="settlement.withdrawal.release").reason == "A namesake."
    again = browser.post(path(hit, "release"), {"reason": "A namesake."})
    assert again.status_code == 409
    assert "It is APPROVED" in again.content.decode()


def test_an_errored_one_is_sent_again_or_given_up_by_operations(paying: Paying) -> None:
    withdrawal = paying.ask(paying.client(), "100.00", "sbx:error:1")
    paying.sweep()
    browser = of("OPERATIONS")
    assert "Send it again" in browser.get(path(withdrawal)).content.decode()
    assert browser.post(path(withdrawal, "retry"), {"reason": "It is back."}).status_code == 302
    assert status_of(withdrawal) == "APPROVED"
    paying.sweep()
    assert browser.post(path(withdrawal, "fail"), {"reason": "It is closed."}).status_code == 302
    assert status_of(withdrawal) == "FAILED"
    assert of("TREASURER").post(path(withdrawal, "fail"), {"reason": "x"}).status_code == 404
    assert browser.post(path(withdrawal, "vanish"), {"reason": "x"}).status_code == 404
