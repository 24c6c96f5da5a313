"""/ops/rails: what each asks for and costs, other terms, and the switch."""

from pathlib import Path
from typing import Any

import pytest

from accounts.models import ApprovalRequest
from settlement.models import Rail, RailChange
from tests.desk import a_person, signed_in
from tests.four_eyes import approve
from tests.settlement.withdrawals.paying import Paying
from tests.world import World

pytestmark = pytest.mark.django_db
TERMS = {
    "fee": "15", "min_withdrawal": "10", "min_deposit": "0", "confirmations": "0", "cut_off": "16:30", "enabled": "on",
    "in_force_from": "", "reason": "The bank's day ends then.",
}  # fmt: skip


@pytest.fixture
def paying(db: None, tmp_path: Path) -> Paying:
    return Paying(World(), tmp_path)


def of(role: str) -> Any:
    return signed_in(a_person("Olive", role=role))


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def test_the_list_says_what_is_in_force(paying: Paying) -> None:
    shown = text(of("SUPERVISOR").get("/ops/rails"))
    assert f"/ops/rails/{paying.rail_id}" in shown
    assert "USD by WIRE" in shown
    assert "15.00" in shown


def test_other_terms_are_asked_for_and_in_force_once_approved(paying: Paying) -> None:
    browser, path = of("OPERATIONS"), f"/ops/rails/{paying.rail_id}"
    assert 'value="15"' in text(browser.get(path))
    assert browser.post(f"{path}/change", TERMS).status_code == 302
    request = ApprovalRequest.objects.get()
    assert (request.action, request.title) == ("RAIL_CHANGE", "Terms of USD by WIRE")
    approve(request.pk)
    shown = text(browser.get(path))
    assert "16:30" in shown
    assert f"/ops/approvals/{request.pk}" in shown
    assert "In force" in shown
    assert "Over" in shown


def test_what_is_refused_comes_back_with_the_form(paying: Paying) -> None:
    browser, path = of("OPERATIONS"), f"/ops/rails/{paying.rail_id}/change"
    assert "These are its terms" in text(browser.post(path, TERMS | {"cut_off": ""}), 422)
    assert "2 digits" in text(browser.post(path, TERMS | {"min_withdrawal": "10.001"}), 422)
    assert "Enter a valid time" in text(browser.post(path, TERMS | {"cut_off": "noon"}), 422)
    answer = browser.post(path, TERMS | {"in_force_from": "2026-03-02 09:00"})
    assert "a moment to come" in text(answer, 409)


def test_the_form_begins_with_the_newest_in_line_and_asks_what_becomes_of_it(paying: Paying) -> None:
    browser, path = of("OPERATIONS"), f"/ops/rails/{paying.rail_id}"
    seen = str(RailChange.objects.get().pk)
    planned = TERMS | {"fee": "50", "in_force_from": "2099-01-01 09:00", "made_from": seen}
    browser.post(f"{path}/change", planned)
    approve(ApprovalRequest.objects.get().pk)
    shown = text(browser.get(path))
    assert 'value="50"' in shown
    assert f'value="{RailChange.objects.latest("in_force_from").pk}"' in shown
    assert 'value="15"' in text(browser.get(f"{path}?from=force"))
    urgent = TERMS | {"confirmations": "6", "made_from": ""}
    assert "say whether they stay or fall away" in text(browser.post(f"{path}/change", urgent), 409)
    assert "other terms in line" in text(browser.post(f"{path}/change", urgent | {"made_from": seen}), 409)
    assert browser.post(f"{path}/change", urgent | {"what_follows": "FALLS_AWAY"}).status_code == 302
    waiting = ApprovalRequest.objects.get(status="PENDING")
    assert "falls away" in text(of("TREASURER").get(f"/ops/approvals/{waiting.pk}"))
    approve(waiting.pk)
    assert "Superseded" in text(browser.get(path))


def test_it_is_switched_off_by_one_person(paying: Paying) -> None:
    browser, path = of("OPERATIONS"), f"/ops/rails/{paying.rail_id}"
    assert browser.post(f"{path}/off", {"reason": ""}).status_code == 422
    assert browser.post(f"{path}/off", {"reason": "The bank is in trouble."}).status_code == 302
    assert not Rail.objects.get().enabled
    shown = text(browser.get(path))
    assert "no day: it is off" in shown
    assert "Switch it off" not in shown


def test_who_may_read_alone_is_offered_nothing(paying: Paying) -> None:
    path = f"/ops/rails/{paying.rail_id}"
    shown = text(of("TREASURER").get(path))
    assert "Propose other terms" not in shown
    for deed in ("change", "off"):
        assert of("TREASURER").post(f"{path}/{deed}", TERMS).status_code == 404
    assert of("SUPPORT").get(path).status_code == 404
    assert of("OPERATIONS").get("/ops/rails/019ab000-0000-7000-8000-00000000f00d").status_code == 404
