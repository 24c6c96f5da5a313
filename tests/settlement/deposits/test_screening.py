"""What the screening says late, or of somebody who is named late: nothing goes round it."""

from datetime import timedelta

import pytest

from accounts.gateways.key_store import installed_keys
from accounts.models import ApprovalRequest
from core.domain.refusals import Refusal
from core.operations.record_audit import Actor
from settlement.gateways.screening import Finding, NoScreener, Subject
from settlement.models import Deposit
from settlement.operations.ask_deposit_release import ask_deposit_release, describe_release
from settlement.operations.inform_deposit import inform_deposit
from settlement.operations.release_deposit import release_deposit
from settlement.operations.screen_deposits import screen_deposits
from settlement.operations.take_in_arrivals import take_in_arrivals
from tests.desk import a_person
from tests.four_eyes import approve
from tests.settlement.deposits.arriving import NAMED, OFFICER, REASON, UNNAMED, Arriving, all_holds
from tests.world import Client

pytestmark = pytest.mark.django_db


class Lists:
    """A list of names; asked about others it is CLEAR, and asked about ``silent`` accounts it does not answer."""

    def __init__(self, *names: str, silent: str = "", refuses: str = "", breaks: str = "") -> None:
        self.names, self.silent, self.refuses, self.breaks = names, silent, refuses, breaks
        self.asked: list[str] = []

    def screen(self, subject: Subject) -> Finding:
        self.asked.append(subject.address)
        if subject.address == self.silent:
            raise ConnectionError("no answer")
        if subject.address == self.breaks:
            raise ValueError("no JSON")
        if subject.address == self.refuses:
            raise Refusal("DETAILS_DAMAGED", "It cannot be opened.")
        return Finding(subject.beneficiary not in self.names, "On the list of names.")


def unscreened(
    arriving: Arriving, reference: str = "TX-1:0", client: Client | None = None, account: str = "a"
) -> Deposit:
    """A deposit for which no screener has answered."""
    client = client or arriving.world.client("Alder")
    arriving.send(arriving.address(client), reference=reference, sender=NAMED.__class__(account=account))
    arriving.chain.mine(2, at=arriving.at)
    take_in_arrivals(gateway=arriving.chain, at=arriving.at, screener=NoScreener())
    deposit = arriving.deposit(reference)
    assert (deposit.review_reason, deposit.screening) == ("SCREENING", "PENDING")
    return deposit


def release(arriving: Arriving, deposit: Deposit) -> tuple[str, str]:
    done = release_deposit(deposit_id=deposit.pk, reason=REASON, actor=OFFICER, at=arriving.at)
    return done.status, done.review_reason


def test_who_is_named_late_is_screened_before_the_client_has_it(arriving: Arriving) -> None:
    deposit = arriving.arrive(arriving.address(arriving.world.client("Alder")), sender=UNNAMED)
    assert (deposit.review_reason, deposit.screening) == ("TRAVEL_RULE", "CLEAR")
    inform_deposit(deposit_id=deposit.pk, details=NAMED.details, actor=OFFICER, at=arriving.at)
    assert release(arriving, deposit) == ("UNDER_REVIEW", "SCREENING")
    assert screen_deposits(screener=Lists("Ada Lovelace"), at=arriving.at) == 1
    assert (arriving.deposit().status, arriving.deposit().screening) == ("UNDER_REVIEW", "HIT")
    all_holds()


def test_an_answer_about_who_was_named_before_counts_for_nothing(arriving: Arriving) -> None:
    deposit = arriving.arrive(arriving.address(arriving.world.client("Alder")), sender=UNNAMED)
    inform_deposit(deposit_id=deposit.pk, details=NAMED.details, actor=OFFICER, at=arriving.at)

    class Slow(Lists):
        def screen(self, subject: Subject) -> Finding:
            found = super().screen(subject)
            details = NAMED.details | {"full_name": "Annabella Byron"}  # type: ignore[operator]
            inform_deposit(deposit_id=deposit.pk, details=details, actor=OFFICER, at=arriving.at)
            return found

    assert screen_deposits(screener=Slow("Annabella Byron"), at=arriving.at) == 0
    assert arriving.deposit().screening == "PENDING"
    assert screen_deposits(screener=Lists("Annabella Byron"), at=arriving.at) == 1
    assert arriving.deposit().screening == "HIT"


