"""/ops/withdrawals: the queue by state, and what many of them are given at once."""

import re
from pathlib import Path
from typing import Any

import pytest

from core.models import AuditEntry
from settlement.models import Withdrawal
from tests.desk import a_person, rows_of, signed_in
from tests.four_eyes import approve
from tests.settlement.withdrawals.paying import Paying
from tests.world import Client, World

pytestmark = pytest.mark.django_db
ADDRESS = "CH9300762011623852957"


@pytest.fixture
def paying(db: None, tmp_path: Path) -> Paying:
    return Paying(World(), tmp_path)


@pytest.fixture
def alder(paying: Paying) -> Client:
    return paying.client(usd="9000.00")


def of(role: str) -> Any:
    return signed_in(a_person("Olive", role=role))


def status_of(withdrawal: Withdrawal) -> str:
    return str(Withdrawal.objects.get(pk=withdrawal.pk).status)


def count_of(shown: str, word: str) -> int:
    found = re.search(rf'>{word} <span class="count">(\d+)</span>', shown)
    assert found, word
    return int(found.group(1))


def many(browser: Any, deed: str, chosen: list[Withdrawal], tab: str = "review", reason: str = "Looked at.") -> Any:
    said = {"withdrawal": [str(each.pk) for each in chosen], "tab": tab, "reason": reason}
    return browser.post(f"/ops/withdrawals/many/{deed}", said)


def test_each_tab_has_its_own_with_counts_of_what_waits(paying: Paying, alder: Client) -> None:
    hit = paying.ask(alder, "100.00", "hit")
    paying.screener.list_address(ADDRESS)
    paying.sweep()
    other = paying.destination(alder, "CH-2")
    big = paying.ask(alder, "2000.00", "big", destination_id=other)
    errored = paying.ask(alder, "100.00", "sbx:error:9", destination_id=other)
    paying.sweep()
    browser = of("OPERATIONS")
    shown = browser.get("/ops/withdrawals").content.decode()
    counts = {
        word: count_of(shown, word) for word in ("Not ended", "In review", "To be approved", "To be sent", "Errored")
    }
    assert counts == {"Not ended": 3, "In review": 1, "To be approved": 1, "To be sent": 0, "Errored": 1}
    for tab, row in (("review", hit), ("approval", big), ("errored", errored)):
        assert rows_of(browser.get("/ops/withdrawals", {"tab": tab})) == [row.pk]
    assert rows_of(browser.get("/ops/withdrawals", {"tab": "paid"})) == []
    assert "0/1" in browser.get("/ops/withdrawals", {"tab": "approval"}).content.decode()


def test_compliance_releases_many_and_what_is_refused_stays_chosen(paying: Paying, alder: Client) -> None:
    paying.screener.list_address(ADDRESS)
    hits = [paying.ask(alder, "100.00", f"hit-{number}") for number in range(2)]
    paying.sweep()
    waiting = paying.ask(alder, "100.00", "new")
    browser = of("COMPLIANCE")
    shown = browser.get("/ops/withdrawals", {"tab": "review"}).content.decode()
    assert "Release from review" in shown
    assert "the screening has not answered yet" in shown
    answer = many(browser, "release", [*hits, waiting])
    assert answer.status_code == 409
    told = answer.content.decode()
    assert "SCREENING_PENDING" in told
    assert told.count("It goes on.") == 2
    assert re.search(rf'value="{waiting.pk}"[^>]*checked', told)
    assert [status_of(each) for each in (*hits, waiting)] == ["APPROVED", "APPROVED", "IN_REVIEW"]
    assert AuditEntry.objects.filter(action="settlement.withdrawal.release", reason="Looked at.").count() == 2


def test_many_are_rejected_sent_again_or_given_up(paying: Paying, alder: Client) -> None:
    errored = [paying.ask(alder, "100.00", f"sbx:error:{number}") for number in (8, 9)]
    paying.sweep()
    operations = of("OPERATIONS")
    assert many(operations, "retry", errored, "errored")["Location"] == "/ops/withdrawals?tab=errored"
    assert [status_of(each) for each in errored] == ["APPROVED", "APPROVED"]
    assert many(of("COMPLIANCE"), "reject", errored, "approved").status_code == 302
    assert [status_of(each) for each in errored] == ["REJECTED", "REJECTED"]
    assert many(operations, "fail", errored, "errored").status_code == 409
    assert paying.world.balance(alder, "USD") == (9000, 0)


def test_nothing_is_begun_without_a_choice_or_a_reason_or_with_too_many(paying: Paying, alder: Client) -> None:
    withdrawal, browser = paying.ask(alder, "100.00"), of("COMPLIANCE")
    for chosen, reason in (([], "Looked at."), ([withdrawal], " ")):
        assert many(browser, "reject", chosen, reason=reason).status_code == 302
    said = {"withdrawal": [f"id-{number}" for number in range(51)], "reason": "x"}
    answer = browser.post("/ops/withdrawals/many/reject", said, follow=True)
    assert "At most 50 at once" in answer.content.decode()
    assert status_of(withdrawal) == "IN_REVIEW"
    strange = browser.post("/ops/withdrawals/many/reject", {"withdrawal": ["x"], "reason": "x"})
    assert "There is no such withdrawal" in strange.content.decode()


def test_each_deed_is_for_its_own_duty(paying: Paying, alder: Client) -> None:
    withdrawal = paying.ask(alder, "100.00")
    assert many(of("OPERATIONS"), "release", [withdrawal]).status_code == 404
    assert many(of("COMPLIANCE"), "retry", [withdrawal]).status_code == 404
    assert many(of("COMPLIANCE"), "vanish", [withdrawal]).status_code == 404
    assert "Reject it" not in of("OPERATIONS").get("/ops/withdrawals", {"tab": "review"}).content.decode()


def test_the_page_of_one_tells_its_whole_story(paying: Paying, alder: Client) -> None:
    withdrawal = paying.ask(alder, "2000.00", "W-7")
    paying.sweep()
    approve(Withdrawal.objects.get(pk=withdrawal.pk).approval_id)
    paying.sweep()
    shown = of("OPERATIONS").get(f"/ops/withdrawals/{withdrawal.pk}").content.decode()
    story = ["Asked for", "Screened", "Approval asked for", "Approved", "Handed to the gateway", "Taken by the gateway"]
    places = [shown.find(f"<b>{words}</b>") for words in story]
    assert -1 not in places
    assert places == sorted(places)
    assert "Tess Second" in shown
