"""The funding queue: tabs by status and reason, filters, and one deed done with many, each answered for itself."""

import re
from decimal import Decimal
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client as Browser

from accounts.models import ApprovalRequest
from core.clock import now
from core.models import AuditEntry
from settlement.gateways.arrivals import ArrivalStatus
from settlement.models import ArrivalRefusal, Deposit
from tests.desk import a_person, fragment, signed_in
from tests.four_eyes import approve
from tests.people import Person, a_client
from tests.settlement.arriving import ELSEWHERE, HIT, arrive, take_in
from tests.settlement.arriving import an_arrival as a_notice

pytestmark = pytest.mark.django_db
QUEUE = "/ops/deposits"


def of(*roles: str) -> Browser:
    return signed_in(a_person("Olive", role=roles))


def rows(answer: HttpResponse) -> set[str]:
    return set(re.findall(r'<tr id="r-([0-9a-f-]{36})"', answer.content.decode()))


def status_of(deposit: Deposit) -> str:
    return Deposit.objects.get(pk=deposit.pk).status


@pytest.fixture
def person(db: None) -> Person:
    return a_client()


def small(person: Person, amount: int = 5) -> Deposit:
    """One that waits because it is below the minimum."""
    return arrive("WIRE", person.profile_id, amount=Decimal(amount))


def test_each_tab_has_its_own_and_says_how_many(person: Person) -> None:
    made = {
        "CREDITED": arrive("WIRE", person.profile_id),
        "DETECTED": take_in(a_notice("BITCOIN", person.profile_id, status=ArrivalStatus.SEEN, confirmations=1)),
        "UNATTRIBUTED": arrive("WIRE"),
        "TRAVEL_RULE": arrive("BITCOIN", person.profile_id, sender=ELSEWHERE),
        "SCREENING": arrive("WIRE", person.profile_id, screening=HIT),
        "BELOW_MINIMUM": small(person),
    }
    browser = of("OPERATIONS")
    assert rows(browser.get(QUEUE)) == {str(each.pk) for each in made.values()}
    for status in ("CREDITED", "DETECTED"):
        assert rows(browser.get(f"{QUEUE}?status={status}")) == {str(made[status].pk)}
    review = browser.get(f"{QUEUE}?status=UNDER_REVIEW")
    assert len(rows(review)) == 4
    assert 'Under review <span class="count">4</span>' in review.content.decode()
    for reason in ("UNATTRIBUTED", "TRAVEL_RULE", "SCREENING", "BELOW_MINIMUM"):
        assert rows(browser.get(f"{QUEUE}?reason={reason}")) == {str(made[reason].pk)}, reason
    assert "1/3" in browser.get(f"{QUEUE}?status=DETECTED").content.decode()


def test_filters_narrow_and_a_word_that_is_none_narrows_nothing(person: Person) -> None:
    wire, coin = arrive("WIRE", person.profile_id), arrive("BITCOIN", person.profile_id)
    browser = of("OPERATIONS")
    assert rows(browser.get(f"{QUEUE}?asset=BTC")) == {str(coin.pk)}
    assert rows(browser.get(f"{QUEUE}?source=BANK")) == {str(wire.pk)}
    assert rows(browser.get(f"{QUEUE}?text={coin.outside_reference}")) == {str(coin.pk)}
    assert len(rows(browser.get(f"{QUEUE}?status=LOST&source=MAIL&reason=WHY"))) == 2
    assert rows(fragment(browser, f"{QUEUE}?asset=BTC")) == {str(coin.pk)}


def test_what_is_gone_outside_stands_out(person: Person) -> None:
    notice = a_notice("WIRE", person.profile_id)
    deposit = take_in(notice)
    browser = of("OPERATIONS")
    assert "recalled=1" not in browser.get(QUEUE).content.decode()
    arrive("WIRE", person.profile_id)
    take_in(a_notice("WIRE", person.profile_id, reference=notice.reference, status=ArrivalStatus.GONE))
    assert "1 deposit in the books is gone" in browser.get(QUEUE).content.decode()
    assert rows(browser.get(f"{QUEUE}?recalled=1")) == {str(deposit.pk)}


def test_many_are_released_at_once(person: Person) -> None:
    one, two = small(person), small(person, 7)
    compliance = of("COMPLIANCE")
    query = "?reason=BELOW_MINIMUM"
    assert "/ops/deposits/many/release" in compliance.get(QUEUE + query).content.decode()
    answer = compliance.post(
        f"{QUEUE}/many/release{query}", {"deposit": [str(one.pk), str(two.pk)], "reason": "Small, and known."}
    )
    assert answer["Location"] == QUEUE + query
    assert (status_of(one), status_of(two)) == ("CREDITED", "CREDITED")
    assert "Released: 2 deposits, 12 USD." in compliance.get(answer["Location"]).content.decode()
    assert AuditEntry.objects.filter(action="settlement.deposit.release").count() == 2


def test_what_is_refused_is_listed_and_stays_chosen(person: Person) -> None:
    good, nobodys, late = small(person), arrive("WIRE"), small(person, 7)
    operations = of("OPERATIONS")
    operations.post(f"{QUEUE}/{late.pk}/return", {"reason": "The client asked."})
    answer = of("COMPLIANCE").post(
        f"{QUEUE}/many/release?status=UNDER_REVIEW",
        {"deposit": [str(each.pk) for each in (good, nobodys, late)] + ["x", str(uuid4())], "reason": "Looked at."},
    )
    text = answer.content.decode()
    assert answer.status_code == 409
    assert text.count("Refused") == 4
    assert "(STATE_CHANGED)" in text
    assert "done: 1 deposit, 5 USD" in text
    assert re.search(rf'value="{nobodys.pk}"[^>]* checked', text)
    assert (status_of(good), status_of(nobodys), status_of(late)) == ("CREDITED", "UNDER_REVIEW", "RETURNING")


