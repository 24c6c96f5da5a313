"""/ops/destinations: the book of all clients, who stands behind an address, and the end of a cooling-off."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from accounts.models import ApprovalRequest
from core.clock import now
from core.models import AuditEntry
from settlement.models import Destination
from settlement.operations.add_destination import DestinationTerms, add_destination
from tests.desk import a_person, signed_in
from tests.four_eyes import approve
from tests.settlement.withdrawals.paying import Paying
from tests.world import World

pytestmark = pytest.mark.django_db
LOOK = {"fields_asked": ["full_name"], "reason": "The bank asks who it is."}


@pytest.fixture
def paying(db: None, tmp_path: Path) -> Paying:
    return Paying(World(), tmp_path)


@pytest.fixture
def home(paying: Paying) -> UUID:
    """A person's, added just now."""
    client = paying.client()
    terms = DestinationTerms(
        asset="USD", network="WIRE", label="Home", address="CH-HOME", beneficiary_kind="PERSON", beneficiary_country="CH",
        details={"full_name": "Maren Hollister"},
    )  # fmt: skip
    return add_destination(entity_id=client.entity_id, terms=terms, actor=paying.actor(client), at=now())


def of(role: str) -> Any:
    return signed_in(a_person("Olive", role=role))


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def test_the_list_leads_to_it_by_state_and_by_name(home: UUID) -> None:
    browser, path = of("OPERATIONS"), f"/ops/destinations/{home}"
    for query in ({}, {"tab": "PENDING"}, {"text": "home"}, {"text": "alder"}):
        assert path in text(browser.get("/ops/destinations", query))
    for query in ({"tab": "REMOVED"}, {"text": "nowhere"}):
        assert path not in text(browser.get("/ops/destinations", query))
    assert of("SUPPORT").get("/ops/destinations").status_code == 404


def test_a_person_is_masked_and_shown_for_a_reason_that_stays(home: UUID) -> None:
    path = f"/ops/destinations/{home}"
    operations, compliance = of("OPERATIONS"), of("COMPLIANCE")
    for browser in (operations, compliance):
        assert "Hollister" not in text(browser.get(path))
    assert "Show in full" not in text(operations.get(path))
    assert operations.post(f"{path}/reveal", LOOK).status_code == 404
    assert "Hollister" not in text(compliance.post(f"{path}/reveal", LOOK | {"reason": "why"}), 422)
    answer = compliance.post(f"{path}/reveal", LOOK)
    assert "Maren Hollister" in text(answer)
    assert "no-store" in answer["Cache-Control"]
    assert AuditEntry.objects.get(action="settlement.destination.reveal").reason == LOOK["reason"]


def test_its_cooling_off_ends_early_by_approval_alone(home: UUID) -> None:
    browser, path = of("OPERATIONS"), f"/ops/destinations/{home}"
    assert "Ask to end its cooling-off" in text(browser.get(path))
    assert browser.post(f"{path}/hasten", {"reason": ""}).status_code == 422
    assert browser.post(f"{path}/hasten", {"reason": "Heard on the phone."}).status_code == 302
    waiting = text(browser.get(path))
    assert "Until then it waits its time" in waiting
    assert "Ask to end its cooling-off" not in waiting
    assert text(browser.post(f"{path}/hasten", {"reason": "Again."}), 409)
    approve(ApprovalRequest.objects.get(status="PENDING").pk)
    assert Destination.objects.get(pk=home).status == "ACTIVE"
    assert "by approval" in text(browser.get(path))
    over = text(browser.post(f"{path}/hasten", {"reason": "Again."}), 409)
    assert "its cooling-off is over" in over
    assert of("TREASURER").post(f"{path}/hasten", {"reason": "x"}).status_code == 404
