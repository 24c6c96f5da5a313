"""/ops/withdrawals/enter: what it would come to stands beside the form before anything is asked for."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.clock import now
from settlement.models import Withdrawal
from tests.desk import a_person, fragment, signed_in
from tests.settlement.withdrawals.paying import Paying
from tests.world import Client, World

pytestmark = pytest.mark.django_db
ENTER, ASK = "/ops/withdrawals/enter", "/ops/withdrawals/ask"


@pytest.fixture
def paying(db: None, tmp_path: Path) -> Paying:
    paying = Paying(World(), tmp_path)
    paying.limit("5000")
    return paying


@pytest.fixture
def alder(paying: Paying) -> Client:
    return paying.client(usd="4000.00")


def of(role: str) -> Any:
    return signed_in(a_person("Olive", role=role))


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content
    return answer.content.decode()


def form(paying: Paying, client: Client, amount: str = "2000.00", **changes: str) -> dict[str, str]:
    return {
        "profile": str(client.profile_id),
        "destination": str(paying.known_destination(client)),
        "amount_kind": "NET",
        "amount": amount,
        "client_reference": "DESK-1",
    } | changes


def previewed(browser: Any, said: dict[str, str]) -> str:
    """The part that htmx asks for while somebody types."""
    headers = {"HX-Request": "true", "HX-Target": "div#preview"}
    shown = text(browser.post(ENTER, said, headers=headers))
    assert shown.lstrip().startswith('<div class="stack" id="preview"')
    return shown


def test_first_it_is_said_of_which_profile(paying: Paying, alder: Client) -> None:
    browser = of("OPERATIONS")
    assert "First: of which profile" in text(browser.get(ENTER))
    assert "There is not exactly one" in text(browser.get(ENTER, {"profile": "nobody"}))
    paying.destination(alder)
    shown = text(browser.get(ENTER, {"profile": str(alder.profile_id)}))
    assert "Our bank: CH93" in shown
    assert "5,000.00" in shown
    assert "4,000.00" in shown


def test_what_it_comes_to_is_told_before_it_is_asked_for(paying: Paying, alder: Client) -> None:
    browser = of("OPERATIONS")
    shown = previewed(browser, form(paying, alder))
    for words in ("2,000.00", "15.00", "2,015.00", "1 by others", "would be accepted", "2,985.00"):
        assert words in shown
    whole = text(browser.post(ENTER, form(paying, alder)))
    assert "would be accepted" in whole
    assert 'value="DESK-1"' in whole
    assert not Withdrawal.objects.exists()


def test_all_that_it_would_be_refused_for_is_told(paying: Paying, alder: Client) -> None:
    browser = of("OPERATIONS")
    shown = previewed(browser, form(paying, alder, "6000.00"))
    assert "WITHDRAWAL_LIMIT_EXCEEDED" in shown
    assert "INSUFFICIENT_AVAILABLE" in shown
    assert "would be refused" in shown
    assert "passed" in shown
    assert "AMOUNT_BELOW_MINIMUM" in previewed(browser, form(paying, alder, "1.00"))
    assert "Say where to and how much" in previewed(browser, form(paying, alder, "much"))
    cooling = paying.destination(alder, "CH-NEW", at=now())
    assert "DESTINATION_NOT_ACTIVE" in previewed(browser, form(paying, alder, destination=str(cooling)))


def test_it_is_asked_for_in_the_name_of_who_is_signed_in(paying: Paying, alder: Client) -> None:
    person = a_person("Olive", role="OPERATIONS")
    browser = signed_in(person)
    answer = browser.post(ASK, form(paying, alder, expected_fee="15"))
    withdrawal = Withdrawal.objects.get()
    assert answer["Location"] == f"/ops/withdrawals/{withdrawal.pk}"
    assert (withdrawal.requested_by_kind, withdrawal.requested_by_id) == ("PERSON", person.pk)
    assert (withdrawal.status, withdrawal.held) == ("IN_REVIEW", 2015)
    again = browser.post(ASK, form(paying, alder, expected_fee="15"), follow=True)
    assert "nothing was done again" in again.content.decode()
    assert Withdrawal.objects.count() == 1


def test_the_fee_that_was_shown_is_the_fee_that_is_charged(paying: Paying, alder: Client) -> None:
    browser = of("OPERATIONS")
    assert 'form="entry" name="expected_fee" value="15"' in previewed(browser, form(paying, alder))
    unseen = text(browser.post(ASK, form(paying, alder)), 422)
    assert "Look at what it comes to" in unseen
    assert 'name="expected_fee" value="15"' in unseen
    paying.terms(at=now(), fee=Decimal(50))
    changed = text(browser.post(ASK, form(paying, alder, expected_fee="15")), 422)
    assert "The fee is 50" in changed
    assert 'name="expected_fee" value="50"' in changed
    assert not Withdrawal.objects.exists()
    # What stands there from the last time keeps nobody from another look.
    assert "would be accepted" in previewed(browser, form(paying, alder, expected_fee="15"))
    assert browser.post(ASK, form(paying, alder, expected_fee="50")).status_code == 302
    assert Withdrawal.objects.get().fee_amount == 50


def test_what_is_refused_comes_back_beside_its_field_with_what_was_typed(paying: Paying, alder: Client) -> None:
    browser = of("OPERATIONS")
    refused = text(browser.post(ASK, form(paying, alder, "6000.00")), 422)
    assert "WITHDRAWAL_LIMIT_EXCEEDED" in refused
    assert 'value="6000.00"' in refused
    assert "plain number" in text(browser.post(ASK, form(paying, alder, "1,5")), 422)
    another = paying.client("Birch")
    foreign = str(paying.destination(another, "CH-BIRCH"))
    assert "valid choice" in text(browser.post(ASK, form(paying, alder, destination=foreign)), 422)
    assert not Withdrawal.objects.exists()
    for wrong in ("x", "019ab000-0000-7000-8000-00000000f00d"):
        assert browser.post(ASK, form(paying, alder, profile=wrong)).status_code == 404


def test_it_is_for_operations(paying: Paying, alder: Client) -> None:
    for role in ("TREASURER", "COMPLIANCE", "SUPPORT"):
        assert of(role).get(ENTER).status_code == 404
        assert of(role).post(ASK, form(paying, alder)).status_code == 404
    assert fragment(of("OPERATIONS"), ENTER, "preview").status_code == 200
