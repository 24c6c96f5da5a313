"""/ops/limits: what is in force, what follows, what is used, and the proposal of another."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.models import ApprovalRequest
from core.clock import now
from settlement.models import WithdrawalLimit
from tests.desk import a_person, signed_in
from tests.four_eyes import approve
from tests.settlement.withdrawals.paying import Paying
from tests.world import World

pytestmark = pytest.mark.django_db
WISH = {
    "scope": "DEFAULT",
    "whom": "",
    "window": "ROLLING_24H",
    "value": "800",
    "in_force_from": "",
    "reason": "A new bank.",
}


@pytest.fixture
def paying(db: None, tmp_path: Path) -> Paying:
    paying = Paying(World(), tmp_path)
    paying.limit("500")
    return paying


def of(role: str) -> Any:
    return signed_in(a_person("Olive", role=role))


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def test_a_limit_is_proposed_and_stands_once_it_is_approved(paying: Paying) -> None:
    browser = of("OPERATIONS")
    answer = browser.post("/ops/limits/change", WISH)
    request = ApprovalRequest.objects.get()
    assert answer["Location"] == f"/ops/approvals/{request.pk}"
    assert "800" in text(browser.get(answer["Location"]))
    approve(request.pk)
    shown = text(browser.get("/ops/limits"))
    assert "800.00" in shown
    assert "500.00" not in shown
    assert f"/ops/approvals/{request.pk}" in shown


def test_one_of_a_profile_is_found_by_its_reference_and_what_follows_is_shown(paying: Paying) -> None:
    client, browser = paying.client(), of("OPERATIONS")
    tomorrow = f"{now() + timedelta(days=1):%Y-%m-%d} 09:00"
    said = WISH | {"scope": "PROFILE", "whom": str(client.profile_id), "in_force_from": tomorrow}
    assert browser.post("/ops/limits/change", said).status_code == 302
    approve(ApprovalRequest.objects.get(status="PENDING").pk)
    assert WithdrawalLimit.objects.get(scope="PROFILE").scope_id == client.profile_id
    shown = text(browser.get("/ops/limits"))
    assert "To come" in shown
    assert "Alder" in shown


def test_what_is_used_by_a_profile_and_who_asked_for_most(paying: Paying) -> None:
    client = paying.client()
    paying.at = now()
    paying.ask(client, "100.00")
    shown = text(of("COMPLIANCE").get("/ops/limits", {"profile": str(client.profile_id)}))
    assert "385.00" in shown
    assert "Who asked for most" in shown
    assert "Propose a limit" not in shown
    assert "There is not exactly one" in text(of("COMPLIANCE").get("/ops/limits", {"profile": "nobody"}))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"value": "-1"}, "plain number"),
        ({"value": "500"}, "That is the limit in force"),
        ({"scope": "ENTITY"}, "There is none of this name"),
        ({"whom": "alder"}, "The default is of nobody"),
        ({"in_force_from": "2026-03-02 09:00"}, "Terms are in force from a moment to come"),
        ({"in_force_from": "soon"}, "A moment is written"),
        ({"reason": ""}, "required"),
    ],
)
def test_what_is_refused_stands_beside_its_field(paying: Paying, changes: dict[str, str], words: str) -> None:
    answer = of("OPERATIONS").post("/ops/limits/change", WISH | changes)
    assert answer.status_code in (409, 422)
    assert words in answer.content.decode()
    assert not ApprovalRequest.objects.exists()


def test_who_may_not_propose_finds_no_such_page(paying: Paying) -> None:
    assert of("TREASURER").post("/ops/limits/change", WISH).status_code == 404
    assert of("VIEWER").get("/ops/limits").status_code == 404