def test_a_hit_that_comes_late_is_looked_at_all_the_same(arriving: Arriving) -> None:
    client = arriving.world.client("Alder")
    deposit = unscreened(arriving, client=client)
    arriving.control(client, "DORMANT")
    assert release(arriving, deposit) == ("UNDER_REVIEW", "PERMISSION")
    assert screen_deposits(screener=Lists(""), at=arriving.at) == 1
    assert (arriving.deposit().review_reason, arriving.deposit().screening) == ("SCREENING", "HIT")
    assert release(arriving, deposit) == ("UNDER_REVIEW", "PERMISSION")
    all_holds()


def test_what_was_approved_without_an_answer_releases_no_hit(arriving: Arriving) -> None:
    deposit = unscreened(arriving)
    asker = Actor("PERSON", a_person("Olive Asks", "OPERATIONS").pk)
    outcome = ask_deposit_release(deposit_id=deposit.pk, reason=REASON, actor=asker, at=arriving.at)
    assert outcome.approval_id is not None
    assert screen_deposits(screener=Lists(""), at=arriving.at) == 1
    request = ApprovalRequest.objects.get(pk=outcome.approval_id)
    assert ("screening", None, "PENDING On the list of names.") in describe_release(request.payload).changes
    approve(outcome.approval_id)
    request.refresh_from_db()
    assert (request.status, request.outcome_code) == ("FAILED", "STATE_CHANGED")
    assert arriving.deposit().status == "UNDER_REVIEW"


@pytest.mark.parametrize("lists", [Lists(silent="first"), Lists(refuses="first"), Lists(breaks="first")])
def test_one_that_cannot_be_asked_about_keeps_no_other_back(arriving: Arriving, lists: Lists) -> None:
    client = arriving.world.client("Alder")
    unscreened(arriving, client=client, account="first")
    unscreened(arriving, "TX-2:0", client, "second")
    assert screen_deposits(screener=lists, at=arriving.at) == 1
    assert arriving.deposit("TX-1:0").screening == "PENDING"
    assert arriving.deposit("TX-2:0").status == "CREDITED"


def test_a_name_that_cannot_be_read_any_more_is_not_screened_as_none(arriving: Arriving) -> None:
    """Its subject was erased: nobody is asked about half a person, and a person looks."""
    arriving.send(arriving.address(arriving.world.client("Alder")), sender=NAMED)
    arriving.chain.mine(2, at=arriving.at)
    take_in_arrivals(gateway=arriving.chain, at=arriving.at, screener=NoScreener())
    deposit = arriving.deposit()
    assert deposit.sender_subject_id is not None
    installed_keys().destroy(deposit.sender_subject_id, at=arriving.at)
    lists = Lists("Ada Lovelace")
    assert screen_deposits(screener=lists, at=arriving.at) == 1
    deposit = arriving.deposit()
    assert (deposit.status, deposit.screening, lists.asked) == ("UNDER_REVIEW", "HIT", [])
    assert "cannot be read" in deposit.screening_words


def test_who_was_asked_about_longest_ago_is_asked_about_first(arriving: Arriving, monkeypatch) -> None:
    monkeypatch.setattr("settlement.operations.screen_deposits.MOST", 1)
    client = arriving.world.client("Alder")
    for number in range(3):
        unscreened(arriving, f"TX-{number}:0", client, f"a{number}")
    lists = Lists(refuses="a0")
    for _ in range(3):
        screen_deposits(screener=lists, at=arriving.at)
        arriving.at += timedelta(seconds=2)
    assert lists.asked == ["a0", "a1", "a2"]
    assert [arriving.deposit(f"TX-{number}:0").screening for number in range(3)] == ["PENDING", "CLEAR", "CLEAR"]


def test_each_is_written_down_at_its_own_moment_and_none_is_begun_too_late(arriving: Arriving, monkeypatch) -> None:
    passed = iter([0.0, 1.0, 1.0, 9.0, 9.0, 16.0, 16.0])
    monkeypatch.setattr("settlement.operations.screen_deposits.monotonic", lambda: next(passed))
    client = arriving.world.client("Alder")
    for number in range(3):
        unscreened(arriving, f"TX-{number}:0", client, f"a{number}")
    assert screen_deposits(screener=Lists(), at=arriving.at) == 2
    credited = [arriving.deposit(f"TX-{number}:0").credited_at for number in range(3)]
    assert credited == [arriving.at + timedelta(seconds=1), arriving.at + timedelta(seconds=9), None]