def test_many_are_asked_to_be_attributed_and_many_go_back(person: Person) -> None:
    one, two, other = arrive("WIRE"), arrive("WIRE"), arrive("WIRE")
    operations, query = of("OPERATIONS"), "?reason=UNATTRIBUTED"
    chosen = {"deposit": [str(one.pk), str(two.pk)], "reason": "By the payer's name."}
    wrong = operations.post(f"{QUEUE}/many/attribute{query}", chosen | {"profile": "nobody"})
    assert wrong.status_code == 422
    assert "There is no open profile" in wrong.content.decode()
    assert 'value="nobody"' in wrong.content.decode()
    answer = operations.post(f"{QUEUE}/many/attribute{query}", chosen | {"profile": str(person.profile_id)})
    assert "Asked for" in operations.get(answer["Location"]).content.decode()
    assert {status_of(one), status_of(two)} == {"UNDER_REVIEW"}
    for asked in ApprovalRequest.objects.filter(action="DEPOSIT_ATTRIBUTION"):
        approve(asked.pk)
    assert {status_of(one), status_of(two)} == {"CREDITED"}
    operations.post(f"{QUEUE}/many/return{query}", {"deposit": [str(other.pk)], "reason": "Nobody claims it."})
    assert status_of(other) == "RETURNING"


def test_nothing_chosen_and_too_many_do_nothing(person: Person) -> None:
    deposit, compliance = small(person), of("COMPLIANCE")
    for chosen in ([], [str(uuid4()) for _ in range(50)] + [str(deposit.pk)]):
        answer = compliance.post(f"{QUEUE}/many/release", {"deposit": chosen, "reason": "Looked at."})
        assert answer["Location"] == QUEUE
    assert compliance.post(f"{QUEUE}/many/release", {"deposit": [str(deposit.pk)]}).status_code == 422
    assert status_of(deposit) == "UNDER_REVIEW"


def test_each_is_offered_its_own_duty_and_finds_no_other(person: Person) -> None:
    small(person)
    page = f"{QUEUE}?status=UNDER_REVIEW"
    assert "/many/return" not in of("COMPLIANCE").get(page).content.decode()
    assert "/many/release" not in of("OPERATIONS").get(page).content.decode()
    assert "/many/" not in of("TREASURER").get(page).content.decode()
    assert of("OPERATIONS").post(f"{QUEUE}/many/release").status_code == 404
    assert of("COMPLIANCE").post(f"{QUEUE}/many/burn").status_code == 404
    assert of("COMPLIANCE").get(f"{QUEUE}/many/release?reason=SCREENING")["Location"] == f"{QUEUE}?reason=SCREENING"


def test_the_queue_costs_the_same_for_one_and_for_many(person: Person, django_assert_max_num_queries) -> None:
    browser = of("OPERATIONS")
    arrive("WIRE", person.profile_id)
    browser.get(QUEUE)
    for _ in range(4):
        arrive("BITCOIN", person.profile_id)
    with django_assert_max_num_queries(12):
        browser.get(QUEUE)


def refusal(number: int) -> ArrivalRefusal:
    return ArrivalRefusal.objects.create(
        feed="BANK",
        position=number,
        reference=f"LOST-{number}",
        rail_code="USD:WIRE",
        amount="5",
        code="RAIL_UNKNOWN",
        detail="There is no rail.",
        refused_at=now(),
    )


def test_what_could_not_be_booked_is_an_alarm_until_somebody_has_looked(person: Person) -> None:
    browser, reader = of("OPERATIONS"), of("COMPLIANCE")
    one, two = refusal(1), refusal(2)
    assert "2 not booked" in browser.get(QUEUE).content.decode()
    page = f"{QUEUE}/refused"
    assert rows(reader.get(page)) == {str(one.pk), str(two.pk)}
    assert "Looked at" not in reader.get(page).content.decode()
    assert reader.post(f"{page}/look", {"refusal": [str(one.pk)], "reason": "Ours."}).status_code == 404
    assert browser.post(f"{page}/look", {"refusal": [str(one.pk)]}).status_code == 422
    assert browser.post(f"{page}/look", {"refusal": ["x"], "reason": "Ours."}).status_code == 422
    for _ in range(2):
        assert (
            browser.post(f"{page}/look", {"refusal": [str(one.pk)], "reason": "The bank's error."})["Location"] == page
        )
    assert "1 not booked" in browser.get(QUEUE).content.decode()
    assert rows(browser.get(page)) == {str(two.pk)}
    every = browser.get(f"{page}?all=1").content.decode()
    assert "The bank&#x27;s error." in every
    assert "Olive" in every
    assert AuditEntry.objects.get(action="settlement.arrival.look").reason == "The bank's error."
    browser.post(f"{page}/look", {"refusal": [str(two.pk)], "reason": "Told anew."})
    assert "not booked" not in browser.get(QUEUE).content.decode()
    assert "Nothing is left to look at." in browser.get(page).content.decode()
